"""Answers to reads (`get_*`, `list_*`, `.get()`, stack references) from a JSON file, instead of from a cloud.

The file has any of these keys:

    {
      "invokes": [{"token": "azure-native:machinelearningservices:getWorkspace",
                   "args": {"workspaceName": "mlw-prod"}, "return": {"location": "westeurope"}},
                  {"token": "aws:index/getCallerIdentity:getCallerIdentity",
                   "return": {"accountId": "111122223333"}}],
      "reads": [{"type": "azure-native:resources:ResourceGroup",
                 "id": "/subscriptions/…/resourceGroups/rg-prod", "outputs": {"location": "westeurope"}},
                {"type": "pulumi:pulumi:StackReference", "id": "organization/network/prod",
                 "outputs": {"outputs": {"workspaceName": "mlw-prod"}, "secretOutputNames": []}}],
      "resourceGroups": {"rg-prod": "westeurope"}
    }

An invoke matches when the token is the same (the API version in it does not count) and every argument of the
fixture is there with the same value; the first match answers. An `id` compares without regard to case, as in
Azure. `resourceGroups` gives locations of resource groups that exist already, for the default location.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from inference_pools.values import Json
from poolgate.errors import UsageError
from poolgate.lint.document import YamlError
from poolgate.lint.json_reader import read_json
from poolgate.standin import clouds
from poolgate.standin.azure_native.types import parse_token
from poolgate.standin.cloud import NO_CONFIG, Cloud

STACK_REFERENCE = "pulumi:pulumi:StackReference"
_KEYS = {"$comment", "invokes", "reads", "resourceGroups"}


class NoFixtureError(LookupError):
    """A program reads something that no fixture answers; the message says how to add one."""


@dataclass(frozen=True, slots=True)
class Fixtures:
    """The answers of one file."""

    file: Path | None = None
    invokes: Sequence[Mapping[str, Json]] = ()
    reads: Sequence[Mapping[str, Json]] = ()
    resource_groups: Mapping[str, str] = field(default_factory=dict)

    def invoke(
        self, token: str, args: Mapping[str, Json], cloud: Cloud | None = None, config: Mapping[str, str] = NO_CONFIG
    ) -> dict[str, Json]:
        """The answer to a function call, else what `cloud`'s provider computes by itself; NoFixtureError if neither.

        `config` is that of the provider.
        """
        for fixture in self.invokes:
            wanted = fixture.get("args") or {}
            if _same_token(fixture["token"], token) and all(
                key in args and args[key] == value for key, value in wanted.items()
            ):
                return dict(fixture["return"])
        computed = cloud.invoke(token, args, config) if cloud else None
        if computed is not None:
            return computed
        # No values of arguments: the SDK takes the marks off those that are secret.
        names = ", ".join(f'"{name}"' for name in sorted(args))
        only = f'; where it depends on them, put its arguments ({names}) into "args"' if names else ""
        example = clouds.example_of(token)
        entry = {"token": token, "args": {}, "return": example["return"] if example else {}}
        then = 'put what it returns into "return"'
        if example:
            then = f"these values are nobody's, `{example['shown_by']}` shows yours"
        raise NoFixtureError(
            f"{token} would ask {clouds.whom(token)}, which this sandbox does not. "
            + self._remedy("invokes", entry, f"{then}{only}")
        )

    def read(self, token: str, identifier: str) -> tuple[dict[str, Json], dict[str, Json]]:
        """Inputs and outputs of a resource that exists already; NoFixtureError if there is none."""
        for fixture in self.reads:
            if _same_token(fixture["type"], token) and str(fixture["id"]).lower() == identifier.lower():
                return dict(fixture.get("inputs") or {}), dict(fixture["outputs"])
        is_stack = token == STACK_REFERENCE
        entry = {"type": token, "id": identifier, "outputs": {"outputs": {}} if is_stack else {}}
        whom = "the backend" if is_stack else clouds.whom(token)
        raise NoFixtureError(
            f"reading {token} {identifier!r} would ask {whom}, which this sandbox does not. "
            + self._remedy("reads", entry, 'put what it has into "outputs"')
        )

    def _remedy(self, key: str, entry: Mapping[str, Json], then: str) -> str:
        """What to add, ready to be copied, and where."""
        if self.file:
            return f'Answer it with a fixture: add {json.dumps(entry)} to "{key}" in {self.file}; {then}.'
        content = json.dumps({key: [entry]})
        return f"Answer it with a fixture: name a JSON file with --read-fixtures and write {content} to it; {then}."


def _same_token(one: str, other: str) -> bool:
    parsed_one, parsed_other = parse_token(one), parse_token(other)
    if parsed_one is None or parsed_other is None:
        return one == other
    return parsed_one.canonical == parsed_other.canonical


def load_fixtures(file: Path | None) -> Fixtures:
    """Read a fixture file; no file means no fixtures. UsageError names what is wrong in it."""
    if file is None:
        return Fixtures()
    try:
        content = read_json(file).value
    except YamlError as error:
        raise UsageError(f"is not JSON: {error.problem}", file=file, line=error.position.line) from None
    if not isinstance(content, dict) or set(content) - _KEYS:
        raise UsageError(f"must be an object with some of {', '.join(sorted(_KEYS))}", file=file)
    invokes = _entries(file, content, "invokes", {"token": str, "return": dict})
    reads = _entries(file, content, "reads", {"type": str, "id": str, "outputs": dict})
    groups = content.get("resourceGroups", {})
    if not isinstance(groups, dict) or not all(isinstance(place, str) for place in groups.values()):
        raise UsageError("must map names of resource groups to locations", file=file, key="resourceGroups")
    return Fixtures(file, invokes, reads, groups)


def _entries(
    file: Path, content: Mapping[str, Json], key: str, required: Mapping[str, type]
) -> Sequence[Mapping[str, Json]]:
    entries = content.get(key, [])
    if not isinstance(entries, list):
        raise UsageError("must be a list", file=file, key=key)
    for index, entry in enumerate(entries):
        for name, kind in required.items():
            if not isinstance(entry, dict) or not isinstance(entry.get(name), kind):
                raise UsageError(f"needs {name!r} ({kind.__name__})", file=file, key=f"{key}[{index}]")
        for name in ("args", "inputs"):
            if not isinstance(entry.get(name) or {}, dict):
                raise UsageError("must be an object", file=file, key=f"{key}[{index}].{name}")
    return entries

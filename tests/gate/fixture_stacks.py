"""Stacks made of the rules' own fixtures, for the real engine: many fixtures a stack, as few stacks as possible.

A fixture goes into a preview as it is, but for two things. What the provider demands and the fixture leaves out is
added, as a program would have to. And its resource group gets a name of its own, so that fixtures about what resources
have to do with each other do not meet. Neither may change what its rule says of it: a fixture whose verdict it would
change goes without, or is not previewed.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Final, TypeAlias

from inference_pools import policy_config
from inference_pools.finding import Enforcement, Outcome, Verdict
from inference_pools.platforms.azure_models import AZURE_MODELS
from inference_pools.platforms.azure_pools import AZURE_POOLS
from inference_pools.platforms.azure_pools.catalog import Shape
from inference_pools.platforms.platform import Subject
from inference_pools.policy_config import Setting
from inference_pools.resource import Resource
from inference_pools.rule import Scope
from inference_pools.rules import ALL
from inference_pools.runner import judge, judge_stack
from inference_pools.stack import stacks_of
from inference_pools.urn import Urn
from inference_pools.values import Json, is_unknown
from inference_pools.view import view
from poolgate.standin.azure_native.check import check
from poolgate.standin.cloud import UnknownTypeError
from poolgate.standin.wire import without_nulls
from rules.fixture_files import TODAY, Fixture

Said: TypeAlias = tuple[str, str, Outcome, str, Enforcement]
"""Resource, rule, outcome, path and level."""

PROVIDERS: Final = {Shape.A: "2.92.3", Shape.B: "3.29.0"}
"""Whose default API version has which content; the samples are made with these."""
PROJECT: Final = "fixtures"
STACK: Final = "dev"
_SCOPES: Final = {rule.id: rule.scope for rule in ALL}
_DEMANDED: Final[Mapping[str, Json]] = {
    "resourceGroupName": "rg-fixtures",
    "workspaceName": "mlw-fixtures",
    "poolName": "pool-fixtures",
    "location": "westeurope",
    "inferencePoolProperties": {},
    "inferenceGroupProperties": {},
    "inferenceEndpointProperties": {},
    "nodeSkuType": "Standard_D4as_v5",
    "groupName": "grp-fixtures",
    "groupId": "grp-fixtures",
    "authMode": "AAD",
}
"""What is written where the provider demands a property that a fixture leaves out."""
_MISSING: Final = re.compile(r"missing required property '(?P<path>[\w.]+)'.*")


@dataclass(frozen=True)
class Prepared:
    """A fixture as it goes into a preview. `said` is what its rule has to say there."""

    fixture: Fixture
    shape: Shape
    written: tuple[Resource, ...]
    checked: tuple[Resource, ...]
    said: frozenset[Said]


def prepare(fixture: Fixture, number: int) -> Prepared | str:
    """The fixture as it goes into a preview, or why it does not."""
    reason = _not_a_preview(fixture)
    if reason:
        return reason
    subjects = [subject for resource in fixture.resources if (subject := view(resource)) is not None]
    if not {subject.platform for subject in subjects} <= {AZURE_POOLS, AZURE_MODELS}:
        return "is of a platform whose previews are tried elsewhere"
    shapes = {_made_with(subject) for subject in subjects}
    if len(shapes) != 1:
        return "has resources of both shapes, which are of two providers" if shapes else "has no inference pool"
    (shape,) = shapes
    expected = _own(fixture, fixture.resources, {resource.urn: resource.urn for resource in fixture.resources})
    for apart in (True, False):
        written, checked = [], []
        region = f"{_OWN_REGION}{number}" if apart and fixture.rule == _QUOTA and fixture.options else None
        for resource in fixture.resources:
            made, inputs, refused = _filled_in(_written(resource, number, shape, region, apart=apart), shape)
            if refused:
                return f"is refused by the provider: {refused}"
            written.append(made)
            checked.append(replace(made, properties=inputs))
        urns = {new.urn: old.urn for new, old in zip(checked, fixture.resources, strict=True)}
        if _own(fixture, checked, urns) == expected:
            return Prepared(fixture, shape, tuple(written), tuple(checked), frozenset(_own(fixture, checked, {})))
    return "is another thing to its rule once the provider has filled it in"


def _made_with(subject: Subject) -> Shape:
    """The shape that pools have where the same provider makes them by default."""
    if subject.platform is AZURE_POOLS:
        return Shape(subject.shape)
    return Shape.A if subject.resource.provider_version == PROVIDERS[Shape.A] else Shape.B


def _not_a_preview(fixture: Fixture) -> str:
    """Why a fixture is about something that no preview shows."""
    if _SCOPES[fixture.rule] is Scope.PROJECT:
        return "several stacks of a project are seen by check and audit only"
    if _SCOPES[fixture.rule] not in (Scope.RESOURCE, Scope.STACK):
        return "is about no resource"
    if len({resource.urn.split("::")[0] for resource in fixture.resources}) > 1:
        return "has several stacks"
    if any(resource.outputs or resource.id for resource in fixture.resources):
        return "is about deployed state"
    if any(resource.previous is not None for resource in fixture.resources):
        return "is about the last update"
    if any(resource.type.startswith("azure-native_") for resource in fixture.resources):
        return "is of a package of one API version, for which the sandbox has no provider"
    versions = {resource.provider_version for resource in fixture.resources}
    if not versions <= {None, *PROVIDERS.values()}:
        return "is about another version of the provider"
    return ""


def _written(resource: Resource, number: int, shape: Shape, region: str | None, *, apart: bool) -> Resource:
    """The resource as the program makes it, in another region if one is given."""
    properties = dict(resource.properties)
    if region is not None and "location" in properties:
        properties["location"] = region
    group = properties.get("resourceGroupName", _DEMANDED["resourceGroupName"])
    if apart and isinstance(group, str) and _PLAIN.fullmatch(group):
        properties["resourceGroupName"] = f"{group}{number:03}"
    name = f"{number:03}-{resource.name}"
    others = [Urn.parse(urn) for urn in resource.dependencies or ()]
    return replace(
        resource,
        urn=f"urn:pulumi:{STACK}::{PROJECT}::{resource.type}::{name}",
        name=name,
        dependencies=tuple(str(Urn.made(STACK, PROJECT, one.type, f"{number:03}-{one.name}")) for one in others),
        properties=properties,
        provider_version=PROVIDERS[shape],
        protect=bool(resource.protect),
    )


_QUOTA: Final = "quota-within-limit"
_QUOTA_OF_TOKENS: Final = "token-quota-within-limit"
_OWN_REGION: Final = "region"
_PLAIN: Final = re.compile(r"(?=.*[a-z])[a-z][\w-]{0,80}(?<!-)", re.ASCII)


def _filled_in(resource: Resource, shape: Shape) -> tuple[Resource, dict[str, Json], str]:
    """The resource with all that the provider demands, its inputs as that hands them on, and why it refuses them."""
    while True:
        inputs, reasons = _checked(resource, shape)
        missing = (match["path"] for reason in reasons if (match := _MISSING.fullmatch(reason)))
        found = [path for path in missing if path.rpartition(".")[2] in _DEMANDED]
        if not found:
            return resource, inputs, "; ".join(reasons)
        properties = copy.deepcopy(dict(resource.properties))
        for path in found:
            *above, last = path.split(".")
            holder = properties
            for name in above:
                holder = holder[name]
            holder[last] = copy.deepcopy(_DEMANDED[last])
        resource = replace(resource, properties=properties)


def _checked(resource: Resource, shape: Shape) -> tuple[dict[str, Json], list[str]]:
    """The inputs as the provider hands them on, and why it refuses them, if it does."""
    try:
        done = check(
            resource.type,
            resource.properties,
            urn=resource.urn,
            provider_version=PROVIDERS[shape],
            random_seed=b"0",
            config={},
        )
    except UnknownTypeError as error:
        return {}, [str(error)]
    added = {name: value for name, value in done.inputs.items() if name not in resource.properties}
    # The provider sees no marks of secrets; the engine puts them back.
    return {**without_nulls(dict(resource.properties)), **added}, [failure.reason for failure in done.failures]


def _own(fixture: Fixture, resources: Iterable[Resource], urns: Mapping[str, str]) -> set[Said]:
    """What the fixture's rule says of it, by itself."""
    own = policy_config.parse({fixture.rule: fixture.options}, [rule for rule in ALL if rule.id == fixture.rule])
    verdicts = judged(list(resources), own, fixture.today)
    return {(urns.get(urn, urn), *rest) for urn, *rest in said(verdicts)}  # type: ignore[misc]


def judged(resources: list[Resource], settings: Iterable[Setting], today: date) -> list[Verdict]:
    """What the rules that a gate runs say of the resources of one stack."""
    everything = tuple(settings)
    return [
        *(verdict for resource in resources for verdict in judge(everything, resource, today=today)),
        *(verdict for stack in stacks_of(resources, today) for verdict in judge_stack(everything, stack)),
    ]


def said(verdicts: Iterable[Verdict]) -> set[Said]:
    """What is compared: all but the texts."""
    return {
        (verdict.urn, verdict.rule, verdict.outcome, verdict.path, verdict.enforcement)
        for verdict in verdicts
        if verdict.outcome.reported
    }


# Which fixtures go together


@dataclass
class Batch:
    """The fixtures of one preview: of one provider and one day, with one set of options for each rule."""

    shape: Shape
    today: date
    options: dict[str, dict[str, Json]] = field(default_factory=dict)
    members: list[Prepared] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What sets it apart."""
        rules = {member.fixture.rule for member in self.members}
        configured = sorted(rule for rule, options in self.options.items() if options)
        about = min(rules) if len(rules) == 1 else f"{len(configured)}-configured"
        return f"{self.shape}-{self.today}-{about}-{len(self.members)}-fixtures"

    @property
    def resources(self) -> list[Resource]:
        """Every resource, as the provider hands it on."""
        return [resource for member in self.members for resource in member.checked]

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Every rule, configured as its fixtures want it."""
        return policy_config.parse({rule: options for rule, options in self.options.items() if options}, ALL)

    def takes(self, fixture: Prepared) -> bool:
        """Whether a fixture may be previewed beside the others."""
        rule, options = fixture.fixture.rule, fixture.fixture.options
        alone = _is_alone(fixture) or any(_is_alone(member) for member in self.members)
        return (
            (self.shape, self.today) == (fixture.shape, fixture.fixture.today)
            and self.options.get(rule, options) == options
            and not (alone and self.members)
        )

    def add(self, fixture: Prepared) -> None:
        """Takes a fixture in."""
        self.options[fixture.fixture.rule] = fixture.fixture.options
        self.members.append(fixture)


def _is_alone(fixture: Prepared) -> bool:
    """A quota is of a whole region, and so of every resource that the stack has there, or of a whole stack; and what
    lies in a resource group that is not known may lie beside every other.
    """
    if fixture.fixture.rule == _QUOTA_OF_TOKENS:
        return bool(fixture.fixture.options)
    if fixture.fixture.rule == _QUOTA:
        places = {str(resource.properties.get("location")) for resource in fixture.checked}
        return bool(fixture.fixture.options) and not all(place.startswith(_OWN_REGION) for place in places)
    is_anywhere = any(is_unknown(resource.properties.get("resourceGroupName")) for resource in fixture.checked)
    return is_anywhere and _SCOPES[fixture.fixture.rule] is Scope.STACK


ONCE_A_STACK: Final = frozenset({"preview-api-noted"})
"""Rules that speak once, of whichever resource comes first."""


def batches(prepared: Iterable[Prepared]) -> list[Batch]:
    """As few previews as show each rule once with a good and once with a bad fixture, in each shape; and beside those
    all the further fixtures that fit in.
    """
    everything = list(prepared)
    found: list[Batch] = []
    for fixture in _chosen(everything):
        batch = next((batch for batch in found if batch.takes(fixture)), None)
        if batch is None:
            batch = Batch(fixture.shape, fixture.fixture.today)
            found.append(batch)
        batch.add(fixture)
    taken = {id(member) for batch in found for member in batch.members}
    for fixture in everything:
        batch = next((batch for batch in found if batch.takes(fixture)), None)
        if id(fixture) not in taken and batch is not None and not _is_alone(fixture):
            batch.add(fixture)
    return found


def _chosen(prepared: list[Prepared]) -> Iterator[Prepared]:
    """For each rule and shape a good and a bad fixture: those that need the least of their own."""
    cells: dict[tuple[str, Shape], dict[bool, list[Prepared]]] = {}
    for one in prepared:
        cells.setdefault((one.fixture.rule, one.shape), {True: [], False: []})[one.fixture.good].append(one)
    for by_verdict in cells.values():
        good: list[Prepared | None] = [*by_verdict[True]] or [None]
        bad: list[Prepared | None] = [*by_verdict[False]] or [None]
        pair = min(((one, other) for one in good for other in bad), key=_cost)
        yield from (one for one in pair if one is not None)


def _cost(pair: tuple[Prepared | None, Prepared | None]) -> tuple[int, int]:
    """How many days and configurations besides the usual ones a pair needs."""
    of_its_own = {
        (str(one.fixture.today), json.dumps(one.fixture.options, sort_keys=True, default=str))
        for one in pair
        if one is not None
    }
    unusual = sum(1 for one in pair if one is not None and (one.fixture.options or one.fixture.today != TODAY))
    return len(of_its_own), unusual


# The project

PROGRAM: Final = '''\
"""Makes the resources that resources.json names."""

import asyncio
import json
from pathlib import Path

import pulumi

SIGNATURE, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


async def _is(value):
    return value


def _unknown():
    return pulumi.Output(set(), asyncio.ensure_future(_is(None)), asyncio.ensure_future(_is(False)))


def _live(value):
    if value == UNKNOWN:
        return _unknown()
    if isinstance(value, list):
        return [_live(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get(SIGNATURE) == SECRET:
        return pulumi.Output.secret(_live(value["value"]))
    return {key: _live(item) for key, item in value.items()}


made = {}
for entry in json.loads(Path("resources.json").read_text(encoding="utf-8")):
    before = [made[name] for name in entry["dependsOn"]]
    options = pulumi.ResourceOptions(protect=entry["protect"], depends_on=before)
    made[entry["name"]] = pulumi.CustomResource(entry["type"], entry["name"], _live(entry["properties"]), options)
'''


def write_project(batch: Batch, folder: Path, virtualenv: Path) -> Path:
    """A project whose program makes the resources of a batch."""
    folder.mkdir()
    resources = [
        {
            "type": one.type,
            "name": one.name,
            "properties": one.properties,
            "protect": one.protect,
            "dependsOn": [Urn.parse(urn).name for urn in one.dependencies or ()],
        }
        for member in batch.members
        for one in member.written
    ]
    manifest = f"name: {PROJECT}\nruntime:\n  name: python\n  options:\n    virtualenv: {virtualenv}\n"
    for name, text in {
        "Pulumi.yaml": manifest,
        f"Pulumi.{STACK}.yaml": "config: {}\n",
        "__main__.py": PROGRAM,
        "resources.json": json.dumps(resources),
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder

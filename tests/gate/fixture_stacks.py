"""Stacks made of the rules' own fixtures, for the real engine: many fixtures a stack, as few stacks as possible.

A fixture goes into a preview as it is, but for two things. What the provider demands and the fixture leaves out is
added, as a program would have to. And its resource group, or where the platform has none the names that its resources
call each other by, get names of their own, so that fixtures about what resources have to do with each other do not
meet. Neither may change what its rule says of it: a fixture whose verdict it would change goes without, or is not
previewed.

Nothing here is of a platform: its kinds, providers and names are found in `platforms.ALL` and in the stand-ins. The
program makes resources by their type tokens, so that one stack holds those of every provider.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from inference_pools import policy_config
from inference_pools.finding import Enforcement, Outcome, Verdict
from inference_pools.joins import addresses_of
from inference_pools.platforms import azure_pools
from inference_pools.platforms.platform import Platform
from inference_pools.policy_config import Setting
from inference_pools.reader import ReadError
from inference_pools.resource import Resource
from inference_pools.rule import Scope
from inference_pools.rules import ALL
from inference_pools.runner import judge, judge_stack
from inference_pools.stack import stacks_of
from inference_pools.values import Json, is_unknown
from inference_pools.view import asks_provider, view
from poolgate.standin import clouds
from poolgate.standin.cloud import CheckError, CheckFailure, Request, UnknownTypeError
from poolgate.standin.wire import without_nulls
from rules.fixture_files import TODAY, Fixture

Said: TypeAlias = tuple[str, str, Outcome, str, Enforcement]
"""Resource, rule, outcome, path and level."""

AZURE: Final = "azure-native"
AZURE_PROVIDERS: Final = ("3.29.0", "2.92.3")
"""Whose default API version has which content; the samples are made with these. Of the other clouds' providers the
stand-in has one major version each, and what they make is of one shape."""
PROJECT: Final = "fixtures"
STACK: Final = "dev"
_RULES: Final = {rule.id: rule for rule in ALL}
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
    "executionRoleArn": "arn:aws:iam::444455556666:role/fixtures",
    "roleArn": "arn:aws:iam::444455556666:role/fixtures",
}
"""What is written where the provider demands a property that a fixture leaves out."""
_MISSING: Final = re.compile(r"missing required (?:property|argument)", re.IGNORECASE)

Column: TypeAlias = tuple[str, str]
"""A platform, and the package whose words its resources are written in; of inference pools the shape, of which the two
have little in common: `("sagemaker", "aws-native")`, `("azure-pools", "A")`."""


FIRES: Final = "fires"
SILENT: Final = "does not"

Cell: TypeAlias = tuple[str, Column, str]
"""A rule, where it is seen, and what it does there: FIRES or SILENT."""


def column_of(resource: Resource) -> Column | None:
    """Where a resource is counted; None for one that no rule judges."""
    subject = view(resource)
    if subject is None or not subject.kind.is_judged:
        return None
    if subject.platform is azure_pools.AZURE_POOLS:
        return subject.platform.name, subject.shape
    return subject.platform.name, resource.type.partition(":")[0].partition("_")[0]


def columns_of(resources: Iterable[Resource]) -> frozenset[Column]:
    """Where some resources are counted."""
    return frozenset(column for resource in resources if (column := column_of(resource)) is not None)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A fixture as it goes into a preview. `said` is what its rule has to say there.

    `azure` is the version of azure-native that it is for; "" where it has none of its resources.
    """

    fixture: Fixture
    azure: str
    written: tuple[Resource, ...]
    checked: tuple[Resource, ...]
    said: frozenset[Said]

    @cached_property
    def columns(self) -> frozenset[Column]:
        """Where its resources are counted."""
        return columns_of(self.checked)

    @cached_property
    def shows(self) -> str:
        """What is seen of its rule: FIRES, SILENT, or "" where it judges nothing or tells only what it cannot know."""
        if any(outcome is Outcome.VIOLATED for _, _, outcome, _, _ in self.said):
            return FIRES
        if self.said:
            return ""
        own = policy_config.parse({self.fixture.rule: self.fixture.options}, [_RULES[self.fixture.rule]])
        verdicts = judged(list(self.checked), own, self.fixture.today)
        return SILENT if any(verdict.outcome is Outcome.CLEAN for verdict in verdicts) else ""

    @cached_property
    def cells(self) -> frozenset[Cell]:
        """What is seen in it."""
        return frozenset((self.fixture.rule, column, self.shows) for column in self.columns if self.shows)

    @cached_property
    def is_alone(self) -> bool:
        """Whether nothing else fits beside it. A quota is of a whole region, and so of every resource that the stack
        has there; and what lies in a resource group that is not known may lie beside every other.
        """
        if self.fixture.rule == "quota-within-limit":
            places = {str(resource.properties.get("location")) for resource in self.checked}
            return bool(self.fixture.options) and not all(place.startswith(_OWN_REGION) for place in places)
        is_anywhere = any(is_unknown(resource.properties.get("resourceGroupName")) for resource in self.checked)
        return is_anywhere and _RULES[self.fixture.rule].scope is Scope.STACK

    @property
    def is_usual(self) -> bool:
        """Whether it needs neither a day nor options of its own."""
        return not self.fixture.options and self.fixture.today == TODAY


def prepare(fixture: Fixture, number: int) -> Prepared | str:
    """The fixture as it goes into a preview, or why it does not."""
    reason = _not_a_preview(fixture)
    if reason:
        return reason
    expected = _own(fixture, fixture.resources, {resource.urn: resource.urn for resource in fixture.resources})
    is_azure = any(_package(resource) == AZURE for resource in fixture.resources)
    versions = [version for version in AZURE_PROVIDERS if fits(fixture.resources, version)] if is_azure else [""]
    if not versions:
        return "has resources of both shapes, which are of two providers"
    refused = ""
    for azure in versions:
        for apart in (True, False):
            done = made(fixture, number, azure, apart=apart)
            if isinstance(done, str):
                refused = refused or done
                continue
            written, checked = done
            urns = {new.urn: old.urn for new, old in zip(checked, fixture.resources, strict=True)}
            if _own(fixture, checked, urns) == expected:
                return Prepared(fixture, azure, written, checked, frozenset(_own(fixture, checked, {})))
    if {resource.name for resource in fixture.resources} & _texts(fixture.options):
        return "has options that name a resource, and beside others each has a name of its own"
    if any("tagsAll" in resource.properties for resource in fixture.resources):
        return "is about default tags, which a provider has by its configuration"
    return f"is refused by the provider: {refused}" if refused else "is another thing to its rule once filled in"


def _texts(value: Json) -> set[str]:
    """Every text and key in a value, but for what it is prefixed with: `load-rate.chat` is `chat`."""
    if isinstance(value, dict):
        return set().union(*(_texts(item) for pair in value.items() for item in pair))
    if isinstance(value, list):
        return set().union(*map(_texts, value))
    return {value, value.rpartition("::")[2]} if isinstance(value, str) else set()


def fits(resources: Iterable[Resource], azure: str) -> bool:
    """Whether a version of azure-native makes resources of the shapes that these have."""
    of_azure = [one for one in resources if _package(one) == AZURE]
    return all(
        one.provider_version in (None, azure) and _shape(replace(one, provider_version=azure)) == _shape(one)
        for one in of_azure
    )


def _shape(resource: Resource) -> str | None:
    subject = view(resource)
    return None if subject is None else subject.shape


def _package(resource: Resource) -> str:
    return resource.type.partition(":")[0]


def _not_a_preview(fixture: Fixture) -> str:
    """Why a fixture is about something that no preview shows."""
    if _RULES[fixture.rule].scope is Scope.PROJECT:
        return "several stacks of a project are seen by check and audit only"
    if _RULES[fixture.rule].scope not in (Scope.RESOURCE, Scope.STACK):
        return "is about no resource"
    if len({resource.urn.split("::")[0] for resource in fixture.resources}) > 1:
        return "has several stacks"
    if any(resource.outputs or resource.id for resource in fixture.resources):
        return "is about deployed state"
    if any(resource.previous is not None for resource in fixture.resources):
        return "is about the last update"
    if any(resource.type.startswith("azure-native_") for resource in fixture.resources):
        return "is of a package of one API version, for which the sandbox has no provider"
    if any(asks_provider(resource.type) and resource.provider is None for resource in fixture.resources):
        return "is about a provider that was not seen, and the engine shows every one"
    served = {*AZURE_PROVIDERS, *(cloud.newest for cloud in clouds.ALL), None}
    if not {resource.provider_version for resource in fixture.resources} <= served:
        return "is about another version of the provider"
    return ""


def made(
    fixture: Fixture, number: int, azure: str, *, apart: bool
) -> tuple[tuple[Resource, ...], tuple[Resource, ...]] | str:
    """The resources as the program makes them and as their providers hand them on, or why those refuse one."""
    region = f"{_OWN_REGION}{number}" if apart and fixture.rule in _QUOTAS and fixture.options else None
    names = _outermost(fixture.resources) if apart else frozenset()
    urns = {one.urn: _urn(one, number) for one in fixture.resources}
    written, checked = [], []
    for resource in fixture.resources:
        properties = _renamed(dict(resource.properties), names, number)
        if region is not None and _package(resource) == AZURE:
            properties["location"] = region
        if apart and _package(resource) == AZURE:
            properties.setdefault("resourceGroupName", f"{_DEMANDED['resourceGroupName']}{number:03}")
        made = replace(
            resource,
            urn=urns[resource.urn],
            name=_name(resource, number),
            properties=properties,
            provider_version=_version(resource, azure),
            protect=bool(resource.protect),
            dependencies=tuple(urns.get(urn, urn) for urn in resource.dependencies or ()),
        )
        made, inputs, refused = _filled_in(made)
        if refused:
            return refused
        written.append(made)
        checked.append(replace(made, properties=inputs))
    return tuple(written), tuple(checked)


def _name(resource: Resource, number: int) -> str:
    return f"{resource.name}-{number:03}"


def _urn(resource: Resource, number: int) -> str:
    return f"urn:pulumi:{STACK}::{PROJECT}::{resource.type}::{_name(resource, number)}"


def _version(resource: Resource, azure: str) -> str | None:
    if _package(resource) == AZURE:
        return azure
    cloud = clouds.of_token(resource.type)
    return cloud.newest if cloud else None


def _outermost(resources: Iterable[Resource]) -> frozenset[str]:
    """The names that set what lies in them apart from all else: of resource groups on Azure, where a platform knows
    nothing of the kind those of the resources themselves.
    """
    found: set[str] = set()
    for resource in resources:
        subject = view(resource)
        if subject is None:
            continue
        fields = _outer_fields(subject.platform)
        for _, address in addresses_of(subject):
            for name in fields & set(address.placed):
                try:
                    value = address.name(name)
                except ReadError:
                    continue
                if value is not None and _PLAIN.fullmatch(value):
                    found.add(value)
    return frozenset(found)


def _outer_fields(platform: Platform) -> set[str]:
    known = platform.identities
    return {own[0] for own in known.own.values()} | {
        name for kind, name in known.named_by_urn.items() if kind not in known.own
    }


def _renamed(value: Json, names: frozenset[str], number: int) -> Json:
    """The value with each of the names, wherever it stands as a word of its own, made the fixture's own."""
    if isinstance(value, dict):
        return {key: _renamed(item, names, number) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names, number) for item in value]
    if not isinstance(value, str) or not names:
        return value
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.sub(rf"(?<![\w.-])(?:{words})(?![\w.-])", lambda match: f"{match[0]}{number:03}", value, flags=re.I)


_QUOTAS: Final = frozenset({"quota-within-limit", "token-quota-within-limit"})
_OWN_REGION: Final = "region"
_PLAIN: Final = re.compile(r"(?=.*[a-z])[a-z][\w-]{0,59}(?<!-)", re.ASCII)


def _filled_in(resource: Resource) -> tuple[Resource, dict[str, Json], str]:
    """The resource with all that the provider demands, its inputs as that hands them on, and why it refuses them."""
    while True:
        inputs, failures = as_checked(resource)
        missing = [failure.keys for failure in failures if _MISSING.match(failure.reason)]
        if is_unknown(inputs.get("location")) and "location" not in resource.properties:
            missing.append(("location",))  # Azure is asked for that of the resource group, which no preview can.
        found = [keys for keys in missing if keys[-1] in _DEMANDED]
        if not found:
            return resource, inputs, "; ".join(failure.reason for failure in failures)
        properties: Json = copy.deepcopy(dict(resource.properties))
        for keys in found:
            holder = properties
            for key in keys[:-1]:
                holder = holder[key]
            holder[keys[-1]] = copy.deepcopy(_DEMANDED[str(keys[-1])])
        resource = replace(resource, properties=properties)


def as_checked(resource: Resource) -> tuple[dict[str, Json], tuple[CheckFailure, ...]]:
    """The inputs as the provider hands them on, and why it refuses them, if it does."""
    cloud = clouds.of_token(resource.type)
    if cloud is None:
        return dict(resource.properties), ()
    request = Request(
        token=resource.type,
        inputs=without_nulls(dict(resource.properties)),
        urn=resource.urn,
        version=resource.provider_version or cloud.newest,
        random_seed=b"0",
        config={},
    )
    try:
        done = cloud.check(request)
    except (UnknownTypeError, CheckError) as error:
        return {}, (CheckFailure((), str(error)),)
    return done.inputs, done.failures


def _own(fixture: Fixture, resources: Iterable[Resource], urns: Mapping[str, str]) -> set[Said]:
    """What the fixture's rule says of it, by itself."""
    own = policy_config.parse({fixture.rule: fixture.options}, [_RULES[fixture.rule]])
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


ONCE_A_STACK: Final = frozenset({"preview-api-noted"})
"""Rules that speak once, of whichever resource comes first."""


@dataclass(eq=False)
class Batch:
    """The fixtures of one preview: of one day and one version of azure-native, with one set of options a rule."""

    azure: str
    today: date
    options: dict[str, dict[str, Json]] = field(default_factory=dict)
    members: list[Prepared] = field(default_factory=list)

    @property
    def resources(self) -> list[Resource]:
        """Every resource, as its provider hands it on."""
        return [resource for member in self.members for resource in member.checked]

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Every rule, configured as its fixtures want it."""
        return policy_config.parse({rule: options for rule, options in self.options.items() if options}, ALL)

    def takes(self, fixture: Prepared) -> bool:
        """Whether a fixture may be previewed beside the others."""
        rule, options = fixture.fixture.rule, fixture.fixture.options
        return (
            self.today == fixture.fixture.today
            and (not self.azure or not fixture.azure or self.azure == fixture.azure)
            and self.options.get(rule, options) == options
            and not (self.members and (fixture.is_alone or any(member.is_alone for member in self.members)))
        )

    def add(self, fixture: Prepared) -> None:
        """Takes a fixture in."""
        self.azure = self.azure or fixture.azure
        self.options[fixture.fixture.rule] = fixture.fixture.options
        self.members.append(fixture)

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """What the library says of all of them together. To be asked for when all are in."""
        return judged(self.resources, self.settings, self.today)

    @property
    def expected(self) -> set[Said]:
        """What the engine has to say."""
        return said(self.verdicts)

    @property
    def cells(self) -> set[Cell]:
        """What is seen in it: of each fixture by its rule, and of each resource by every rule about single ones."""
        column = {resource.urn: column_of(resource) for resource in self.resources}
        outcomes = {Outcome.VIOLATED: FIRES, Outcome.CLEAN: SILENT}
        by_resource = {
            (verdict.rule, where, outcomes[verdict.outcome])
            for verdict in self.verdicts
            if verdict.outcome in outcomes and (where := column.get(verdict.urn)) is not None
        }
        return by_resource.union(*(member.cells for member in self.members))

    def differs(self, member: Prepared, found: Set[Said]) -> set[Said]:
        """What the rule of a fixture says of it here and not by itself, or the other way round."""
        rule = member.fixture.rule
        if rule in ONCE_A_STACK:
            return {each for each in member.said if each[1:] not in {other[1:] for other in found}}
        urns = {resource.urn for resource in member.checked}
        return {each for each in found if each[0] in urns and each[1] == rule} ^ member.said

    def part(self) -> list[Prepared]:
        """Takes out, until there are none, the fixtures of which rules over the stack say another thing beside the
        others: names that nobody knows may be those of any other fixture. Returns them.
        """
        out: list[Prepared] = []
        while True:
            verdicts = said(judge_stack(self.settings, next(iter(stacks_of(self.resources, self.today)))))
            over_stack = [one for one in self.members if _RULES[one.fixture.rule].scope is Scope.STACK]
            changed = [one for one in over_stack if self.differs(one, verdicts)]
            if not changed:
                return out
            out += changed
            self.members = [one for one in self.members if one not in changed]


def batches(prepared: Iterable[Prepared]) -> list[Batch]:
    """As few previews as show each rule with a fixture that it fires at and one that it does not, in each column; and
    beside those all the further fixtures that fit in. Those that others would change are not among them.
    """
    everything = sorted(prepared, key=lambda one: not one.is_usual)
    found: list[Batch] = []
    for one in chosen(everything):
        batch = next((batch for batch in found if batch.takes(one)), None)
        if batch is None:
            batch = Batch(one.azure, one.fixture.today)
            found.append(batch)
        batch.add(one)
    taken = {one for batch in found for one in batch.members}
    for one in everything:
        batch = next((batch for batch in found if batch.takes(one)), None)
        if batch is not None and not one.is_alone and one not in taken:
            batch.add(one)
    taken_out = [one for batch in found for one in batch.part()]
    shown = {cell for batch in found for one in batch.members for cell in one.cells}
    for one in taken_out:
        for batch in reversed(found):
            if one.cells - shown and batch.takes(one):
                batch.add(one)
                if one not in batch.part():
                    shown |= one.cells
    return found


def chosen(prepared: Iterable[Prepared]) -> list[Prepared]:
    """A fixture for each rule, column and verdict that has any: of each rule those that need the fewest previews."""
    of_rule: dict[str, dict[_Need, list[Prepared]]] = {}
    for one in prepared:
        of_rule.setdefault(one.fixture.rule, {}).setdefault(_need(one), []).append(one)
    found: list[Prepared] = []
    for by_need in of_rule.values():
        shown: set[Cell] = set()
        while True:
            rest = {need: set().union(*(one.cells for one in those)) - shown for need, those in by_need.items()}
            need = max(rest, key=lambda need: (bool(rest[need]), not need.is_rare, len(rest[need])))
            if not rest[need]:
                break
            for one in by_need[need]:
                if one.cells - shown:
                    found.append(one)
                    shown |= one.cells
    return sorted(found, key=lambda one: _need(one).is_rare)


class _Need(NamedTuple):
    """What two fixtures of a rule have to agree in to share a preview. `is_rare` is what most of the others lack."""

    azure: str
    today: date
    options: str
    alone: str

    @property
    def is_rare(self) -> bool:
        return bool(self.alone) or self.options != "{}" or self.today != TODAY


def _need(one: Prepared) -> _Need:
    options = json.dumps(one.fixture.options, sort_keys=True, default=str)
    return _Need(one.azure, one.fixture.today, options, one.fixture.id if one.is_alone else "")


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


providers = {}


def _provider(entry):
    """The provider with the settings that a resource is to have them from; None for the default one."""
    settings, package = entry["provider"], entry["type"].partition(":")[0]
    key = json.dumps([package, settings], sort_keys=True)
    if settings is not None and key not in providers:
        name, options = f"{package}-{len(providers)}", pulumi.ResourceOptions(version=entry["version"])
        providers[key] = pulumi.ProviderResource(package, name, _live(settings), options)
    return providers.get(key)


made = {}
for entry in json.loads(Path("resources.json").read_text(encoding="utf-8")):
    options = pulumi.ResourceOptions(
        version=entry["version"],
        provider=_provider(entry),
        protect=entry["protect"],
        ignore_changes=entry["ignore_changes"],
        depends_on=[made[urn] for urn in entry["depends_on"]],
    )
    made[entry["urn"]] = pulumi.CustomResource(entry["type"], entry["name"], _live(entry["properties"]), options)
'''


def write_project(batch: Batch, folder: Path, virtualenv: Path) -> Path:
    """A project whose program makes the resources of a batch."""
    folder.mkdir()
    resources = [
        {
            "urn": one.urn,
            "type": one.type,
            "name": one.name,
            "properties": one.properties,
            "version": one.provider_version,
            "provider": one.provider,
            "protect": one.protect,
            "ignore_changes": list(one.ignore_changes),
            "depends_on": one.dependencies,
        }
        for member in batch.members
        for one in in_order(member.written)
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


def in_order(resources: Iterable[Resource]) -> Iterator[Resource]:
    """The resources, each behind those that it waits for."""
    waiting = list(resources)
    while waiting:
        open_ = {one.urn for one in waiting}
        ready = [one for one in waiting if not open_ & set(one.dependencies or ())]
        yield from ready
        waiting = [one for one in waiting if one not in ready]

"""Writes the property trees of the online, model, SageMaker and Vertex platforms from the SDKs that Pulumi publishes.

One file a platform, `data/trees.json`:

    {"asOf": the day the releases were read, "source": [...],
     "types": {TOKEN: {"apiVersions": {"3": DEFAULT}, "otherApiVersions": {"3": [...]}, "tokens": [TOKEN, ...],
                       "elsewhere": {PATH: [VERSION, ...]}, "versionsRead": [VERSION, ...],
                       "trees": [{"majors": ["3"], "when": {PATH: VALUE}, "tree": NODE}, ...]}}}

TOKEN is the newest spelling; `tokens` are all, `apiVersions` and `otherApiVersions` are azure-native's. A tree holds
for the major versions of the SDK in `majors`; `when` is there where a property of the resource is a union told apart
by a discriminator: one tree a member, which holds where the property at PATH is VALUE (in whatever case).
`elsewhere` are properties of other API versions that no tree has, of those that the 2.x SDK has modules for
(`versionsRead`); a property of a version that was not read may be in neither. In its paths `[]` is each item of a list
or value of a map, and the resource's bag has the name of 3.x (`properties`, not `onlineDeploymentProperties` or
`onlineDeploymentDetails`).

NODE is the form of `azure_native.json`, with wire names: `type` (string, integer, number, boolean, array, object, any),
`properties`, `items`, `additionalProperties`, `enum`, `openEnum` (a plain string is taken too), `required`, `output`,
`writtenByProvider`, `createOnly`, `autoName`, `autoLocation`, `stringSet` with `outputAs`; and of its own:

`default`            what an SDK's Args class writes where nothing was given; the same thing as a dict is left out
`providerDefault`    what the provider's Check writes into the inputs where nothing was given
`const`              what an Args class writes whatever it is given: the discriminator
`discriminator`      of a union inside a tree, whose members are merged: the property that tells them apart
`only`               in such a node: the members that have the property; all have one without it. `required` is what
                     all of them require
`deprecated`         the SDK warns of it

The SDKs are read, not imported. What they do not say is absent: patterns, bounds, and for pulumi-aws and pulumi-gcp
what replaces.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent))

from published import PLATFORMS, Wheel, run, wheels

AS_OF: Final = "2026-11-29"
PINNED: Final = {
    "pulumi-azure-native": "pulumi-azure-native==3.29.0",
    "pulumi-azure-native 2": "pulumi-azure-native==2.92.3",
    "pulumi-aws-native": "pulumi-aws-native==1.84.0",
    "pulumi-aws": "pulumi-aws==7.51.1",
    "pulumi-gcp": "pulumi-gcp==10.2.0",
}
NEWEST: Final = {
    "pulumi-azure-native": "pulumi-azure-native",
    "pulumi-azure-native 2": "pulumi-azure-native<3",
    "pulumi-aws-native": "pulumi-aws-native",
    "pulumi-aws": "pulumi-aws",
    "pulumi-gcp": "pulumi-gcp",
}
AUTO_NAMER: Final = (
    "https://github.com/pulumi/pulumi-azure-native/blob/master/provider/pkg/resources/resources.go (AutoNamer)"
)

Node = dict[str, Any]

SCALARS: Final = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "Any": "any"}

PROVIDER_DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "aws:appautoscaling/policy:Policy": {"policyType": "StepScaling"},
    "aws:sagemaker/model:Model": {"primaryContainer.mode": "SingleModel", "containers.mode": "SingleModel"},
}
"""What pulumi-aws fills in, by type and path; its SDK says so in prose only, and its schema in the same words.

False, zero and the empty text are no longer among it: the bridge leaves those to Terraform.
"""


@dataclass(frozen=True)
class Property:
    """One property of a class of the SDK, under its wire name."""

    annotation: ast.expr
    required: bool
    deprecated: bool
    default: Any = None
    const: Any = None


@dataclass
class Sources:
    """The text of an SDK's modules: the resource's own, its folder's `_inputs`, `outputs` and `_enums`, and the root's.

    `texts` maps a name used in annotations (`_inputs`, `outputs`, `_enums`, `_root_inputs`, `resource`) to a module's
    text. Classes are read when they are asked for.
    """

    texts: Mapping[str, str]
    _properties: dict[tuple[str, str], dict[str, Property]] = field(default_factory=dict)

    def find(self, module: str, name: str) -> ast.ClassDef | None:
        """A class of a module."""
        return _classes(self.texts.get(module, "")).get(name)

    def enum(self, name: str) -> list[Any] | None:
        """The values of an enumeration, in the order of the SDK."""
        found = self.find("_enums", name)
        if found is None:
            return None
        values = [each.value for each in found.body if isinstance(each, ast.Assign)]
        return [ast.literal_eval(value) for value in values]

    def properties(self, module: str, name: str) -> dict[str, Property] | None:
        """The properties of an Args class or of a class of outputs, by wire name."""
        found = self.find(module, name)
        if found is None:
            return None
        if (module, name) not in self._properties:
            self._properties[module, name] = dict(_properties(found))
        return self._properties[module, name]


@cache
def _classes(text: str) -> Mapping[str, ast.ClassDef]:
    """The classes of a module; the kinds of one SDK folder share theirs, which are long."""
    return {each.name: each for each in ast.parse(text).body if isinstance(each, ast.ClassDef)}


def _properties(found: ast.ClassDef) -> Iterator[tuple[str, Property]]:
    init = next((f for f in found.body if isinstance(f, ast.FunctionDef) and f.name == "__init__"), None)
    required, defaults, constants = _initialised(init) if init else (set(), {}, {})
    for function in found.body:
        if not isinstance(function, ast.FunctionDef) or function.returns is None:
            continue
        getter = next((call for call in function.decorator_list if _called(call) == "pulumi.getter"), None)
        if getter is None:
            continue
        keywords = getter.keywords if isinstance(getter, ast.Call) else []
        wire = next((ast.literal_eval(each.value) for each in keywords if each.arg == "name"), function.name)
        yield (
            wire,
            Property(
                function.returns,
                required=function.name in required,
                deprecated=any(_called(call) == "_utilities.deprecated" for call in function.decorator_list),
                default=defaults.get(function.name),
                const=constants.get(function.name),
            ),
        )


def _called(decorator: ast.expr) -> str:
    return ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)


def _initialised(init: ast.FunctionDef) -> tuple[set[str], dict[str, Any], dict[str, Any]]:
    """What an Args class requires, what it writes where nothing was given, and what it writes whatever was given."""
    pairs = zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True)
    required = {argument.arg for argument, default in pairs if default is None}
    defaults: dict[str, Any] = {}
    constants: dict[str, Any] = {}
    for statement in init.body:
        if isinstance(statement, ast.If) and isinstance(statement.body[0], ast.Assign):
            target, value = statement.body[0].targets[0], statement.body[0].value
            if isinstance(target, ast.Name) and (literal := _literal(value)) is not None:
                defaults[target.id] = literal
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            call = statement.value
            if _called(call) == "pulumi.set" and (literal := _literal(call.args[2])) is not None:
                constants[ast.literal_eval(call.args[1])] = literal
    return required, defaults, constants


def _literal(value: ast.expr) -> Any:
    try:
        return ast.literal_eval(value)
    except ValueError:
        return None


@dataclass(frozen=True)
class Trees:
    """Makes the nodes of one resource."""

    sources: Sources

    def of_args(self, name: str, module: str = "_inputs", above: tuple[str, ...] = ()) -> Node:
        """The object that an Args class stands for, with what only responses have.

        Raises ValueError where a class contains itself, which has no tree.
        """
        if name in above:
            raise ValueError(f"{name} contains itself")
        given = self.sources.properties(module, name)
        assert given is not None, name
        returned = self._returned(name)
        properties = {wire: self.of_property(each, above=(*above, name)) for wire, each in given.items()}
        for wire, each in returned.items():
            if wire not in given:
                properties[wire] = {**self.of_property(each, "outputs"), "output": True}
            elif (as_set := self._string_set(properties[wire], each)) is not None:
                properties[wire] |= as_set
        return _object(properties, [wire for wire, each in given.items() if each.required])

    def _returned(self, name: str) -> Mapping[str, Property]:
        bare = name.removesuffix("Args")
        found = self.sources.properties("outputs", f"{bare}Response")
        return found if found is not None else self.sources.properties("outputs", bare) or {}

    def _string_set(self, node: Node, returned: Property) -> Node | None:
        """How a set of strings comes back, which the provider sends as an object keyed by them."""
        if node["type"] != "array" or node["items"]["type"] != "string":
            return None
        out = self.of_property(returned, "outputs")
        return {"stringSet": True, "outputAs": out} if out["type"] == "object" else None

    def of_outputs(self, name: str) -> Node:
        """The object that a class of outputs stands for."""
        found = self.sources.properties("outputs", name)
        assert found is not None, name
        return _object({wire: self.of_property(each, "outputs") for wire, each in found.items()}, [])

    def of_property(self, each: Property, module: str = "_inputs", above: tuple[str, ...] = ()) -> Node:
        """The node of a property."""
        node = self.of(each.annotation, module, above)
        if each.default is not None:
            node["default"] = each.default
        if each.const is not None:
            node["const"] = each.const
        return node | {"deprecated": True} if each.deprecated else node

    def of(self, annotation: ast.expr, module: str, above: tuple[str, ...] = ()) -> Node:
        """The node of an annotation. Raises ValueError for a form that no SDK was seen to use."""
        match annotation:
            case ast.Constant(value=str(name)):
                return self.of(ast.parse(name, mode="eval").body, module, above)
            case ast.Attribute(value=ast.Name(id="_builtins"), attr=name) | ast.Name(id=name) if name in SCALARS:
                return {"type": SCALARS[name]}
            case ast.Attribute(value=ast.Name(id=alias), attr=name):
                return self._named(
                    name, {"outputs": "outputs", "_root_inputs": "_root_inputs"}.get(alias, module), above
                )
            case ast.Name(id=name):
                return self._named(name, module, above)
            case ast.Subscript(value=generic, slice=argument):
                return self._generic(ast.unparse(generic).rpartition(".")[2], argument, module, above)
        raise ValueError(f"no node for {ast.unparse(annotation)}")

    def _generic(self, generic: str, argument: ast.expr, module: str, above: tuple[str, ...]) -> Node:
        if generic in ("Input", "Output", "Optional"):
            return self.of(argument, module, above)
        if generic == "Sequence":
            return {"type": "array", "items": self.of(argument, module, above)}
        assert isinstance(argument, ast.Tuple), generic
        if generic == "Mapping":
            return {"type": "object", "additionalProperties": self.of(argument.elts[1], module, above)}
        if generic == "Union":
            return self._union(argument.elts, module, above)
        raise ValueError(f"no node for {generic}")

    def _named(self, name: str, module: str, above: tuple[str, ...]) -> Node:
        if (values := self.sources.enum(name)) is not None:
            kinds = {str: "string", int: "integer", float: "number"}
            return {"type": kinds[type(values[0])], "enum": values}
        return self.of_outputs(name) if module == "outputs" else self.of_args(name, module, above)

    def _union(self, members: list[ast.expr], module: str, above: tuple[str, ...]) -> Node:
        nodes = [self.of(member, module, above) for member in members]
        if all(node["type"] == "object" and "properties" in node for node in nodes):
            return merged(nodes)
        enums = [node for node in nodes if "enum" in node]
        plain = [node for node in nodes if "enum" not in node]
        if len(enums) == 1 and all(node == {"type": enums[0]["type"]} for node in plain):
            return {**enums[0], "openEnum": True}
        return nodes[0] if all(node == nodes[0] for node in nodes) else {"type": "any"}


def _object(properties: Mapping[str, Node], required: list[str]) -> Node:
    node: Node = {"type": "object", "properties": dict(sorted(properties.items()))}
    return node | {"required": sorted(required)} if required else node


def merged(members: list[Node]) -> Node:
    """The members of a union as one object: see `discriminator` and `only` above."""
    told_apart = _discriminator(members)
    if told_apart is None:
        return {"type": "any"}
    names = [member["properties"][told_apart]["const"] for member in members]
    properties: dict[str, Node] = {}
    for name, member in zip(names, members, strict=True):
        for wire, node in member["properties"].items():
            if wire == told_apart:
                properties[wire] = {"type": "string", "enum": names}
            elif wire not in properties:
                properties[wire] = {**node, "only": [name]}
            else:
                first = properties[wire]
                if {**first, "only": 0} != {**node, "only": 0}:
                    raise ValueError(f"{wire} differs between the members {names}")
                first["only"].append(name)
    for node in properties.values():
        if node.get("only") == names:
            del node["only"]
    required = set.intersection(*(set(member.get("required", ())) for member in members))
    return _object(properties, sorted(required)) | {"discriminator": told_apart}


def _discriminator(members: list[Node]) -> str | None:
    common = [wire for wire, node in members[0]["properties"].items() if "const" in node]
    return next((wire for wire in common if all("const" in m["properties"].get(wire, {}) for m in members)), None)


def resource_trees(
    sources: Sources, kind: str, cloud: str, own_name: str | None = None
) -> list[tuple[Mapping[str, str], Node]]:
    """The trees of a resource, each with what tells it from the others; one with nothing where there is no union.

    `kind` is the resource's class, `cloud` the SDK's: azure-native, aws-native, aws or gcp. `own_name` is
    azure-native's property with the resource's name, the last part of its path.
    """
    trees = Trees(sources)
    given = sources.properties("resource", f"{kind}Args") or sources.properties("resource", f"{kind}InitArgs")
    returned = sources.properties("resource", kind)
    assert given is not None, kind
    assert returned is not None, kind
    variants: list[tuple[Mapping[str, str], Mapping[str, Node]]] = [({}, {})]
    for wire, each in given.items():
        members = _members(each.annotation) if cloud == "azure-native" else []
        nodes = [trees.of_args(member) for member in members]
        told_apart = _discriminator(nodes) if len(nodes) > 1 else None
        if told_apart is not None:
            variants = [
                ({f"{wire}.{told_apart}": node["properties"][told_apart]["const"]}, {wire: node}) for node in nodes
            ]
    found = []
    for when, own in variants:
        properties = {wire: own.get(wire) or trees.of_property(each) for wire, each in given.items()}
        for wire, each in returned.items():
            if wire not in given:
                properties[wire] = {**trees.of_property(each, "outputs"), "output": True}
        tree = _object(properties, [wire for wire, each in given.items() if each.required])
        if own_name is not None:
            _mark_path(tree, own_name, set(given) - set(returned))
        _mark(tree, sources, kind, cloud)
        found.append((when, tree))
    return found


def _members(annotation: ast.expr) -> list[str]:
    """The names of the Args classes of a union at the top of an annotation."""
    while isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) in ("pulumi.Input", "Optional"):
        annotation = annotation.slice
    if not isinstance(annotation, ast.Subscript) or ast.unparse(annotation.value) != "Union":
        return []
    assert isinstance(annotation.slice, ast.Tuple)
    names = [each.value for each in annotation.slice.elts if isinstance(each, ast.Constant)]
    return [name for name in names if isinstance(name, str) and name.endswith("Args")]


def _mark_path(tree: Node, own_name: str, unreturned: set[str]) -> None:
    """What a part of the resource's path in Azure is for the provider: it is never returned, and a change replaces."""
    properties = tree["properties"]
    above = {wire for wire in unreturned if wire.endswith("Name")} - {own_name}
    for wire in (*above, own_name):
        properties[wire]["createOnly"] = True
    nested = len(above - {"resourceGroupName"}) > 0
    properties[own_name]["autoName"] = "copy" if nested and own_name != "endpointName" else "random"


def _mark(tree: Node, sources: Sources, kind: str, cloud: str) -> None:
    """What a property of the resource itself is for the provider."""
    properties = tree["properties"]
    if cloud == "azure-native":
        if "location" in properties and not properties["location"].get("output"):
            properties["location"] |= {"createOnly": True, "autoLocation": True}
        if "azureApiVersion" in properties:
            properties["azureApiVersion"]["writtenByProvider"] = True
    elif cloud == "aws-native":
        for path in _replacing(sources, kind):
            properties[path.partition("[")[0]]["createOnly"] = True
    elif "tagsAll" in properties:
        properties["tagsAll"]["writtenByProvider"] = True


def _replacing(sources: Sources, kind: str) -> list[str]:
    """The properties whose change replaces the resource, as an SDK tells the engine."""
    found = sources.find("resource", kind)
    assert found is not None, kind
    for call in ast.walk(found):
        if isinstance(call, ast.keyword) and call.arg == "replace_on_changes":
            return [str(each) for each in ast.literal_eval(call.value)]
    return []


def api_versions(text: str) -> tuple[str | None, list[str]]:
    """azure-native's own API version for a resource and the others that can be asked for, by the SDK's words."""
    own = re.search(r"Uses Azure REST API version ([\w-]+)\.", text)
    others = re.search(r"Other available API versions: ([\w, -]+)\.", text)
    return own and own[1], sorted(others[1].split(", ")) if others else []


def provider_defaults(token: str, tree: Node) -> None:
    """Marks in a tree what pulumi-aws fills in. Raises KeyError for a path that the SDK no longer has."""
    for path, value in PROVIDER_DEFAULTS.get(token, {}).items():
        node = tree
        for wire in path.split("."):
            node = node.get("items", node)["properties"][wire]
        node["providerDefault"] = value


@dataclass(frozen=True)
class Kind:
    """A resource to write down: its class, the folder and file of the SDK, and azure-native's property for its name."""

    sdk: str
    module: str
    file: str
    name: str
    own_name: str | None = None

    @property
    def token(self) -> str:
        """As a program registers it."""
        if self.sdk in ("pulumi-aws", "pulumi-gcp"):
            return f"{self.sdk.removeprefix('pulumi-')}:{self.module}/{self.name[0].lower()}{self.name[1:]}:{self.name}"
        return f"{self.sdk.removeprefix('pulumi-').removesuffix(' 2')}:{self.module}:{self.name}"

    @property
    def cloud(self) -> str:
        """The SDK's package."""
        return self.token.partition(":")[0]

    def others(self, wheel: Wheel) -> Mapping[str, Sources]:
        """The modules of its other API versions, by version, of an SDK that has them."""
        folder = f"{wheel.name.replace('-', '_')}/{self.module}/"
        found = (re.fullmatch(rf"{folder}v(\d{{4}})(\d\d)(\d\d)(\w*)/{self.file}\.py", each) for each in wheel.names())
        return {
            "-".join(filter(None, each.groups())): self.sources(wheel, f"{self.module}/{each[0].split('/')[2]}")
            for each in found
            if each
        }

    def sources(self, wheel: Wheel, module: str | None = None) -> Sources:
        """The modules of the SDK that it is made of, or those of another API version's module."""
        package = wheel.name.replace("-", "_")
        folder = f"{package}/{module or self.module}"
        members = {
            "resource": f"{folder}/{self.file}.py",
            "_inputs": f"{folder}/_inputs.py",
            "outputs": f"{folder}/outputs.py",
            "_enums": f"{folder}/_enums.py",
            "_root_inputs": f"{package}/_inputs.py",
        }
        names = set(wheel.names())
        return Sources({name: wheel.text(member) for name, member in members.items() if member in names})


def _azure(module: str, file: str, name: str, own_name: str, module_of_2: str | None = None) -> tuple[Kind, ...]:
    newest = Kind("pulumi-azure-native", module, file, name, own_name)
    return newest, Kind("pulumi-azure-native 2", module_of_2 or module, file, name, own_name)


ML: Final = "machinelearningservices"
PLATFORM_KINDS: Final[Mapping[str, tuple[tuple[Kind, ...], ...]]] = {
    "azure_online": (
        _azure(ML, "online_endpoint", "OnlineEndpoint", "endpointName"),
        _azure(ML, "online_deployment", "OnlineDeployment", "deploymentName"),
        _azure(ML, "batch_deployment", "BatchDeployment", "deploymentName"),
        _azure(ML, "serverless_endpoint", "ServerlessEndpoint", "name"),
        _azure(ML, "capacity_reservation_group", "CapacityReservationGroup", "groupId"),
        _azure("monitor", "autoscale_setting", "AutoscaleSetting", "autoscaleSettingName", "insights"),
    ),
    "azure_models": (
        _azure("cognitiveservices", "account", "Account", "accountName"),
        _azure("cognitiveservices", "deployment", "Deployment", "deploymentName"),
    ),
    "sagemaker": (
        (Kind("pulumi-aws-native", "sagemaker", "endpoint_config", "EndpointConfig"),),
        (Kind("pulumi-aws-native", "sagemaker", "model", "Model"),),
        (Kind("pulumi-aws-native", "sagemaker", "endpoint", "Endpoint"),),
        (Kind("pulumi-aws-native", "sagemaker", "inference_component", "InferenceComponent"),),
        (Kind("pulumi-aws-native", "applicationautoscaling", "scalable_target", "ScalableTarget"),),
        (Kind("pulumi-aws-native", "applicationautoscaling", "scaling_policy", "ScalingPolicy"),),
        (Kind("pulumi-aws", "sagemaker", "endpoint_configuration", "EndpointConfiguration"),),
        (Kind("pulumi-aws", "sagemaker", "model", "Model"),),
        (Kind("pulumi-aws", "sagemaker", "endpoint", "Endpoint"),),
        (Kind("pulumi-aws", "appautoscaling", "target", "Target"),),
        (Kind("pulumi-aws", "appautoscaling", "policy", "Policy"),),
        (Kind("pulumi-aws", "appautoscaling", "scheduled_action", "ScheduledAction"),),
    ),
    "vertex": (
        (Kind("pulumi-gcp", "vertex", "ai_endpoint", "AiEndpoint"),),
        (
            Kind(
                "pulumi-gcp",
                "vertex",
                "ai_endpoint_with_model_garden_deployment",
                "AiEndpointWithModelGardenDeployment",
            ),
        ),
        (Kind("pulumi-gcp", "vertex", "ai_deployment_resource_pool", "AiDeploymentResourcePool"),),
        (Kind("pulumi-gcp", "vertex", "ai_reasoning_engine", "AiReasoningEngine"),),
        (Kind("pulumi-gcp", "vertex", "ai_index_endpoint_deployed_index", "AiIndexEndpointDeployedIndex"),),
        (Kind("pulumi-gcp", "vertex", "ai_persistent_resource", "AiPersistentResource"),),
    ),
}
"""The kinds of each platform; of one kind the newest major version of the SDK first."""


def paths(node: Node, at: str = "") -> Iterator[str]:
    """The properties of a tree, at every depth; without those that are a union's or a resource's bag."""
    for wire, child in node.get("properties", {}).items():
        below = f"{at}.{wire}" if at else wire
        yield below
        yield from paths(child, below)
    for inner in (node.get("items"), node.get("additionalProperties")):
        if inner is not None:
            yield from paths(inner, f"{at}[]")


def elsewhere(trees: list[Node], others: Mapping[str, list[Node]]) -> dict[str, list[str]]:
    """The properties that trees of other API versions have and `trees`, the newest first, have not; with the versions.

    Properties that are only part of a property that is listed are not.
    """
    newest = set(trees[0]["properties"])

    def known_as(path: str) -> str:
        first, dot, rest = path.partition(".")
        is_bag = first not in newest and first.endswith(("Properties", "Details"))
        return f"properties{dot}{rest}" if is_bag else path

    known = {known_as(path) for tree in trees for path in paths(tree)}
    found: dict[str, set[str]] = {}
    for version, of_version in others.items():
        for path in {known_as(path) for tree in of_version for path in paths(tree)} - known:
            found.setdefault(path, set()).add(version)
    tops = (path for path in found if not any(path.startswith((f"{other}.", f"{other}[")) for other in found))
    return {path: sorted(found[path]) for path in sorted(tops)}


def entry(versions: tuple[tuple[Kind, str, Sources], ...], others: Mapping[str, Sources] | None = None) -> Node:
    """What the file says of one type: of each of its kinds, the version of the SDK and its modules.

    `others` are the modules of the last kind's other API versions, by version.
    """
    trees: list[Node] = []
    own: dict[str, str] = {}
    available_of: dict[str, list[str]] = {}
    for kind, version, sources in versions:
        major = version.partition(".")[0]
        for when, tree in resource_trees(sources, kind.name, kind.cloud, kind.own_name):
            provider_defaults(kind.token, tree)
            same = next((each for each in trees if each["tree"] == tree and each.get("when", {}) == when), None)
            if same is None:
                trees.append({"majors": [major], **({"when": dict(when)} if when else {}), "tree": tree})
            else:
                same["majors"].append(major)
        default, available = api_versions(sources.texts["resource"]) if kind.cloud == "azure-native" else (None, [])
        if default is not None:
            own[major], available_of[major] = default, available
    tokens = list(dict.fromkeys(kind.token for kind, _, _ in versions))
    found: Node = {"tokens": tokens, "trees": trees}
    if own:
        found |= {"apiVersions": own, "otherApiVersions": available_of}
    if others:
        read = {
            version: [tree for _, tree in resource_trees(sources, kind.name, kind.cloud, kind.own_name)]
            for version, sources in others.items()
        }
        found |= {"elsewhere": elsewhere([each["tree"] for each in trees], read), "versionsRead": sorted(others)}
    return found


def make(arguments: argparse.Namespace) -> Mapping[Path, Mapping[str, Any]]:
    """The data of each platform's file."""
    wanted = NEWEST if arguments.newest else PINNED
    with wheels(*wanted.values(), folder=arguments.wheels) as found:
        by_sdk = dict(zip(wanted, found, strict=True))
        return {
            PLATFORMS / platform / "data" / "trees.json": _file(kinds, by_sdk)
            for platform, kinds in PLATFORM_KINDS.items()
        }


def _file(kinds: tuple[tuple[Kind, ...], ...], by_sdk: Mapping[str, Wheel]) -> Mapping[str, Any]:
    used = {kind.sdk for versions in kinds for kind in versions}
    source = [wheel.url for sdk, wheel in by_sdk.items() if sdk in used]
    types = {}
    for versions in kinds:
        read = tuple((kind, by_sdk[kind.sdk].version, kind.sources(by_sdk[kind.sdk])) for kind in versions)
        types[versions[0].token] = entry(read, versions[-1].others(by_sdk[versions[-1].sdk]))
    is_azure = any(kind.cloud == "azure-native" for versions in kinds for kind in versions)
    return {
        "$comment": "Made by tools/api_trees.py, which says what each key means. Not to be edited.",
        "asOf": AS_OF,
        "source": [*source, AUTO_NAMER] if is_azure else source,
        "types": types,
    }


if __name__ == "__main__":
    sys.exit(run(__doc__, make))

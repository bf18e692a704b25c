"""Writes what pulumi-gcp knows of Vertex AI's serving resources before it calls Google, from its provider's source.

`src/poolgate/standin/gcp/data/schema.json`:

    {"asOf": ..., "source": [...], "types": {TOKEN: {"attributes": {PATH: NAME}, "id": FORM,
        "labels": true, "project": true, "deletionPolicy": "DELETE",
        "defaults": {PATH: VALUE}, "computed": [PATH, ...], "replaces": [PATH, ...], "secret": [PATH, ...],
        "conflicts": {PATH: [PATH, ...]}, "exactlyOneOf": [[PATH, ...], ...], "sets": [PATH, ...],
        "json": [PATH, ...], "values": {PATH: [...]}, "sameNumber": [PATH, ...],
        "sameName": [PATH, ...], "unread": [PATH, ...]}}}

Names and types of properties, what is required and what is only returned are in the tree that the rules have,
`inference_pools/platforms/vertex/data/trees.json`. The source is Go that Magic Modules generate and is read as text;
this tool does not run it. A PATH is one of the tree; `[]` stands for each item of a list.

`attributes`    the name in Terraform, where it is not the property's in snake case
`id`            how the provider makes the resource's id of attributes, `{{project}}`
`labels`, `project`, `deletionPolicy`   the provider's plan merges its default labels into the resource's, fills in its
                project, and this policy
`computed`      what the provider or Google makes up where nobody wrote it
`replaces`      a change makes a new resource
`secret`        outputs that the provider marks
`conflicts`     properties that must not be written beside the one
`exactlyOneOf`  groups of which one property must be written, and no other
`sets`          lists without an order
`json`          texts that must be JSON, and are compared and returned in their shortest form
`values`        all that a property may be
`sameNumber`, `sameName`   texts that stay the same by the provider's reading: a project's number for its id, the end of
                a resource's full name for all of it
`unread`        what the tree has and the source, which is older, has not

The source is a folder with a checkout of hashicorp/terraform-provider-google-beta at the commit below:

    .venv/bin/python tools/gcp_schema.py CHECKOUT [--check]
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent))

from published import PLATFORMS, laid_out

AS_OF: Final = "2026-11-30"
COMMIT: Final = "93c65b2d60"
SERVICE: Final = "google-beta/services/vertexai"
TREES: Final = PLATFORMS / "vertex" / "data" / "trees.json"
SCHEMA: Final = Path(__file__).resolve().parent.parent / "src/poolgate/standin/gcp/data/schema.json"
KINDS: Final[Mapping[str, str]] = {
    "AiEndpoint": "endpoint",
    "AiEndpointWithModelGardenDeployment": "endpoint_with_model_garden_deployment",
    "AiDeploymentResourcePool": "deployment_resource_pool",
    "AiReasoningEngine": "reasoning_engine",
    "AiIndexEndpointDeployedIndex": "index_endpoint_deployed_index",
    "AiPersistentResource": "persistent_resource",
}
"""The types' names, and what the source's files are called by."""

Node = dict[str, Any]

RENAMED: Final[Mapping[str, str]] = {"pulumiLabels": "terraform_labels"}
"""What pulumi-gcp renames, `provider/labels.go`; it marks both kinds of merged labels as secret there."""
SECRET_BY_PULUMI: Final = ("effectiveLabels", "pulumiLabels")

# --- Go ---

_TOKEN: Final = re.compile(
    r"""\s+|//[^\n]*|(?P<text>"(?:\\.|[^"\\])*"|`[^`]*`)|(?P<word>[A-Za-z_][\w.]*|\d[\d.]*)|(?P<sign>[^\s\w])"""
)


@dataclass
class Go:
    """Reads composite literals; what is none, such as a function, is passed over and is the text that it is."""

    tokens: list[str]
    at: int = 0

    @classmethod
    def of(cls, text: str) -> Go:
        """The tokens of a source."""
        found = (match for match in _TOKEN.finditer(text) if match.lastgroup)
        return cls([match[0] for match in found])

    def literal(self) -> Any:
        """A value: text, number, truth, list, object (also of `key: value` in braces), else source as it stands."""
        start = self.at
        while self.tokens[self.at] not in ("{", ",", "}", "("):
            self.at += 1
        head = self.tokens[start : self.at]
        if self.tokens[self.at] == "{" and "func" not in head:
            return self._braces()
        while self.tokens[self.at] not in (",", "}"):
            self._skip()
        words = self.tokens[start : self.at]
        if len(words) == 1:
            return _plain(words[0])
        return "".join(words)

    def _braces(self) -> Any:
        self.at += 1
        pairs: dict[str, Any] = {}
        items: list[Any] = []
        while self.tokens[self.at] != "}":
            if self.tokens[self.at + 1] == ":":
                key = str(_plain(self.tokens[self.at]))
                self.at += 2
                pairs[key] = self.literal()
            else:
                items.append(self.literal())
            if self.tokens[self.at] == ",":
                self.at += 1
        self.at += 1
        return items or pairs

    def _skip(self) -> None:
        """Past one token, or all that its bracket holds."""
        depth = 0
        while True:
            token = self.tokens[self.at]
            depth += (token in "({[") - (token in ")}]")
            self.at += 1
            if depth <= 0:
                return


def _plain(word: str) -> Any:
    if word[0] in '"`':
        return word[1:-1]
    if word in ("true", "false"):
        return word == "true"
    return int(word) if word.isdigit() else word


def schema_of(text: str, function: str) -> Mapping[str, Any]:
    """The attributes that a function of the source returns: a resource's, or those of the items of a set."""
    start = text.index(f"func {function}() *schema.Resource {{")
    found = Go.of(text[text.index("return ", start) + len("return ") :]).literal()
    attributes: Mapping[str, Any] = found["Schema"]
    return attributes


# --- both together ---


def _snake(name: str) -> str:
    return re.sub(r"(?<=.)([A-Z])", r"_\1", name).lower()


def _attribute(name: str, known: Mapping[str, Any]) -> str | None:
    """The name in Terraform: Pulumi has lists in the plural."""
    snake = RENAMED.get(name) or _snake(name)
    return next((one for one in (snake, snake.removesuffix("s"), snake.removesuffix("es")) if one in known), None)


@dataclass
class Facts:
    """Collects what the source says of a resource, by path; see above."""

    text: str
    attributes: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    conflicts: dict[str, list[str]] = field(default_factory=dict)
    groups: set[tuple[str, ...]] = field(default_factory=set)
    values: dict[str, list[str]] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    ways: dict[str, str] = field(default_factory=dict)
    """The way as the source writes it, `spec.0.container_spec`, to the path."""

    def of_object(self, node: Node, known: Mapping[str, Any], path: str, way: str) -> None:
        """All properties of an object."""
        for name, child in node["properties"].items():
            inner = f"{path}.{name}".lstrip(".")
            attribute = _attribute(name, known)
            if attribute is None:
                self._list("unread", inner)
                continue
            if attribute != _snake(name):
                self.attributes[inner] = attribute
            self._property(child, known[attribute], inner, f"{way}.{attribute}".lstrip("."))

    def _list(self, name: str, path: str) -> None:
        self.lists.setdefault(name, []).append(path)

    def _property(self, node: Node, said: Mapping[str, Any], path: str, way: str) -> None:
        self.ways[way] = path
        for name, fact in (("computed", "Computed"), ("replaces", "ForceNew"), ("secret", "Sensitive")):
            if said.get(fact):
                self._list(name, path)
        if "Default" in said:
            self.defaults[path] = said["Default"]
        if said.get("ConflictsWith"):
            self.conflicts[path] = said["ConflictsWith"]
        if said.get("ExactlyOneOf"):
            self.groups.add(tuple(said["ExactlyOneOf"]))
        if said["Type"] == "schema.TypeSet":
            self._list("sets", path)
        validation = str(said.get("ValidateFunc", ""))
        if validation == "validation.StringIsJSON":
            self._list("json", path)
        elif validation.startswith("verify.ValidateEnum("):
            self.values[path] = re.findall(r'"([^"]*)"', validation)
        elif validation:
            raise ValueError(f"{path}: {validation} is not known to this tool")
        suppress = said.get("DiffSuppressFunc")
        if suppress == "tpgresource.ProjectNumberDiffSuppress":
            self._list("sameNumber", path)
        elif suppress == "tpgresource.CompareSelfLinkOrResourceName":
            self._list("sameName", path)
        self._inside(node, said.get("Elem"), path, way, said)

    def _inside(self, node: Node, elem: Any, path: str, way: str, said: Mapping[str, Any]) -> None:
        if isinstance(elem, str):
            inner = schema_of(self.text, elem.removesuffix("()"))
        elif isinstance(elem, dict) and "Schema" in elem:
            inner = elem["Schema"]
        else:
            return
        if "properties" in node:
            self.of_object(node, inner, path, f"{way}.0")
        elif "items" in node and "properties" in node["items"]:
            self.of_object(node["items"], inner, f"{path}[]", way)
        elif said.get("Optional") or said.get("Required"):
            raise ValueError(f"{path}: an object in the source, and none in the tree")

    def told(self) -> Iterator[tuple[str, Any]]:
        """What there is to say, with paths where the source has its own ways."""
        plain = {
            "attributes": self.attributes,
            "defaults": self.defaults,
            "conflicts": {path: sorted(self.ways[one] for one in other) for path, other in self.conflicts.items()},
            "exactlyOneOf": sorted(sorted(self.ways[one] for one in group) for group in self.groups),
            "values": self.values,
        }
        yield from ((name, value) for name, value in plain.items() if value)
        yield from ((name, sorted(paths)) for name, paths in self.lists.items())


def entry(tree: Node, text: str, function: str) -> Node:
    """What the file says of one type: its tree, the source's text, and the function in it that returns its schema."""
    known = schema_of(text, function)
    facts = Facts(text)
    facts.of_object(tree, known, "", "")
    found = dict(facts.told())
    if "terraform_labels" in known:
        found |= {"labels": True, "secret": sorted({*found.get("secret", ()), *SECRET_BY_PULUMI})}
    if "tpgresource.DefaultProviderProject," in text:
        found["project"] = True
    if policy := re.search(r'tpgresource\.DefaultProviderDeletionPolicy\("(\w+)"\)', text):
        found["deletionPolicy"] = policy[1]
    form = re.search(r'id, err := tpgresource\.ReplaceVars(?:ForId)?\(d, config, "([^"]+)"\)', text)
    assert form, function
    return found | {"id": form[1]}


def data(checkout: Path) -> Mapping[str, Any]:
    """The file."""
    trees = json.loads(TREES.read_text("utf-8"))["types"]
    types = {}
    for kind, file in KINDS.items():
        token = f"gcp:vertex/{kind[0].lower()}{kind[1:]}:{kind}"
        text = (checkout / SERVICE / f"resource_vertex_ai_{file}.go").read_text("utf-8")
        function = "ResourceVertexAI" + "".join(word.capitalize() for word in file.split("_"))
        types[token] = entry(trees[token]["trees"][-1]["tree"], text, function)
    return {
        "$comment": "Made by tools/gcp_schema.py, which says what each key means. Not to be edited.",
        "asOf": AS_OF,
        "source": [
            f"https://github.com/hashicorp/terraform-provider-google-beta/tree/{COMMIT}/{SERVICE}",
            "https://github.com/pulumi/pulumi-gcp/blob/master/provider/labels.go",
        ],
        "types": types,
    }


def main() -> int:
    """Writes the file, or with --check says whether it is as it would be written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("checkout", type=Path, help="a folder with hashicorp/terraform-provider-google-beta")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the committed file differs")
    arguments = parser.parse_args()
    text = laid_out(data(arguments.checkout)) + "\n"
    if arguments.check:
        same = SCHEMA.exists() and SCHEMA.read_text("utf-8") == text
        print("as published" if same else "differs: run it without --check and look at the diff")
        return int(not same)
    SCHEMA.parent.mkdir(parents=True, exist_ok=True)
    SCHEMA.write_text(text, "utf-8")
    print(f"wrote {SCHEMA.name}, {len(text):,} characters")
    return 0


if __name__ == "__main__":
    sys.exit(main())

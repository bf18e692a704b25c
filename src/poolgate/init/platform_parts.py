"""Which keys of a configuration are called as a platform's properties are, and what a value of each looks like.

A platform is a file of `drafts/`, called as the platform:

    parts   the file of shared schema parts that its keys refer to
    words   what one of stands in a program that uses it, in any case; none where every project may
    keys    keys with their part; `KEY[]` is an item of a list that is called KEY
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from poolgate.init.outlook import source_texts, types_in_yaml
from poolgate.lint.project import Project
from poolgate.lint.schema_files import packaged_folder

ITEM: Final = "[]"
_NEXT_WORD: Final = re.compile(r"(?<![_-])[_-]+([A-Za-z0-9])")
_REFERRED: Final = re.compile(r'"\$ref": "([^"#]+)#')


@dataclass(frozen=True, slots=True)
class Platform:
    """One file of `drafts/`."""

    parts: str
    words: tuple[str, ...]
    keys: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the platforms that a project uses, those of the more particular platform first."""

    platforms: Sequence[Platform]

    @classmethod
    def of(cls, project: Project) -> Parts:
        """What the project's program names. Nothing of it is run."""
        texts = [text.lower() for text in (*source_texts(project.directory), *types_in_yaml(project))]
        used = [
            platform
            for platform in _platforms()
            if not platform.words or any(word.lower() in text for word in platform.words for text in texts)
        ]
        return cls(sorted(used, key=lambda platform: not platform.words))

    def knows(self, name: str) -> bool:
        """Whether a key, or an item of a list under it, is called as a property is."""
        name = _in_one_word(name)
        return any(name in platform.keys or name + ITEM in platform.keys for platform in self.platforms)

    def find(self, name: str, type_: str, values: Sequence[Any]) -> dict[str, Any]:
        """A reference to the part that a key stands for, if that takes all of its values; {} for none.

        A draft has nothing to say against what is there.
        """
        for reference, schema in self._candidates(_in_one_word(name)):
            if _type_of(schema) == type_ and all(_fits(value, reference) for value in values):
                return reference
        return {}

    def _candidates(self, name: str) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
        for platform in self.platforms:
            if name in platform.keys:
                part = platform.keys[name]
                yield {"$ref": f"{platform.parts}#/$defs/{part}"}, _shared(platform.parts)["$defs"][part]


def shared_files(schema: Mapping[str, Any]) -> list[str]:
    """The files of shared parts that a draft refers to, and those that these refer to."""
    files: list[str] = []
    waiting = [json.dumps(schema)]
    while waiting:
        found = [name for name in _REFERRED.findall(waiting.pop()) if name not in files]
        files += dict.fromkeys(found)
        waiting += [json.dumps(_shared(name)) for name in dict.fromkeys(found)]
    return sorted(files)


@cache
def _platforms() -> tuple[Platform, ...]:
    files = [file for file in (resources.files(__package__) / "drafts").iterdir() if file.name.endswith(".json")]
    read = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(files, key=lambda file: file.name)]
    return tuple(Platform(one["parts"], tuple(one["words"]), one["keys"]) for one in read)


@cache
def _shared(name: str) -> dict[str, Any]:
    contents: dict[str, Any] = json.loads((packaged_folder() / name).read_bytes())
    return contents


def _in_one_word(name: str) -> str:
    """A key as resources spell theirs: `instance_type` and `instance-type` are `instanceType`."""
    return _NEXT_WORD.sub(lambda next_word: next_word[1].upper(), name)


def _type_of(schema: Mapping[str, Any]) -> Any:
    if "type" in schema:
        return schema["type"]
    name, _, place = str(schema["$ref"]).partition("#/$defs/")
    return _type_of(_shared(name)["$defs"][place])


def _fits(value: Any, reference: Mapping[str, Any]) -> bool:
    from poolgate.lint.secure_validator import SecureAwareValidator

    return bool(SecureAwareValidator(reference, registry=_registry()).is_valid(value))


@cache
def _registry() -> Any:
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    make_registry: Any = Registry
    names = {platform.parts for platform in _platforms()}
    return make_registry().with_resources((name, DRAFT202012.create_resource(_shared(name))) for name in names)

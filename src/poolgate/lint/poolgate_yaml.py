"""poolgate.yaml as one of the files that are linted: where it lies, what it names, and what no schema says of it.

`poolgate.config_file` says what it means to a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from poolgate.errors import UsageError
from poolgate.files import is_file, is_folder, is_there, relative_to_here

if TYPE_CHECKING:
    from poolgate.lint.document import Document, KeyPath
    from poolgate.lint.messages import Problem

NAME: Final = "poolgate.yaml"


def find(paths: Sequence[Path]) -> Path | None:
    """The poolgate.yaml for these paths. Raises UsageError when they have different ones: a run has one."""
    found = {path: _nearest(path) for path in paths}
    different = sorted({relative_to_here(file) for file in found.values() if file})
    if len(different) > 1 or (different and None in found.values()):
        raise UsageError(
            f"the paths do not have the same {NAME} ({' and '.join(different)} for some of them); "
            "run poolgate for each of them, or name the file to use with --config"
        )
    return next(iter(found.values()), None)


def _nearest(path: Path) -> Path | None:
    start = path.absolute() if is_folder(path) else path.absolute().parent
    for folder in _upwards(start):
        if is_file(folder / NAME):
            return folder / NAME
    return None


def _upwards(start: Path) -> Iterator[Path]:
    """The folder and those above it, as far as the root of a repository or another file system."""
    device = start.stat().st_dev if is_there(start) else None
    for folder in (start, *start.parents):
        if is_there(folder) and folder.stat().st_dev != device:
            return
        yield folder
        if is_there(folder / ".git"):
            return


def beside(file: Path, written: str) -> Path:
    """The path that a poolgate.yaml writes, from the current folder."""
    return Path(relative_to_here(file.parent / written))


def named_file(file: Path, key: str) -> Path | None:
    """The file that a poolgate.yaml names under a key, whatever else is wrong with it; None where it names none."""
    written = _value_of(file, key)
    return beside(file, written) if isinstance(written, str) and written else None


def own_rules_of(file: Path) -> tuple[Path, ...]:
    """The files with rules of a team's own that a poolgate.yaml names, whatever else is wrong with it."""
    named = _value_of(file, "rules")
    return tuple(beside(file, one) for one in named if isinstance(one, str) and one) if isinstance(named, list) else ()


def _value_of(file: Path, key: str) -> Any:
    from poolgate.lint.yaml_reader import read_yaml

    try:
        value = read_yaml(file).value
    except UsageError:
        return None
    return value.get(key) if isinstance(value, dict) else None


def problems_of(document: Document) -> Iterator[Problem]:
    """What a schema cannot say of a poolgate.yaml: files that are missing, rules that are not there."""
    value = document.value
    if not isinstance(value, dict) or document.file is None:
        return
    yield from _missing_files(value, document.file.parent)
    yield from _unknown_rules(value, own_rules_of(document.file))


def _missing_files(value: Mapping[str, Any], folder: Path) -> Iterator[Problem]:
    from poolgate.lint.messages import Problem

    schemas = value.get("schemas")
    named: list[tuple[KeyPath, Any]] = [((key,), value.get(key)) for key in ("policyConfig", "waivers", "owners")]
    named += [(("schemas", project), file) for project, file in _items(schemas)]
    rules = value.get("rules")
    named += [(("rules", index), file) for index, file in enumerate(rules if isinstance(rules, list) else ())]
    for path, written in named:
        if isinstance(written, str) and written and not is_file(folder / written):
            yield Problem(path, f"there is no file '{written}' beside {NAME}")
    pack = value.get("policyPack")
    if isinstance(pack, str) and pack and not is_file(folder / pack / "PulumiPolicy.yaml"):
        yield Problem(("policyPack",), f"there is no policy pack in '{pack}' beside {NAME}")


def _items(value: Any) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, dict) else ()


def _unknown_rules(value: Mapping[str, Any], own: Sequence[Path]) -> Iterator[Problem]:
    from inference_pools.near_words import closest
    from poolgate.lint.messages import Problem

    wanted = [(key, value.get(key)) for key in ("select", "ignore") if isinstance(value.get(key), list)]
    if not wanted:
        return
    from inference_pools import own_checks
    from inference_pools.rules import ALL
    from poolgate import own_source

    sketches = own_source.read(own)
    if not sketches.is_complete:
        return
    ids = [*(rule.id for rule in ALL), *sketches.ids, *own_checks.BY_ID]
    for key, prefixes in wanted:
        for index, prefix in enumerate(prefixes or ()):
            if isinstance(prefix, str) and not any(id_.startswith(prefix) for id_ in ids):
                yield Problem((key, index), f"no rule is called '{prefix}'{closest(prefix, ids)}")

"""`poolgate new-rule`: a rule of a team's own with its examples and its test, written into their repository.

What is there is read and never run. New files are written only where all of them can be; a file that is there gets a
line more, where it is certain what the line means, and is else left to whoever wrote it.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import unicodedata
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Final, NamedTuple

from inference_pools import own_checks
from inference_pools.rules import ALL
from poolgate import own_source
from poolgate.config_file import ConfigFile
from poolgate.errors import UsageError
from poolgate.files import is_file, read_text, relative_to_here
from poolgate.init import SETTINGS_FILE, Planned, filled, pack_frame
from poolgate.lint.document import YamlError
from poolgate.lint.yaml_reader import parse_yaml

PACK: Final = "policies"
"""The pack's folder where no poolgate.yaml names one."""
RULES_FILE: Final = "own_rules.py"

_ID: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")
_LONGEST: Final = 100


class Plan(NamedTuple):
    """What becomes of a repository. `new` files are not there yet, `changed` ones are, and get what is planned."""

    new: tuple[Planned, ...]
    changed: tuple[Planned, ...]
    by_hand: tuple[str, ...]
    """What is to be changed and not certain enough to be changed unasked, a sentence each."""
    next: tuple[str, ...]


def plan(name: str, settings: ConfigFile | None) -> Plan:
    """The files of a new rule. `settings` is the repository's poolgate.yaml, if it has one; without it, here is where.

    Raises UsageError for a name that is no id of a rule or is taken, and for files that are there already.
    """
    _refuse_name(name)
    root = settings.file.parent if settings else Path()
    listing = settings.rules[0] if settings and settings.rules else _pack_of(settings, root) / RULES_FILE
    module, folder = name.replace("-", "_"), listing.parent
    _refuse_module(name, module, listing)
    _refuse_taken(name, settings.rules if settings else (), listing)
    test = folder / f"test_{module}.py"
    new = [
        Planned(folder / f"{module}.py", filled("new_rule.py.txt", ID=name, MODULE=module), "the rule"),
        Planned(
            folder / "examples" / name / "good" / "1-zones-filled.yaml",
            filled("new_rule_good.yaml.txt"),
            "an example that it finds nothing in",
        ),
        Planned(
            folder / "examples" / name / "bad" / "1-one-too-many.yaml",
            filled("new_rule_bad.yaml.txt"),
            "an example with what it finds",
        ),
        Planned(test, filled("new_rule_test.py.txt", ID=name, FILE=listing.name), "tries it on its examples"),
    ]
    for file in new:
        if os.path.lexists(file.path):
            raise UsageError("is there already; nothing was written", file=relative_to_here(file.path))
    changed: list[Planned] = []
    by_hand: list[str] = []
    _list(module, listing, new, changed, by_hand)
    _serve(listing, settings, root, new, by_hand)
    _name(listing, settings, root, new, changed, by_hand)
    return Plan(tuple(new), tuple(changed), tuple(by_hand), tuple(_next(name, module, folder, test, settings)))


def _pack_of(settings: ConfigFile | None, root: Path) -> Path:
    return settings.policy_pack if settings and settings.policy_pack else root / PACK


def _next(name: str, module: str, folder: Path, test: Path, settings: ConfigFile | None) -> Iterator[str]:
    yield f"pytest {shlex.quote(relative_to_here(test))}  # where poolgate and pytest are installed"
    rule = relative_to_here(folder / f"{module}.py")
    yield f"make {rule} and its examples say what yours says; `poolgate check` judges by it from now on"
    config = settings.policy_config if settings else None
    where = f'write "{name}": "mandatory" into {relative_to_here(config)}' if config else "take Enforcement.MANDATORY"
    yield f"it only warns; to let it block, {where}"


def suggestion(name: str) -> str:
    """An id that is made of a name which is none: `ShopCapacity_Max` is shop-capacity-max."""
    plain = unicodedata.normalize("NFKD", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name)).encode("ascii", "ignore")
    words = "-".join(re.findall(r"[a-z0-9]+", plain.decode().lower()))[: _LONGEST - len("own-")].rstrip("-")
    if not words:
        return "own-capacity-in-zones"
    return words if _ID.fullmatch(words) else f"own-{words}"


def _refuse_name(name: str) -> None:
    if not _ID.fullmatch(name) or len(name) > _LONGEST:
        shown = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
        raise UsageError(
            f"{shown!r} is no id of a rule: words in lower case with hyphens between them, the first a name of your "
            f"own; {suggestion(name)} is one"
        )
    if name in {rule.id for rule in ALL}:
        raise UsageError(f"{name!r} is a rule of poolgate's (`poolgate explain {name}`); own-{name} is free for yours")
    if name in own_checks.BY_ID:
        raise UsageError(f"{name!r} is a check of poolgate itself (`poolgate explain {name}`); own-{name} is free")


def _refuse_module(name: str, module: str, listing: Path) -> None:
    """Refuses what would be in the way of another module: the pack's folder comes first when modules are looked for."""
    if module == listing.stem or module.startswith("test_") or PathFinder.find_spec(module) is not None:
        taken = {listing.stem: f"{listing.name} lists the rules"}.get(module, f"{module} is the name of another module")
        if module.startswith("test_"):
            taken = "pytest takes a file that is called so for one of tests"
        raise UsageError(f"{name!r} cannot be the name of a file of rules, {module}.py: {taken}; try own-rule-{name}")


def _refuse_taken(name: str, files: tuple[Path, ...], listing: Path) -> None:
    there = [file for file in (*files, listing) if is_file(file)]
    for one in own_source.read(there).rules:
        if one.id == name:
            raise UsageError(f"the id {name!r} is taken", file=one.file, line=one.line)


def _list(module: str, listing: Path, new: list[Planned], changed: list[Planned], by_hand: list[str]) -> None:
    """Lists the rule in RULES."""
    is_there = os.path.lexists(listing)
    text = read_text(listing) if is_there else filled("own_rules.py.txt")
    try:
        listed = with_rule(text, module)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise UsageError(f"is no Python: {error}", file=relative_to_here(listing), line=line) from None
    if listed is None:
        by_hand.append(
            f"{relative_to_here(listing)}: its RULES is no plain list; write `from {module} import {module}` there, "
            f"and {module} into what RULES is made of"
        )
    elif is_there:
        changed.append(Planned(listing, listed, "lists the rule in RULES"))
    else:
        new.append(Planned(listing, listed, "lists the rules of your own"))


def with_rule(text: str, module: str) -> str | None:
    """The source of a file of rules with one more rule, imported from the module of its name and last in RULES.

    None where RULES is not one plain list or tuple, or where the name means something else there.
    Raises SyntaxError or ValueError for what is no Python.
    """
    tree = ast.parse(text)
    bound = [node for node in tree.body if "RULES" in _bound_by(node)]
    taken = any(module in _bound_by(node) for node in tree.body)
    value = getattr(bound[0], "value", None) if len(bound) == 1 else None
    if taken or not isinstance(value, ast.List | ast.Tuple):
        return None
    newline = "\r\n" if "\r\n" in text else "\n"
    if not value.elts:
        place, inserted = (value.end_lineno or 1, (value.end_col_offset or 1) - 1), module
    else:
        last = value.elts[-1]
        place = (last.end_lineno or 1, last.end_col_offset or 0)
        is_below = last.lineno > value.lineno
        inserted = f",{newline}{' ' * last.col_offset}{module}" if is_below else f", {module}"
    # Positions of syntax trees count bytes.
    lines = text.encode().splitlines(keepends=True)
    line, column = place
    lines[line - 1] = lines[line - 1][:column] + inserted.encode() + lines[line - 1][column:]
    lines.insert(_after_imports(tree, bound[0]), f"from {module} import {module}{newline}".encode())
    changed = b"".join(lines).decode()
    return changed if _lists_one_more(changed, value, module) else None


def _bound_by(node: ast.stmt) -> set[str]:
    """The names that a statement of a module binds, as far as its text tells."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    stored = (inner for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store))
    return {name.id for name in stored}


def _after_imports(tree: ast.Module, use: ast.stmt) -> int:
    """The number of lines that stand before a further import, of what a statement uses."""
    imports = [node.end_lineno or 0 for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    if before := [line for line in imports if line < use.lineno]:
        return before[-1]
    first = tree.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        return first.end_lineno or 0
    return first.lineno - 1


def _lists_one_more(text: str, before: ast.List | ast.Tuple, module: str) -> bool:
    """Whether RULES has what it had, and then the rule: some ways of writing a list are not foreseen above."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    (node,) = (node for node in tree.body if "RULES" in _bound_by(node))
    after = getattr(node, "value", None)
    wanted = [*map(ast.dump, before.elts), ast.dump(ast.Name(module, ast.Load()))]
    return type(after) is type(before) and [ast.dump(one) for one in after.elts] == wanted


def _serve(listing: Path, settings: ConfigFile | None, root: Path, new: list[Planned], by_hand: list[str]) -> None:
    """Sees to a pack that serves the rules: one that is there is looked at, a repository without any gets one."""
    pack = _pack_of(settings, root)
    main = pack / "__main__.py"
    if is_file(main):
        if not _serves(main, listing):
            own = Path(os.path.relpath(listing, pack)).as_posix()
            by_hand.append(
                f"{relative_to_here(main)} does not name {listing.name}: for the gate, write `serve(own={own!r})` there"
            )
    elif not (settings and settings.rules):
        new += [file for file in pack_frame(pack, root) if not os.path.lexists(file.path)]


def _serves(main: Path, listing: Path) -> bool:
    """Whether a pack names a file of rules, or imports it."""
    try:
        tree = ast.parse(read_text(main))
    except (SyntaxError, ValueError):
        return False
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and Path(node.value).name == listing.name:
            return True
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == listing.stem:
            return True
        if isinstance(node, ast.Import) and listing.stem in {alias.name.partition(".")[0] for alias in node.names}:
            return True
    return False


def _name(
    listing: Path,
    settings: ConfigFile | None,
    root: Path,
    new: list[Planned],
    changed: list[Planned],
    by_hand: list[str],
) -> None:
    """Names the file of rules in poolgate.yaml, for `check` and `preview`."""
    if settings and settings.rules:
        return
    lines = f"rules: [{listing.relative_to(root).as_posix()}]\n" if listing.is_relative_to(root) else ""
    if settings is None:
        text = f"# What poolgate reads first; `poolgate schema poolgate` describes it.\npolicyPack: {PACK}\n{lines}"
        if os.path.lexists(root / SETTINGS_FILE):
            raise UsageError("is there already; nothing was written", file=SETTINGS_FILE)
        new.append(Planned(root / SETTINGS_FILE, text, "what poolgate reads first"))
        return
    before = read_text(settings.file)
    after = f"{before}{'' if before.endswith(chr(10)) or not before else chr(10)}{lines}"
    if lines and _says_more(before, after):
        changed.append(Planned(settings.file, after, f"names {relative_to_here(listing)}"))
    else:
        where = Path(os.path.relpath(listing, root)).as_posix()
        by_hand.append(f"{relative_to_here(settings.file)}: write `rules: [{where}]` there")


def _says_more(before: str, after: str) -> bool:
    """Whether a poolgate.yaml says what it said, and names rules."""
    try:
        old, new = parse_yaml(before).value or {}, parse_yaml(after).value
    except YamlError:
        return False
    return isinstance(new, dict) and isinstance(new.pop("rules", None), list) and new == old

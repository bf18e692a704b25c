"""The command blocks of the documentation: what a reader is told to type, and what is shown to come of it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = ("README.md", *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")))

PROMPT: Final = "$ "
ELISION: Final = "..."
_SHELLS: Final = frozenset(("sh", "bash", "shell"))
_FENCE: Final = re.compile(
    r"^(?P<indent> *)(?P<mark>`{3,})(?P<language>[\w-]*)[^`\n]*\n(?P<text>.*?)^\1\2 *$", re.M | re.S
)
_FILE: Final = re.compile(r"`(?P<path>[\w./-]+)`[^\n]*:\n\Z")
_TYPED: Final = re.compile(r"(?:\$ )?(?:[A-Z_]+=\S+ )*(?:poolgate|pulumi|make|npm|pip|git) [a-z-]")
_BETWEEN: Final = frozenset(("&&", "||", ";", "|", "&", "(", ")"))
_INTO: Final = frozenset((">", ">>", "<", "2>", "2>&1", "&>"))
_GROWING: Final = re.compile(r"\b\d+ (?=judgements clean\b|only warn\b)")
_VARIABLE: Final = re.compile(r"[A-Za-z_]\w*=")


@dataclass(frozen=True)
class Command:
    """What stands behind a `$`, its continued lines with it, and the lines that are shown to come of it."""

    text: str
    shown: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """A fenced block with commands. `before` are lines above the first of them: output that nothing made."""

    page: str
    line: int
    commands: tuple[Command, ...]
    before: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Page:
    """`files` are those that the page shows, by the name that stands in front of the fence."""

    name: str
    blocks: tuple[Block, ...]
    files: tuple[tuple[str, str], ...]
    unlabelled: tuple[str, ...]
    """Places of blocks that hold commands and do not say so."""


def read(name: str) -> Page:
    return parsed(name, (ROOT / name).read_text(encoding="utf-8"))


def parsed(name: str, text: str) -> Page:
    blocks: list[Block] = []
    files: list[tuple[str, str]] = []
    unlabelled: list[str] = []
    for fence in _FENCE.finditer(text):
        language = fence["language"]
        lines = [line.removeprefix(fence["indent"]) for line in fence["text"].splitlines()]
        number = text.count("\n", 0, fence.start()) + 1
        shown = _FILE.search(text[: fence.start()])
        if language == "console":
            blocks.append(_session(name, number, lines))
        elif language in _SHELLS:
            blocks.append(Block(name, number, tuple(Command(text, ()) for text, _ in _joined(lines))))
        elif shown:
            files.append((shown["path"], "\n".join(lines) + "\n"))
        elif language in ("", "text") and any(_TYPED.match(line) for line in lines):
            unlabelled.append(f"{name}:{number}")
    return Page(name, tuple(blocks), tuple(files), tuple(unlabelled))


def _session(page: str, number: int, lines: Sequence[str]) -> Block:
    before: list[str] = []
    commands: list[tuple[str, list[str]]] = []
    for line, is_typed in _joined(lines):
        if is_typed:
            commands.append((line.removeprefix(PROMPT), []))
        else:
            (commands[-1][1] if commands else before).append(line)
    return Block(page, number, tuple(Command(text, tuple(shown)) for text, shown in commands), tuple(before))


def _joined(lines: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The lines, those that end in a backslash together with what goes on below; and whether a prompt is in front."""
    rest = iter(lines)
    for line in rest:
        is_typed = line.startswith(PROMPT)
        while is_typed and line.endswith("\\"):
            line = f"{line}\n{next(rest, '')}"
        yield line, is_typed


def calls_of(program: str, text: str) -> Iterator[list[str]]:
    """The arguments of each call of a program in a line of a shell: comments, redirections, variables left out."""
    text = re.sub(r"<\([^)]*\)", "/dev/stdin", text.replace("\\\n", " "))
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    call: list[str] = []
    is_target = False
    for word in (*lexer, ";"):
        if word in _BETWEEN:
            if call and call[0] == program:
                yield call[1:]
            call = []
        elif word in _INTO:
            is_target = True
        elif is_target:
            is_target = False
        elif call or not _VARIABLE.match(word):
            call.append(word)


def difference(shown: Sequence[str], seen: Sequence[str]) -> str:
    """ "" where what is seen is what is shown; else where they part.

    A line `...` stands for any number of lines, and ` ...` at a line's end for what follows on it. Two numbers are
    not compared, since each new rule makes them greater, and no page is about them: of clean judgements, and of rules
    that only warn.
    """
    shown, seen = _trimmed(shown), _trimmed(seen)
    if _matches(tuple(shown), tuple(seen)):
        return ""
    return "\n".join(["shown:", *(f"  {line}" for line in shown), "seen:", *(f"  {line}" for line in seen)])


def _trimmed(lines: Sequence[str]) -> list[str]:
    return _GROWING.sub("some ", "\n".join(line.rstrip() for line in lines)).strip("\n").split("\n")


def _matches(shown: tuple[str, ...], seen: tuple[str, ...]) -> bool:
    """By the first place where each stretch between elisions can stand: enough, since the next may only come later."""
    stretches: list[list[str]] = [[]]
    for line in shown:
        if line.strip() == ELISION:
            stretches.append([])
        else:
            stretches[-1].append(line)
    if len(stretches) == 1:
        return len(shown) == len(seen) and _stands_at(stretches[0], seen, 0)
    first, *middle, last = stretches
    at = len(first)
    if not _stands_at(first, seen, 0):
        return False
    for stretch in middle:
        found = next((place for place in range(at, len(seen)) if _stands_at(stretch, seen, place)), None)
        if found is None and stretch:
            return False
        at = (found or at) + len(stretch)
    return len(seen) - len(last) >= at and _stands_at(last, seen, len(seen) - len(last))


def _stands_at(stretch: Sequence[str], seen: Sequence[str], at: int) -> bool:
    return at + len(stretch) <= len(seen) and all(
        line == met or (line.endswith(f" {ELISION}") and met.startswith(line.removesuffix(f" {ELISION}")))
        for line, met in zip(stretch, seen[at:], strict=False)
    )

"""The words of poolgate's command line: for shells to complete, and for those who mistyped one."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Final

from inference_pools.near_words import nearest

SHELLS: Final = ("bash", "zsh", "fish")


def script(parser: argparse.ArgumentParser, shell: str, words: Mapping[str, Iterable[str]]) -> str:
    """A script that the shell reads at its start. Arguments that are paths complete to files.

    `words` are what further arguments complete to, by the name under which they are parsed. The parser is changed, and
    must not be used to parse anything.
    """
    import shtab

    for action in _actions(parser):
        if action.type is Path:
            action.complete = shtab.FILE  # type: ignore[attr-defined]  # how shtab is told
        elif action.dest in words and action.choices is None:
            action.choices = tuple(words[action.dest])
    return shtab.complete(parser, shell) + "\n"


_CHOICE: Final = re.compile(r"invalid choice: '(?P<choice>[^']*)'")
_OF_OPTIONS: Final = re.compile(r"unrecognized arguments|arguments are required|one of the arguments .* is required")


def meant(parser: argparse.ArgumentParser, message: str, given: Iterable[str] = ()) -> str | None:
    """What is near to the command, option or choice that an error of the parser is about; `given` are the words that
    it was to read.
    """
    written = _CHOICE.search(message)
    if written is not None:
        return nearest(written["choice"], (str(name) for each in _actions(parser) for name in each.choices or ()))
    if not _OF_OPTIONS.search(message):
        return None
    known = [name for each in _actions(parser) for name in each.option_strings if name.startswith("--")]
    for word in takewhile(lambda word: word != "--", given):
        name = word.partition("=")[0]
        if name.startswith("--") and not any(option.startswith(name) for option in known):
            near = nearest(name, known)
            return f"{near} instead of {name}" if near and name not in message else near
    return None


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)

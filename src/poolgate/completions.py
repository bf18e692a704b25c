"""The words of poolgate's command line: for shells to complete, and for those who mistyped one."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

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


_WRITTEN: Final = re.compile(r"invalid choice: '(?P<choice>[^']*)'|unrecognized arguments: (?P<option>--[\w-]+)")


def meant(parser: argparse.ArgumentParser, message: str) -> str | None:
    """What is near to the command, option or choice that an error of the parser is about."""
    written = _WRITTEN.search(message)
    if written is None:
        return None
    import difflib

    known = [
        name
        for action in _actions(parser)
        for name in (action.option_strings if written["option"] else map(str, action.choices or ()))
    ]
    return next(iter(difflib.get_close_matches(written["option"] or written["choice"], known, n=1)), None)


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)

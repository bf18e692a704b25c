"""The words of poolgate's command line: for shells to complete, and for those who mistyped one."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
_UNKNOWN: Final = re.compile(r"unrecognized arguments")
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


def of_others(parser: argparse.ArgumentParser, message: str, given: Sequence[str] = ()) -> str | None:
    """The sentence on an option that other commands have, and the one that was given has not."""
    commands = {
        name: command
        for each in parser._actions
        if isinstance(each, argparse._SubParsersAction)
        for name, command in each.choices.items()
    }
    asked = next((word for word in given if word in commands), None)
    if asked is None or not _UNKNOWN.search(message):
        return None
    options = {name: _options(command) for name, command in commands.items()}
    for word in takewhile(lambda word: word != "--", given):
        option = word.partition("=")[0]
        having = [name for name, known in options.items() if option in known]
        if option.startswith("--") and having and asked not in having:
            return f"{asked} has no {option}, as {', '.join(having)} {'has' if len(having) == 1 else 'have'}"
    return None


def _options(parser: argparse.ArgumentParser) -> frozenset[str]:
    return frozenset(name for each in _actions(parser) for name in each.option_strings)


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)

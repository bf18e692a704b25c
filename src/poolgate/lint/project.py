"""Pulumi projects and their stacks: what the files say, and what the engine makes of it for the program.

Source: pulumi/pulumi v3.255.0, `sdk/go/common/workspace/{loaders,project}.go`, `sdk/go/common/resource/config` and
`pkg/workspace/config.go`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from poolgate.errors import UsageError
from poolgate.files import is_file
from poolgate.left_out import NOTHING, WHY, LeftOut
from poolgate.lint.document import Document, KeyPath, Position, YamlError, scalar_text
from poolgate.lint.secure_value import SECRET_STAND_IN, SECURE_VALUE, SecureValue, holds_secret, with_secrets
from poolgate.lint.yaml_reader import read_yaml

PROJECT_FILES: Final = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
PassOver: TypeAlias = Callable[[str, Path, str], None]
"""Is told what is met and not looked at: its kind, its path, and why, as `Tally.pass_over` wants them."""

_SKIPPED_FOLDERS: Final = frozenset(("node_modules", "site-packages", "__pycache__"))
_ENVIRONMENT_FOLDERS: Final = frozenset(("bin", "include", "lib", "lib64", "share", "etc", "Scripts", "Lib", "Include"))
"""What a virtual environment brings along. One may be made around a project, so that the rest is looked at."""
_STACK_SUFFIXES: Final = (".json", ".yml", ".yaml")
"""Those of a stack's file; where one stack has several files the last is read."""
_SECURE: Final = "secure"
_PLACEHOLDER: Final = re.compile(r"[$][{]PROJECT[}]|[{][{].*[}][}]")


class ConfigEntry(NamedTuple):
    """One key of a stack's configuration.

    `key` is as the engine sees it, with its namespace; `path` leads to the value in `document`, which is the stack's
    file or, for a default that the project declares, Pulumi.yaml. The value has a SecureValue for each secret.
    """

    key: str
    value: Any
    document: Document
    path: KeyPath

    @property
    def is_secret(self) -> bool:
        """Whether it is a secret or holds one; the program then gets the whole of it as a secret."""
        return holds_secret(self.value)

    def text(self, secret: str = SECRET_STAND_IN) -> str:
        """The text the program gets: scalars as text, objects and lists as JSON, `secret` for each secret."""
        if isinstance(self.value, (dict, list)):
            return json_text(with_secrets(self.value, secret))
        return secret if isinstance(self.value, SecureValue) else scalar_text(self.value)

    def position(self, path: Iterable[str | int] = ()) -> Position | None:
        """Where the value, or a part of it, was written. All of a JSON text is where the text is."""
        wanted = (*self.path, *path)
        if isinstance(self.value, str):
            wanted = self.path
        return self.document.position_of(wanted)


class StackConfig:
    """One stack's file, in the light of its project."""

    def __init__(self, name: str, file: Path, document: Document, project: Project) -> None:
        self.name = name
        self.file = file
        self.document = document
        self.project = project

    @cached_property
    def own(self) -> Mapping[str, ConfigEntry]:
        """What the stack's file itself configures, by key with namespace, in the order of the file.

        Raises YamlError for a file that the engine refuses: not an object, or a key with too many colons.
        """
        entries: dict[str, ConfigEntry] = {}
        may_hold_secrets, qualified, document = self.may_hold_secrets, self.project.qualified, self.document
        for written, value in self._written().items():
            key = qualified(written)
            if key.count(":") > 1:
                raise self._error("expected a key of the form NAME or NAMESPACE:NAME", ("config", written))
            value = _as_engine_has_it(value) if may_hold_secrets else value
            entries[key] = ConfigEntry(key, value, document, ("config", written))
        return entries

    @property
    def imports_environments(self) -> bool:
        """Whether Pulumi ESC environments may supply further configuration, which nobody knows here.

        The engine lays the stack's own values over theirs as a JSON merge patch does: an environment can supply whole
        keys, and keys of objects at any depth, but nothing inside a list or a text.
        """
        root = self.document.value
        return isinstance(root, dict) and bool(root.get("environment"))

    @property
    def environments(self) -> tuple[str, ...]:
        """The names of the environments that the file imports; one that it defines itself has none."""
        root = self.document.value
        written = root.get("environment") if isinstance(root, dict) else None
        if isinstance(written, dict):
            written = written.get("imports")
        names = (next(iter(item), None) if isinstance(item, dict) else item for item in written or ())
        return tuple(name for name in names if isinstance(name, str)) if isinstance(written, list) else ()

    @property
    def may_hold_secrets(self) -> bool:
        """Whether there may be a secret in the file; most have none, and that is found fast."""
        return self.document.plain is None or _SECURE in self.document.plain

    def _written(self) -> Mapping[str, Any]:
        root = {} if self.document.value is None else self.document.value
        if not isinstance(root, dict):
            raise self._error("expected an object with config", ())
        config = root.get("config")
        if config is not None and not isinstance(config, dict):
            raise self._error("expected an object with a value for each key", ("config",))
        return config or {}

    def _error(self, problem: str, path: KeyPath) -> YamlError:
        return YamlError(problem, file=self.file, position=self.document.nearest_position(path))

    @cached_property
    def entries(self) -> Mapping[str, ConfigEntry]:
        """The whole configuration: the stack's own, and defaults and values that the project declares."""
        return {**self.project.declared, **self.own}

    @property
    def secret_keys(self) -> frozenset[str]:
        """The keys whose values the program gets as secrets."""
        return frozenset(key for key, entry in self.entries.items() if entry.is_secret)

    def effective(self, secret: str = SECRET_STAND_IN) -> dict[str, str]:
        """The configuration as the engine passes it to the program, in PULUMI_CONFIG: a text for each key."""
        return {key: entry.text(secret) for key, entry in sorted(self.entries.items())}

    def position(self, key: str, path: Iterable[str | int] = ()) -> Position | None:
        """Where the value of a key, or a part of it, was written; the key may lack the project's namespace.

        None when it is not configured, or configured in Pulumi.yaml (see `entries`).
        """
        entry = self.own.get(self.project.qualified(key))
        return entry.position(path) if entry else None


class Project:
    """A Pulumi project: a folder with a Pulumi.yaml."""

    def __init__(self, directory: Path, file: Path, document: Document) -> None:
        self.directory = directory
        self.file = file
        self.document = document

    @property
    def name(self) -> str:
        """The name, also the namespace of its configuration."""
        return self._text("name") or ""

    @property
    def is_template(self) -> bool:
        """Whether `pulumi new`, or another tool, is yet to make a project of it: its name is a placeholder.

        A `template:` alone says nothing: the examples that people start from have one and run as they are.
        """
        return _PLACEHOLDER.search(self.name) is not None

    @property
    def runtime(self) -> str:
        """The language of the program, such as "python"; empty if the file does not say."""
        runtime = self._value("runtime")
        name = runtime.get("name") if isinstance(runtime, dict) else runtime
        return name if isinstance(name, str) else ""

    @property
    def runtime_options(self) -> Mapping[str, Any]:
        """Options of the runtime, such as `virtualenv` and `toolchain`."""
        runtime = self._value("runtime")
        options = runtime.get("options") if isinstance(runtime, dict) else None
        return options if isinstance(options, dict) else {}

    @property
    def main(self) -> Path:
        """The program: a file or a folder; the project's folder unless Pulumi.yaml says otherwise."""
        return self.directory / (self._text("main") or ".")

    @cached_property
    def stacks(self) -> Mapping[str, StackConfig]:
        """The stacks that have a file, by name. Raises YamlError when one cannot be read."""
        return {name: StackConfig(name, file, read_yaml(file), self) for name, file in self.stack_files.items()}

    @property
    def stack_folder(self) -> Path:
        """The folder of the stacks' files: the project's own unless Pulumi.yaml says otherwise."""
        return self.directory / (self._text("stackConfigDir") or self._text("config") or ".")

    @property
    def stack_files(self) -> Mapping[str, Path]:
        """The files of the stacks, by the name of the stack."""
        return self._listing.files

    @property
    def passed_over(self) -> Iterable[tuple[str, Path, str]]:
        """Files that look like a stack's and that nobody reads, each as PassOver wants it."""
        return self._listing.passed_over

    @cached_property
    def _listing(self) -> _Listing:
        listing = _list_stacks(self.stack_folder)
        if self.stack_folder.resolve() != self.directory.resolve():
            key = "stackConfigDir" if self._text("stackConfigDir") else "config"
            why = f"is not in the folder that {key} names, and the engine reads no other"
            elsewhere = _list_stacks(self.directory).files.values()
            listing.passed_over.extend(("stack", file, why) for file in elsewhere)
        return listing

    @property
    def has_stack_files_nearby(self) -> bool:
        """Whether a file of a stack lies in the project's folder or in one right below it, read or not."""
        with os.scandir(self.directory) as entries:
            below = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
        return any(_list_stacks(folder).files for folder in (self.directory, *below))

    @cached_property
    def declared(self) -> Mapping[str, ConfigEntry]:
        """Defaults and values of the project's `config:` declarations, by key with namespace."""
        entries = {}
        for written, declaration in self.declarations.items():
            path: KeyPath = ("config", written)
            if isinstance(declaration, dict):
                # The engine takes the default where a declaration (wrongly) has both.
                found = next((name for name in ("default", "value") if declaration.get(name) is not None), None)
                if found is None:
                    continue
                path, declaration = (*path, found), declaration[found]
            key = self.qualified(written)
            entries[key] = ConfigEntry(key, declaration, self.document, path)
        return entries

    @property
    def declarations(self) -> Mapping[str, Any]:
        """The project's `config:`, as written: key to type, default, value and so on, or to a short-hand value."""
        config = self._value("config")
        return config if isinstance(config, dict) else {}

    def qualified(self, key: str) -> str:
        """A configuration key with its namespace, which is the project's name where none is written."""
        found = self._qualified.get(key)
        if found is None:
            namespace, colon, name = key.partition(":")
            # An old spelling, `aws:config:region`, is still read.
            found = f"{namespace}:{name.removeprefix('config:')}" if colon else f"{self.name}:{key}"
            self._qualified[key] = found
        return found

    @cached_property
    def _qualified(self) -> dict[str, str]:
        return {}

    def _value(self, key: str) -> Any:
        return self.document.value.get(key) if isinstance(self.document.value, dict) else None

    def _text(self, key: str) -> str | None:
        value = self._value(key)
        return value if isinstance(value, str) and value else None


def load_project(folder: Path) -> Project:
    """The project in a folder.

    Raises YamlError when Pulumi.yaml cannot be read, UsageError when there is none or it names no project.
    """
    file = _project_file(folder)
    if file is None:
        raise UsageError("no Pulumi.yaml here", file=folder)
    document = read_yaml(file)
    if not isinstance(document.value, dict):
        raise YamlError("expected an object with name and runtime", file=file, position=Position(1, 1))
    project = Project(folder, file, document)
    if not project.name:
        position = document.nearest_position(("name",))
        raise YamlError("the project has no name", file=file, position=position)
    return project


def _say_nothing(kind: str, path: Path, why: str) -> None:
    """The PassOver of those who do not want to know."""


def find_projects(path: Path, pass_over: PassOver = _say_nothing, left_out: LeftOut = NOTHING) -> list[Path]:
    """The folders of all Pulumi projects in a tree, or around a file, in order.

    `walk` says what of a tree is not looked at; `pass_over` is told of it, and of project files that cannot be one.
    What is `left_out` is not looked at, either.
    Raises UsageError when the path does not exist.
    """
    refuse_missing(path)
    if is_file(path):
        if left_out.covers(path):
            pass_over("file", path, WHY)
            return []
        around = next((folder for folder in path.absolute().parents if _project_file(folder)), None)
        return [around] if around else []
    found = []
    for folder, files in walk(path, pass_over, left_out):
        named = [file for file in files if file.lower() in _ANY_CASE]
        if not named:
            continue
        if _project_file(folder):
            found.append(folder)
        else:
            pass_over("project", folder / named[0], _why_no_file(folder / named[0], PROJECT_FILES[0]))
    return sorted(found)


_ANY_CASE: Final = frozenset(name.lower() for name in PROJECT_FILES)


def _why_no_file(path: Path, expected: str) -> str:
    """Why something that is named nearly like a file of Pulumi's is none."""
    if path.is_file():
        return f"is not read by the engine, which looks for {expected}"
    return "is a link that leads nowhere" if path.is_symlink() and not path.exists() else "is not a regular file"


def walk(
    root: Path, pass_over: PassOver = _say_nothing, left_out: LeftOut = NOTHING
) -> Iterator[tuple[Path, list[str]]]:
    """The folders of a tree that may hold configuration, each with the names of its files.

    Not looked at are hidden folders, node_modules, site-packages and the like, what a virtual environment consists of,
    folders behind a link, and those that cannot be read. `pass_over` is told of a project in the first, and of the
    latter two; not of a link to what is in the tree anyhow, or to an environment.
    """

    def unreadable(error: OSError) -> None:
        pass_over("folder", Path(error.filename), f"cannot be read: {error.strerror}")

    if left_out.covers(root):
        pass_over("folder", root, WHY)
        return
    for name, folders, files in os.walk(root, onerror=unreadable):
        here = Path(name)
        of_environment = _ENVIRONMENT_FOLDERS if "pyvenv.cfg" in files and is_environment(here) else ()
        kept = []
        for folder in sorted(folders):
            if folder in of_environment:
                continue
            if folder in _SKIPPED_FOLDERS or folder.startswith("."):
                if _project_file(here / folder):
                    reason = "a hidden folder" if folder.startswith(".") else f"a folder of the name {folder}"
                    pass_over("project", here / folder, f"is in {reason}; it is judged where it is named")
            elif os.path.islink(os.path.join(name, folder)):  # noqa: PTH114, PTH118 - asked of every folder
                is_elsewhere = not (here / folder).resolve().is_relative_to(root.resolve())
                if is_elsewhere and not is_environment(here / folder):
                    pass_over("folder", here / folder, "is a link, and links are not followed; name it to have it read")
            elif left_out.covers(here / folder):
                pass_over("folder", here / folder, WHY)
            else:
                kept.append(folder)
        folders[:] = kept
        yield here, files


def is_environment(folder: Path) -> bool:
    """Whether a folder is a virtual environment of Python's: it says where its Python is from, and has one."""
    try:
        lines = (folder / "pyvenv.cfg").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return False
    says_home = any(line.partition("=")[0].strip().lower() == "home" and "=" in line for line in lines)
    # A link to a Python that is gone is still that of an environment.
    return says_home and any(os.path.lexists(folder / name) for name in ("bin/python", "Scripts/python.exe"))


class _Listing(NamedTuple):
    """The stacks' files in a folder, by the name of the stack, and what looks like one."""

    files: dict[str, Path]
    passed_over: list[tuple[str, Path, str]]


def _list_stacks(folder: Path) -> _Listing:
    files: dict[str, Path] = {}
    passed_over: list[tuple[str, Path, str]] = []
    entries = [(name, is_one) for name, is_one in _entries_in(folder) if name[:7].lower() == "pulumi."]
    for suffix in _STACK_SUFFIXES:
        for name, is_one in entries:
            stack = name[len("Pulumi.") : -len(suffix)]
            if not (name.endswith(suffix) and stack):
                continue
            path = folder / name
            if not (is_one and name.startswith("Pulumi.")):
                passed_over.append(("stack", path, _why_no_file(path, f"Pulumi.{stack}{suffix}")))
                continue
            if stack in files:
                passed_over.append(("file", files[stack], f"stands beside {name}, which is read in its place"))
            files[stack] = path
    return _Listing(dict(sorted(files.items())), passed_over)


def _entries_in(folder: Path) -> list[tuple[str, bool]]:
    """The names in a folder, each with whether it is a file or leads to one; none when it cannot be read."""
    try:
        with os.scandir(folder) as entries:  # a thousand Paths would cost as much as reading the files
            return [(entry.name, entry.is_file()) for entry in entries]
    except OSError:
        return []


def _project_file(folder: Path) -> Path | None:
    return next((folder / name for name in PROJECT_FILES if is_file(folder / name)), None)


def refuse_missing(path: Path) -> None:
    """Raises UsageError where there is nothing that could be looked at."""
    try:
        if path.exists():
            return
        problem = "no such file or folder"
    except OSError as error:  # a name that is too long, or a folder that is closed to us
        problem = f"cannot be looked at: {error.strerror}"
    raise UsageError(problem, file=path)


def json_text(value: Any) -> str:
    """JSON as the engine writes configuration: keys sorted, no spaces, Go's numbers, and `<`, `>`, `&` escaped."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json_text(key)}:{json_text(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).translate(_ESCAPED)
    if value is None:
        return "null"
    # Inside an object, a number beyond 64 signed bits is a float.
    beyond = isinstance(value, int) and not -(2**63) <= value < 2**63
    return scalar_text(float(value) if beyond else value)


_ESCAPED: Final = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def _as_engine_has_it(value: Any) -> Any:
    """The value with a SecureValue in place of each `{secure: text}`, and with texts as the engine reads them back.

    It writes the configuration as YAML in between, where a text loses the line end that it begins with.
    """
    if isinstance(value, dict):
        if len(value) == 1 and isinstance(value.get(_SECURE), str):
            return SECURE_VALUE
        return {key: _as_engine_has_it(item) for key, item in value.items()}
    if isinstance(value, str):
        return value.removeprefix("\n")
    return [_as_engine_has_it(item) for item in value] if isinstance(value, list) else value

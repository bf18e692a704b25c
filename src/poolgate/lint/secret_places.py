"""The places in a project's files of which nothing is shown: what its schema or its declarations call a secret.

A value that has to be a secret may stand in the file in clear, in any form: a list, an object, a text of many lines, a
default in Pulumi.yaml. Neither it nor what is inside it, keys and all, gets into a message, and no line that it stands
on is shown. This is asked only where there is something to say of a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from poolgate.lint.document import Document, KeyPath
from poolgate.lint.namespaces import near_miss
from poolgate.lint.project import Project

if TYPE_CHECKING:
    from poolgate.lint.schema_store import Schema

_SHAPE: Final = frozenset(("type", "items", "description", "secret"))
"""Keys of a declaration that say what a value is like, and not what it is."""


class SecretPlaces(NamedTuple):
    """The places of one document. `roots` are the paths to its secret values, `lines` those that are not shown."""

    roots: frozenset[KeyPath]
    lines: tuple[range, ...]

    def root_of(self, path: KeyPath) -> KeyPath | None:
        """The secret value that a path leads to, or into; None where there is none."""
        for length, step in enumerate(path, 1):
            if path[:length] in self.roots or _is_secure(step):
                return path[:length]
        return None

    def hides(self, line: int) -> bool:
        """Whether a line is not shown."""
        return any(line in lines for lines in self.lines)


NOTHING_SECRET: Final = SecretPlaces(frozenset(), ())


def _is_secure(step: str | int) -> bool:
    """Whether a key is that of ciphertext, or was meant to be."""
    return isinstance(step, str) and step.strip().casefold() == "secure"


def is_called_secret(declaration: Any) -> bool:
    """Whether a declaration of Pulumi.yaml says so; in quotes, or with anything but no, it was meant to."""
    return isinstance(declaration, Mapping) and declaration.get("secret") not in (None, False, "false", "no", "", 0)


def calls_any_secret(project: Project, schema: Schema | None) -> bool:
    """Whether a project has secrets by its declarations or its schema."""
    return any(map(is_called_secret, project.declarations.values())) or (schema is not None and schema.calls_secrets)


def of_project(project: Project, schema: Schema | None) -> SecretPlaces:
    """The places in Pulumi.yaml: defaults and values of what is called a secret, also by its template."""
    roots: set[KeyPath] = set()
    whole: set[KeyPath] = set()  # what is said of a secret may stand on one line with it
    for written, declaration in project.declarations.items():
        path: KeyPath = ("config", written)
        if is_called_secret(declaration):
            whole.add(path)
            roots.update((*path, name) for name in declaration if name not in _SHAPE)
    if schema is not None:
        for key, *_ in schema.secrets_in({key: entry.value for key, entry in project.declared.items()}):
            roots.add(project.declared[str(key)].path)
    template = project.document.value.get("template")
    asked = template.get("config") if isinstance(template, dict) else None
    for written, declaration in asked.items() if isinstance(asked, dict) else ():
        if is_called_secret(declaration):
            roots.add(("template", "config", written, "default"))
    return _places(project.document, roots, whole)


def of_stack(
    document: Document, project: Project, schema: Schema | None, read: Callable[[str, Any], Any]
) -> SecretPlaces:
    """The places in a stack's file; `read` gives a value as the program reads it, by its key with namespace."""
    config = document.value.get("config") if isinstance(document.value, dict) else None
    written = config if isinstance(config, dict) else {}
    called = {project.qualified(key) for key, each in project.declarations.items() if is_called_secret(each)}
    roots: set[KeyPath] = set()
    for name, value in written.items():
        key = project.qualified(name)
        if key in called:
            roots.add(("config", name))
        elif schema is not None:
            for _, *inner in schema.secrets_in({key: read(key, value)}):
                # What is inside a JSON text has no place of its own.
                roots.add(("config", name, *inner) if isinstance(value, (dict, list)) else ("config", name))
        if _may_be_meant_for(key, value, project, schema, called):
            roots.add(("config", name))
    return _places(document, roots)


def _may_be_meant_for(key: str, value: Any, project: Project, schema: Schema | None, called: set[str]) -> bool:
    """Whether a key that nobody knows may be that of a secret, misspelt or in another namespace."""
    declared = {project.qualified(written) for written in project.declarations}
    if key in declared or (schema is not None and schema.describes(key)):
        return False
    properties = schema.contents.get("properties") if schema is not None and schema.calls_secrets else None
    known = properties if schema is not None and isinstance(properties, dict) else {}
    return any(near_miss(secret, [key]) for secret in called) or any(
        schema is not None and near_miss(other, [key]) and any(schema.secrets_in({other: value})) for other in known
    )


def _places(document: Document, roots: set[KeyPath], whole: Iterable[KeyPath] = ()) -> SecretPlaces:
    found = {path[: n + 1] for path in document.values for n, step in enumerate(path) if _is_secure(step)}
    lines = (_lines_of(document, root) for root in {*roots, *found, *whole})
    return SecretPlaces(frozenset(roots), tuple(lines))


def _lines_of(document: Document, root: KeyPath) -> range:
    """The lines that a value stands on, from its key to where the next thing begins."""
    places = [*document.values.items(), *document.keys.items()]
    inside = [line for path, (line, _) in places if path[: len(root)] == root]
    if not inside:
        return range(0)
    last = max(inside)
    after = [line for path, (line, _) in places if path[: len(root)] != root and line > last]
    return range(min(inside), min(after, default=_END))


_END: Final = 1 << 60
"""A text of several lines at the end of a file goes on to its end."""

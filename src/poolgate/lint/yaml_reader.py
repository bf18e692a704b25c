"""Reads YAML as the Pulumi engine does, and knows where everything was written.

The engine parses with Go's yaml.v3, whose idea of a scalar no Python reader shares: `yes` is a text, `012` is ten,
`10:30` is a text, an unquoted date becomes the text of a timestamp. `exact_yaml` reads every file so; a shortcut
comes first, for the files that have nothing special about them, which are most.

Source: pulumi/pulumi `sdk/go/common/workspace/loaders.go` at v3.255.0. A test compares with the engine.
"""

from __future__ import annotations

from pathlib import Path

from poolgate.errors import UsageError
from poolgate.lint.content import MAX_BYTES, content_of
from poolgate.lint.document import Document, Position, YamlError
from poolgate.lint.shortcuts import shortcuts


def read_yaml(file: Path) -> Document:
    """Read a file.

    Raises YamlError for what the engine would refuse and for files beyond the limits of this module, UsageError
    when the file cannot be read at all.
    """
    try:
        content = content_of(file)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=file) from error
    if len(content) > MAX_BYTES:
        raise YamlError(f"larger than {MAX_BYTES:,} bytes", file=file, position=Position(1, 1))
    return parse_yaml(content, file)


def parse_yaml(content: bytes | str, file: Path | None = None) -> Document:
    """Read a text; `file` is only named in errors. Raises YamlError as `read_yaml` does."""
    read = None if isinstance(content, str) else content
    text = content if isinstance(content, str) else _decode(content, file)
    document = shortcuts().plain_document(text, file, read)
    if document is not None:
        return document
    from poolgate.lint.exact_yaml import parse_exactly  # PyYAML comes with it

    return parse_exactly(text, file, read)


def _decode(content: bytes, file: Path | None) -> str:
    """The text of a file: UTF-8, or UTF-16 where a byte order mark says so; nothing else is YAML."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, "replace")
        line = before.count("\n") + 1
        position = Position(line, len(before) - (before.rfind("\n") + 1) + 1)
        raise YamlError(f"not {encoding.upper()} text", file=file, position=position) from None

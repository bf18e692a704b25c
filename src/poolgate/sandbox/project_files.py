"""Reads and rewrites the Pulumi files of a *copy* of a project: never called on the user's own tree.

The files are edited as YAML nodes, so that every scalar keeps its spelling: what the engine reads as the text `on`
or as an octal number must not be resolved and written back by a library that reads it differently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from poolgate.errors import UsageError

PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")
PACK_FILE = "PulumiPolicy.yaml"
_REPOSITORY_MARKS = (".git", ".hg")

_STACK_FILE = re.compile(r"Pulumi\.(?P<stack>[A-Za-z0-9_.-]+)\.ya?ml")

SECRET_STAND_IN = "poolgate-secret-not-available"
"""What a program in the sandbox gets for every `secure:` value; it stays a secret for the engine and the rules."""

# The stand-in, encrypted once by the real engine under the sandbox's empty passphrase (format v1 of Pulumi's
# passphrase provider: salt, and nonce with ciphertext). Nothing secret: it spares one engine run for each value.
SANDBOX_PASSPHRASE = ""
ENCRYPTION_SALT = "v1:9yBxNI4E2n0=:v1:IUUIfUuD6O0iUUib:l7DSyVOh6w7cj34kR2M8xO/DPL2muA=="
ENCRYPTED_STAND_IN = "v1:RXnF7jUcKpICIxbT:hmxY5qcXqPnRIF8WY6nHRtscf15wt/PN0hNRxMv/ZrHMEat0FEPhUpEpDJrD"

_ENCRYPTION_KEYS = ("secretsprovider", "encryptedkey", "encryptionsalt")
_TEXT = "tag:yaml.org,2002:str"


def compose(path: Path) -> yaml.MappingNode | None:
    """A YAML file as nodes, None for an empty one. Raises UsageError, with the line, for anything else."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=path) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"is not UTF-8: {error.reason}", file=path) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise UsageError(str(error.problem), file=path, line=line) from error
    except yaml.YAMLError as error:
        raise UsageError(str(error), file=path) from error
    if node is None or isinstance(node, yaml.MappingNode):
        return node
    raise UsageError("must be a mapping", file=path, line=node.start_mark.line + 1)


def write(path: Path, node: yaml.MappingNode) -> None:
    """Write nodes back to a file of the copy."""
    path.write_text(yaml.serialize(node, Dumper=yaml.SafeDumper, width=2**30), encoding="utf-8")


def child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    """The value of a key of a mapping; None when the node is no mapping or has no such key."""
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if isinstance(name, yaml.ScalarNode) and name.value == key:
                assert isinstance(value, yaml.Node)
                return value
    return None


def text(node: yaml.Node | None) -> str:
    """A scalar as it is written; empty when the node is no scalar."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def remove(node: yaml.MappingNode, *keys: str) -> None:
    """Remove keys from a mapping."""
    node.value = [pair for pair in node.value if text(pair[0]) not in keys]


def put(node: yaml.MappingNode, key: str, value: str) -> None:
    """Set a key of a mapping to a text."""
    remove(node, key)
    node.value.append((yaml.ScalarNode(_TEXT, key), yaml.ScalarNode(_TEXT, value, style='"')))


def project_file(folder: Path) -> Path | None:
    """The project file of a folder, if it is a Pulumi project."""
    return next((folder / name for name in PROJECT_FILES if (folder / name).is_file()), None)


def project_of(folder: Path) -> Path | None:
    """The Pulumi project that a folder belongs to: itself or the nearest folder above with a project file."""
    return next((each for each in (folder, *folder.parents) if project_file(each)), None)


def repository_of(folder: Path) -> Path | None:
    """The root of the repository that a folder is in; None outside of any. A home kept in one does not count."""
    for each in (folder, *folder.parents):
        if any((each / name).exists() for name in _REPOSITORY_MARKS):
            return None if each == Path.home() else each
    return None


def runtime_options(node: yaml.Node | None) -> tuple[str, dict[str, object]]:
    """The runtime's name and its options, as Pulumi.yaml and PulumiPolicy.yaml write them."""
    runtime = child(node, "runtime")
    if isinstance(runtime, yaml.ScalarNode):
        return runtime.value, {}
    options = child(runtime, "options")
    pairs = options.value if isinstance(options, yaml.MappingNode) else []
    return text(child(runtime, "name")), {text(name): _plain(value) for name, value in pairs}


def _plain(node: yaml.Node) -> object:
    # Only whether it is a text matters to whoever reads options.
    is_text = isinstance(node, yaml.ScalarNode) and node.tag == _TEXT
    return node.value if is_text else [node.value]


def set_virtualenv(node: yaml.MappingNode, virtualenv: Path) -> None:
    """Make the copy's project use this virtual environment, whatever the copy's place."""
    runtime = child(node, "runtime")
    if isinstance(runtime, yaml.ScalarNode):
        name = runtime
        runtime = yaml.MappingNode("tag:yaml.org,2002:map", [(yaml.ScalarNode(_TEXT, "name"), name)])
        remove(node, "runtime")
        node.value.append((yaml.ScalarNode(_TEXT, "runtime"), runtime))
    assert isinstance(runtime, yaml.MappingNode)
    options = child(runtime, "options")
    if not isinstance(options, yaml.MappingNode):
        remove(runtime, "options")
        options = yaml.MappingNode("tag:yaml.org,2002:map", [])
        runtime.value.append((yaml.ScalarNode(_TEXT, "options"), options))
    put(options, "virtualenv", str(virtualenv))
    # The environment is there already; a tool that manages it would look for its own files.
    put(options, "toolchain", "pip")


def stack_files(project: Path) -> dict[str, Path]:
    """The stack configuration files of a project, by stack name, in name order."""
    file = project_file(project)
    folder = text(child(compose(file), "stackConfigDir")) if file else ""
    where = project / folder
    found = {}
    for path in sorted(where.iterdir()) if where.is_dir() else []:
        match = _STACK_FILE.fullmatch(path.name)
        if match:
            found[match["stack"]] = path
    return found


def _secure_values(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.MappingNode):
        secure = child(node, "secure")
        if len(node.value) == 1 and isinstance(secure, yaml.ScalarNode):
            yield secure
            return
        for _, value in node.value:
            yield from _secure_values(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _secure_values(value)


def replace_secrets(path: Path) -> int:
    """Give every `secure:` value of a stack file of the copy the encrypted stand-in; returns how many there were.

    Nothing is decrypted: neither the passphrase nor a key service of the user is needed.
    """
    node = compose(path)
    if node is None:
        node = yaml.MappingNode("tag:yaml.org,2002:map", [])
    replaced = 0
    for value in _secure_values(child(node, "config") or node):
        value.value, value.tag, value.style = ENCRYPTED_STAND_IN, _TEXT, '"'
        replaced += 1
    remove(node, *_ENCRYPTION_KEYS)
    put(node, "encryptionsalt", ENCRYPTION_SALT)
    write(path, node)
    return replaced

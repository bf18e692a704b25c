"""Reads and rewrites the Pulumi files of a *copy* of a project: never called on the user's own tree.

The files are edited as YAML nodes, so that every scalar keeps its spelling: what the engine reads as the text `on`
or as an octal number must not be resolved and written back by a library that reads it differently.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from inference_pools.near_words import closest
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
_ENVIRONMENT = "environment"
_TEXT = "tag:yaml.org,2002:str"
_MAP = "tag:yaml.org,2002:map"


def no_such_stack(name: str, known: Iterable[str]) -> str:
    """That there is no stack of a name, with the nearest one and all others."""
    names = list(dict.fromkeys(known))
    return f"has no stack {name!r}{closest(name, names)}; there are: {', '.join(names)}"


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
            return None if str(each) == os.path.expanduser("~") else each  # noqa: PTH111 - there may be none
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
        runtime = yaml.MappingNode(_MAP, [(yaml.ScalarNode(_TEXT, "name"), name)])
        remove(node, "runtime")
        node.value.append((yaml.ScalarNode(_TEXT, "runtime"), runtime))
    assert isinstance(runtime, yaml.MappingNode)
    options = child(runtime, "options")
    if not isinstance(options, yaml.MappingNode):
        remove(runtime, "options")
        options = yaml.MappingNode(_MAP, [])
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


def imports_environments(path: Path) -> bool:
    """Whether a stack file imports ESC environments."""
    return child(compose(path), _ENVIRONMENT) is not None


def _is_secure(node: yaml.MappingNode) -> bool:
    return len(node.value) == 1 and isinstance(child(node, "secure"), yaml.ScalarNode)


def _secure_values(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.MappingNode):
        secure = child(node, "secure")
        if _is_secure(node) and isinstance(secure, yaml.ScalarNode):
            yield secure
            return
        for _, value in node.value:
            yield from _secure_values(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _secure_values(value)


def replace_secrets(path: Path) -> int:
    """Give every `secure:` value of a stack file of the copy the encrypted stand-in; returns how many there were.

    The environments that it imports are left out, which a file backend cannot open.
    Nothing is decrypted: neither the passphrase nor a key service of the user is needed.
    """
    node = compose(path)
    if node is None:
        node = yaml.MappingNode(_MAP, [])
    replaced = 0
    for value in _secure_values(child(node, "config") or node):
        value.value, value.tag, value.style = ENCRYPTED_STAND_IN, _TEXT, '"'
        replaced += 1
    remove(node, *_ENCRYPTION_KEYS, _ENVIRONMENT)
    put(node, "encryptionsalt", ENCRYPTION_SALT)
    write(path, node)
    return replaced


def lay_under(path: Path, project: str, values: Mapping[str, Any]) -> None:
    """Lay values, by key with namespace, under the configuration in a stack file of the copy."""
    root = compose(path)
    assert root is not None  # `replace_secrets` leaves none empty
    config = child(root, "config")
    if not isinstance(config, yaml.MappingNode):
        remove(root, "config")
        config = yaml.MappingNode(_MAP, [])
        root.value.append((yaml.ScalarNode(_TEXT, "config"), config))
    own = {_qualified(text(key), project): value for key, value in config.value}
    for key, value in values.items():
        if key not in own:
            config.value.append((yaml.ScalarNode(_TEXT, key, style='"'), _node_of(value)))
        else:
            _fill(own[key], value)
    write(path, root)


def _qualified(key: str, project: str) -> str:
    namespace, colon, name = key.partition(":")
    return f"{namespace}:{name.removeprefix('config:')}" if colon else f"{project}:{key}"


def _fill(node: yaml.Node, value: Any) -> None:
    """Adds to an object what it lacks of another, at every depth. A secret is no object, however it is written."""
    if not (isinstance(node, yaml.MappingNode) and isinstance(value, dict)) or _is_secure(node):
        return
    for key, item in value.items():
        there = child(node, str(key))
        if there is None:
            node.value.append((yaml.ScalarNode(_TEXT, str(key), style='"'), _node_of(item)))
        else:
            _fill(there, item)


def _node_of(value: Any) -> yaml.Node:
    """A value of a JSON or YAML file as a node."""
    if isinstance(value, dict):
        pairs = [(yaml.ScalarNode(_TEXT, str(key), style='"'), _node_of(item)) for key, item in value.items()]
        return yaml.MappingNode(_MAP, pairs)
    if isinstance(value, list):
        return yaml.SequenceNode("tag:yaml.org,2002:seq", [_node_of(item) for item in value])
    if isinstance(value, str):
        return yaml.ScalarNode(_TEXT, value, style='"')
    node = yaml.representer.SafeRepresenter().represent_data(value)
    assert isinstance(node, yaml.Node)
    return node

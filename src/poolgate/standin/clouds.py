"""The clouds there is a stand-in for: a folder here for each, found by its name.

A folder is called as the provider's package is, with `_` for `-`, and has its cloud under that name in capitals:
`aws_native` has AWS_NATIVE. `data/examples.json` in it, where it is there, has what functions return that many programs
call and only the cloud can answer, by token, and the command that shows the real values.
"""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final, TypedDict

from inference_pools.values import Json
from poolgate import standin
from poolgate.standin.cloud import Cloud

Example = TypedDict("Example", {"return": Mapping[str, Json], "shown_by": str})


def found() -> tuple[Cloud, ...]:
    """Those that have a folder, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(standin.__path__) if module.ispkg)
    return tuple(getattr(import_module(f"{standin.__name__}.{name}"), name.upper()) for name in names)


ALL: Final = found()


def of_package(package: str) -> Cloud | None:
    """The cloud whose provider serves a package; None for those of others."""
    return next((cloud for cloud in ALL if cloud.owns(package)), None)


def of_token(token: str) -> Cloud | None:
    """The cloud whose provider has a type or function; None for those of others."""
    return of_package(token.partition(":")[0])


def whom(token: str) -> str:
    """Whom the provider of a type or function would ask: `Azure`, else `its service`."""
    cloud = of_token(token)
    return cloud.asks if cloud else "its service"


def example_of(token: str) -> Example | None:
    """What a function of a cloud returns, in values that fit and are nobody's; None where no folder has an example."""
    cloud = of_token(token)
    return _examples(cloud.package).get(token) if cloud else None


@cache
def _examples(package: str) -> Mapping[str, Example]:
    file = Path(__file__).with_name(package.replace("-", "_")) / "data" / "examples.json"
    examples: Mapping[str, Example] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return examples

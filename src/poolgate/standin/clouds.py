"""The clouds there is a stand-in for: a folder here for each, found by its name.

A folder is called as the provider's package is, with `_` for `-`, and has its cloud under that name in capitals:
`aws_native` has AWS_NATIVE.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Final

from poolgate import standin
from poolgate.standin.cloud import Cloud


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

"""The clouds there is a stand-in for."""

from __future__ import annotations

from typing import Final

from poolgate.standin.aws import AWS
from poolgate.standin.aws_native import AWS_NATIVE
from poolgate.standin.azure_native import AZURE_NATIVE
from poolgate.standin.cloud import Cloud

ALL: Final[tuple[Cloud, ...]] = (AZURE_NATIVE, AWS, AWS_NATIVE)


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

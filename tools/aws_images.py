"""Writes which container images are AWS's own for SageMaker, by region and account, from sagemaker-core's tables.

`sagemaker/data/images.json`:

    {"asOf": ..., "source": [...],
     "domains": {"": "amazonaws.com", REGION: DOMAIN},
     "registries": [{REGION: ACCOUNT}, ...],
     "repositories": {REPOSITORY: {"registries": INDEX, "processors": [PROCESSOR, ...]}}}

An image `ACCOUNT.dkr.ecr.REGION.DOMAIN/REPOSITORY:TAG` is AWS's where the repository's table, at INDEX of `registries`,
has the account in that region, in whatever version of what it holds. `domains` has the regions whose domain is not that
of `""`. `processors` are what its images are for: cpu, gpu, or one of AWS's own (inf, inf2, trn, neuronx); one alone is
that of each image, of several the tag tells. They are absent where AWS's tables do not say so of each version: such an
image may be for any (SageMaker's XGBoost uses a GPU where there is one). The CUDA version is in the tag of most images
for a GPU (`cu124` is 12.4), and nowhere in the tables for those that lack it.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent))

from published import PLATFORMS, Wheel, run, wheels

AS_OF: Final = "2026-11-29"
PINNED: Final = "sagemaker-core==2.27.0"
TABLES: Final = "sagemaker/core/image_uri_config/"
DOMAINS: Final = "sagemaker/core/common_utils.py"


def registries(
    table: Any, processors: tuple[str, ...] = ()
) -> Iterator[tuple[str, Mapping[str, str], tuple[str, ...]]]:
    """Each repository of one of the tables, with its accounts by region and the processors that it is said to be for.

    Processors are said beside the repository, or once for all versions of a thing.
    """
    if not isinstance(table, dict):
        return
    said = tuple(table.get("processors", ())) or processors
    of_tags = table.get("container_version")
    if "registries" in table:
        yield table["repository"], table["registries"], said or tuple(of_tags if isinstance(of_tags, dict) else ())
    for value in table.values():
        yield from registries(value, said)


def images(tables: Mapping[str, Any]) -> dict[str, Any]:
    """The registries and repositories, of the tables by name.

    Raises ValueError where a repository has two accounts in a region, which the form has no place for.
    """
    accounts: dict[str, dict[str, str]] = defaultdict(dict)
    said_of: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for name, table in tables.items():
        for repository, by_region, said in registries(table):
            said_of[repository].append(said)
            for region, account in by_region.items():
                if accounts[repository].setdefault(region, account) != account:
                    raise ValueError(f"{name}: {repository} has two accounts in {region}")
    distinct: list[Mapping[str, str]] = []
    repositories: dict[str, dict[str, Any]] = {}
    for repository, row in sorted(accounts.items()):
        if row not in distinct:
            distinct.append(row)
        repositories[repository] = {"registries": distinct.index(row)}
        if all(said_of[repository]):
            repositories[repository]["processors"] = sorted({each for said in said_of[repository] for each in said})
    return {"registries": distinct, "repositories": repositories}


def domains(text: str) -> dict[str, str]:
    """The domain of each region that has one of its own. Raises ValueError where the module no longer says so."""
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "ALTERNATE_DOMAINS":
            return {"": "amazonaws.com", **ast.literal_eval(statement.value)}
    raise ValueError("no ALTERNATE_DOMAINS")


def tables_of(wheel: Wheel) -> dict[str, Any]:
    """The tables of sagemaker-core, by name."""
    names = sorted(name for name in wheel.names() if name.startswith(TABLES) and name.endswith(".json"))
    return {name.removeprefix(TABLES): json.loads(wheel.text(name)) for name in names}


def make(arguments: argparse.Namespace) -> Mapping[Path, Mapping[str, Any]]:
    """The data of the file."""
    with wheels("sagemaker-core" if arguments.newest else PINNED, folder=arguments.wheels) as (wheel,):
        data = {
            "$comment": "Made by tools/aws_images.py, which says what each key means. Not to be edited.",
            "asOf": AS_OF,
            "source": [f"{wheel.url} ({TABLES})"],
            "domains": domains(wheel.text(DOMAINS)),
            **images(tables_of(wheel)),
        }
    return {PLATFORMS / "sagemaker" / "data" / "images.json": data}


if __name__ == "__main__":
    sys.exit(run(__doc__, make))

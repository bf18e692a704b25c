"""Where the JSON Schemas are.

The schemas of Pulumi's own files, and the parts that projects share, come with poolgate. A project brings its own:
`schemas/<project name>.schema.json` in its folder or the nearest folder above that has one.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from poolgate.errors import PoolgateError
from poolgate.files import is_file

SCHEMAS: Final = "schemas"
"""The folder that the schemas of projects lie in, by convention."""
SUFFIX: Final = ".schema.json"


@cache
def packaged_folder() -> Path:
    """The folder of the schemas that come with poolgate, in an installed wheel and in a checkout alike.

    Raises PoolgateError when the installation is incomplete.
    """
    package = Path(__file__).resolve().parents[1]
    candidates = (package / "schemas", package.parents[1] / "schemas")
    for folder in candidates:
        if (folder / f"pulumi-project{SUFFIX}").is_file():
            return folder
    raise PoolgateError(f"poolgate's schemas are missing; looked in {', '.join(map(str, candidates))}")


@cache
def packaged(name: str) -> Path:
    """The file of one of poolgate's own schemas, such as "pulumi-stack"."""
    return packaged_folder() / f"{name}{SUFFIX}"


def find_project_schema(folder: Path, project: str) -> Path | None:
    """The schema of a project's configuration, if it has one: the nearest from its folder upwards."""
    if not project or "/" in project:
        return None
    here = folder.absolute()
    candidates = (around / SCHEMAS / f"{project}{SUFFIX}" for around in (here, *here.parents))
    return next((file for file in candidates if is_file(file)), None)


def referred_file(file: Path, name: str) -> Path | None:
    """The file that a schema in a file means by a plain name: one beside it, else one of poolgate's own."""
    candidates = (folder / name for folder in (file.parent, packaged_folder()))
    return next((target for target in candidates if target.name == name and is_file(target)), None)

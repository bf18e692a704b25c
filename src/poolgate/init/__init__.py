"""`poolgate init`: what a repository needs so that its pools are judged, written into a repository that is not ours.

Nothing is overwritten unless that is asked for, and a second run changes nothing.
"""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Any, Final

from inference_pools import platforms, rule_sets
from inference_pools.judged import platforms_judged
from inference_pools.policy_config import PLATFORMS_KEY
from inference_pools.rule import Scope
from inference_pools.rules import ALL
from inference_pools.version import PACK_VERSION, __version__
from poolgate import config_file
from poolgate.errors import NothingMatchedError, UsageError
from poolgate.files import is_file, read_text, relative_to_here, write_atomically
from poolgate.init.outlook import one_cloud
from poolgate.init.platform_parts import shared_files
from poolgate.init.schema_draft import draft
from poolgate.lint import editor_schema, poolgate_yaml
from poolgate.lint.document import YamlError
from poolgate.lint.project import Project, find_projects, load_project
from poolgate.lint.schema_files import SCHEMAS, find_project_schema, packaged_folder
from poolgate.lint.schema_store import Schema, load_schema

SETTINGS_FILE: Final = "poolgate.yaml"
POOL: Final = "pool.schema.json"
"""The parts that are there for every project's schema, also when its draft has no use for them yet."""
CI_SYSTEMS: Final[Mapping[str, tuple[str, str]]] = {
    "github": (".github/workflows/poolgate.yml", "github.yml.txt"),
    "azure": ("azure-pipelines-poolgate.yml", "azure-pipelines.yml.txt"),
    "gitlab": (".gitlab/poolgate.gitlab-ci.yml", "gitlab-ci.yml.txt"),
}
"""Where each system's file lies in a repository, and the template of it."""


class Fate(StrEnum):
    """What became of a file."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    """It was there with another content, which was left as it is."""
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Planned:
    """A file to write, and what it is for."""

    path: Path
    text: str
    purpose: str


def plan(folder: Path, *, profile: str, ci: str | None, pack: str = "policies") -> list[Planned]:
    """The files that a repository lacks. `folder` holds one Pulumi project or several.

    Raises NothingMatchedError when it holds none, UsageError when a project's files cannot be read, or when its name
    is none that Pulumi takes.
    """
    projects = projects_of(folder)
    clouds = one_cloud(projects)
    vendor = next((platform.facts.vendor for platform in platforms.known() if platform.name in clouds), "")
    planned = [
        *_pack(folder / pack, folder, profile, clouds),
        *_schemas(folder, projects),
        Planned(folder / SETTINGS_FILE, _settings(profile, pack, vendor), "what poolgate reads first"),
        *(_ci(folder, projects, ci, pack) if ci else ()),
    ]
    by_path: dict[Path, Planned] = {}
    for file in planned:
        by_path.setdefault(file.path, file)  # what is planned twice is no file that was there
    return list(by_path.values())


def projects_of(folder: Path) -> list[Project]:
    """The projects that are deployed: no template for `pulumi new`, and none that poolgate.yaml leaves out."""
    settings = poolgate_yaml.find([folder])
    left_out = config_file.left_out(config_file.load(settings) if settings else None)
    loaded = [_loaded(found) for found in find_projects(folder, left_out=left_out)]
    projects = [project for project in loaded if not project.is_template]
    for project in projects:
        if not _NAME.fullmatch(project.name):
            raise YamlError(
                "expected a project name of up to 100 letters, digits, hyphens, underscores and periods: "
                "the files of its schemas are called so",
                file=project.file,
                position=project.document.nearest_position(("name",)),
            )
    if not projects:
        raise NothingMatchedError(f"no Pulumi.yaml under {folder}")
    return projects


def next_steps(folder: Path, *, ci: str | None, pack: str = "policies") -> Iterator[str]:
    """What is to be done once the files are there, a line each."""
    projects = projects_of(folder)
    here = shlex.quote(relative_to_here(folder))
    others = [project for project in projects if project.runtime != PYTHON]
    if len(others) < len(projects):
        yield f"poolgate check --install {here}  # judges the programs as they are now"
    else:
        yield f"poolgate lint {here}  # judges the configuration; no program here is in Python"
    for project in others:
        where = relative_to_here(project.directory)
        yield (
            f"{where} is a {project.runtime or 'nameless'} program: `check` lints its configuration; to judge what it "
            f"makes, install its packages and run `poolgate preview {shlex.quote(where)}`"
        )
    shown = relative_to_here(folder / pack)
    yield f"look through {shown}/policy-config.json and schemas/: they take what is there now; make them stricter"
    if ".dev" in __version__:
        yield f"say in {shown}/requirements.txt where poolgate comes from: no package index has {__version__}"
    if ci:
        yield f"commit the files: {CI_SYSTEMS[ci][0]} judges every change. {_AFTER_COMMIT[ci]}"


PYTHON: Final = "python"
_AFTER_COMMIT: Final[Mapping[str, str]] = {
    "github": "Its job `gate` is off until the repository's variable POOLGATE_GATE is on.",
    "azure": "Create a pipeline from it; its job `gate` is off until the pipeline's variable poolgateGate is on.",
    "gitlab": "Include it from .gitlab-ci.yml; its job `poolgate:gate` is off until the variable POOLGATE_GATE is on.",
}


def carry_out(planned: Sequence[Planned], may_replace: Callable[[Path], bool]) -> Iterator[tuple[Planned, Fate]]:
    """Writes the files, each whole or not at all. `may_replace` is asked for each that is there and differs."""
    for file in planned:
        exists = file.path.exists()
        if exists and read_text(file.path) == file.text:
            yield file, Fate.UNCHANGED
        elif exists and not may_replace(file.path):
            yield file, Fate.KEPT
        else:
            write_atomically(file.path, file.text)
            yield file, Fate.REPLACED if exists else Fate.WRITTEN


def _loaded(folder: Path) -> Project:
    try:
        project = load_project(folder)
        _ = project.stacks
    except YamlError as error:
        raise UsageError(str(error)) from None
    return project


def filled(name: str, **values: str) -> str:
    """A file as it is written, with a value for each `@KEY@` in it."""
    text = (resources.files(__name__) / "templates" / name).read_text(encoding="utf-8")
    for key, value in reversed(values.items()):
        text = text.replace(f"@{key}@", value)
    return text


def _pack(folder: Path, root: Path, profile: str, clouds: Collection[str]) -> Iterator[Planned]:
    manifest, main, *rest = pack_frame(folder, root)
    yield from (
        manifest,
        main,
        Planned(folder / "own_rules.py", filled("own_rules.py.txt"), "rules of your own"),
        *rest,
    )
    config = json.dumps(of_clouds(rule_sets.profile(profile), clouds), indent=2) + "\n"
    yield Planned(folder / "policy-config.json", config, f"levels and options of the rules: the profile {profile}")


def of_clouds(config: Mapping[str, Any], clouds: Collection[str]) -> dict[str, Any]:
    """What a policy config says of rules that judge anything on some platforms; all of it where none is named."""
    judging = {rule.id: {one.name for one in platforms_judged(rule)} for rule in ALL if rule.scope is not Scope.WAIVERS}
    kept = {}
    for key, said in config.items():
        if clouds and judging.get(key, set(clouds)).isdisjoint(clouds):
            continue
        if clouds and isinstance(said, Mapping) and PLATFORMS_KEY in said:
            there = {name: given for name, given in said[PLATFORMS_KEY].items() if name in clouds}
            said = {other: given for other, given in said.items() if other != PLATFORMS_KEY}
            said |= {PLATFORMS_KEY: there} if there else {}
        if said != {}:
            kept[key] = said
    return kept


def pack_frame(folder: Path, root: Path) -> Iterator[Planned]:
    """The files of a pack that serves own_rules.py beside poolgate's rules, without that file."""
    main = folder / "__main__.py"
    name = _name_in(main) or f"{root.resolve().name}-policies"
    manifest = (
        "description: The rules that this repository's inference pools are judged by.\n"
        f"version: {PACK_VERSION}\n"
        "runtime:\n  name: python\n  options:\n    toolchain: pip\n    virtualenv: venv\n"
    )
    yield Planned(folder / "PulumiPolicy.yaml", manifest, "the policy pack")
    yield Planned(main, filled("pack_main.py.txt", NAME=name), "what the engine starts")
    yield Planned(folder / "requirements.txt", _requirements(), "what the pack needs")
    yield Planned(folder / ".gitignore", "venv/\n__pycache__/\n", "what is not committed")


def _name_in(main: Path) -> str:
    """The name of the pack that is there: a clone may lie in a folder that is called otherwise; "" where none is."""
    named = _PACK_NAME.search(read_text(main)) if is_file(main) else None
    return named["name"] if named else ""


def _requirements() -> str:
    """What the pack needs. A version that is on no index has to be said where to come from, in CI as well."""
    pin = f"poolgate=={__version__}\n"
    if ".dev" not in __version__:
        return pin
    return (
        "# A development version is on no package index: build its wheel and let PIP_FIND_LINKS name the folder, or\n"
        "# name a commit here: poolgate @ git+https://HOST/OWNER/poolgate@COMMIT\n" + pin
    )


def _schemas(root: Path, projects: Sequence[Project]) -> Iterator[Planned]:
    """The schema of each project, beside all of them; of several that have one name each has its own beside itself."""
    shared: dict[Path, set[str]] = {}
    names = Counter(project.name for project in projects)
    for project in projects:
        home = root if names[project.name] == 1 else project.directory
        folder = home / SCHEMAS
        if not project.stack_files or not _is_ours(project, folder):
            continue
        file = folder / f"{project.name}.schema.json"
        drafted_schema = draft(project)
        shared.setdefault(folder, {POOL}).update(shared_files(drafted_schema))
        yield Planned(file, _json(drafted_schema), f"what a stack of {project.name} configures")
        schema = load_schema(file) if is_file(file) else Schema(file, drafted_schema)
        whole = editor_schema.as_text(editor_schema.editor_schema(project, schema))
        yield Planned(home / editor_schema.file_of(project.name), whole, "a whole file of such a stack, for editors")
    for folder, files in shared.items():
        for name in sorted(files):
            parts = (packaged_folder() / name).read_text(encoding="utf-8")
            yield Planned(folder / name, parts, "the parts that schemas share, for editors")


def _is_ours(project: Project, folder: Path) -> bool:
    """Whether the project has no schema elsewhere already."""
    found = find_project_schema(project.directory, project.name)
    return found is None or found.parent.resolve() == folder.resolve()


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _settings(profile: str, pack: str, vendor: str) -> str:
    """`vendor` is the one for whose cloud the policy config has what the profile says; "" for all of it."""
    part = (
        f", as far as it is for {vendor}; `poolgate policy-config --profile {profile}` has all of it" if vendor else ""
    )
    return (
        f"# What poolgate reads first; `poolgate schema poolgate` describes it.\n"
        f"# The policy config is the profile {profile}{part}.\n"
        f"policyConfig: {pack}/policy-config.json\n"
        f'ruleSet: "{rule_sets.newest(ALL)}" # rules that come later wait until this names their version\n'
        f"policyPack: {pack}\n"
        f"rules: [{pack}/own_rules.py]\n"
    )


def likely_ci(folder: Path) -> str:
    """The system that a repository's changes are probably checked by, as its remote and its files suggest."""
    repository = _repository_of(folder)
    config = repository / ".git" / "config"
    remotes = config.read_text(encoding="utf-8", errors="replace") if config.is_file() else ""
    for system, sign, host in (
        ("gitlab", ".gitlab-ci.yml", "gitlab"),
        ("azure", "azure-pipelines.yml", "dev.azure.com"),
    ):
        if (repository / sign).exists() or host in remotes:
            return system
    return "github"


def _ci(folder: Path, projects: Sequence[Project], system: str, pack: str) -> Iterator[Planned]:
    target, template = CI_SYSTEMS[system]
    repository = _repository_of(folder)
    inside = folder.resolve().relative_to(repository.resolve()).as_posix()
    stacks = [
        _MATRIX_ENTRIES[system].format(
            name=re.sub(r"\W+", "_", f"{project.name}_{stack}"),
            project=json.dumps(project.directory.resolve().relative_to(folder.resolve()).as_posix()),
            stack=json.dumps(stack),
        )
        for project in projects
        for stack in project.stack_files or ("dev",)
    ]
    for name in (inside, pack):
        if not _PLAIN.fullmatch(name):
            raise UsageError(f"a CI file cannot name the folder {name!r}; leave it out with --ci none")
    text = filled(
        template,
        FOLDER=inside,
        PACK=pack,
        STACKS="".join(stacks).rstrip("\n"),
        CHECK="check --install" if any(project.runtime == PYTHON for project in projects) else "lint",
        PREVIEWS="".join(_previews(folder, projects, system)).rstrip("\n"),
    )
    yield Planned(repository / target, text, f"the check of a change, on {system}")


_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")
"""What Pulumi takes for a project's name; no path, whatever a Pulumi.yaml says."""

_PACK_NAME: Final = re.compile(r'^serve\(.*, name="(?P<name>[\w.-]+)"\)$', re.MULTILINE)

_PLAIN: Final = re.compile(r"[\w./+ -]+")
"""What a folder may be called that stands in a CI file as it is, in YAML and in a shell's quotes."""


def _previews(folder: Path, projects: Sequence[Project], system: str) -> Iterator[str]:
    """The steps that preview: one for all projects, or one for each in Python where there are others beside them.

    Those need packages and providers of their own, and are no reason for a change to fail.
    """
    ours = [project for project in projects if project.runtime == PYTHON]
    if len(ours) == len(projects):
        yield _PREVIEWS[system].format(path=".", what="with the real engine, in the sandbox")
        return
    others = ", ".join(sorted(_inside(project, folder) for project in projects if project not in ours))
    yield _COMMENTS[system].format(others=others)
    for project in ours:
        path = _inside(project, folder)
        yield _PREVIEWS[system].format(path=shlex.quote(path), what=f"{path} with the real engine")


def _inside(project: Project, folder: Path) -> str:
    path = project.directory.resolve().relative_to(folder.resolve()).as_posix()
    if not _PLAIN.fullmatch(path):
        raise UsageError(f"a CI file cannot name the folder {path!r}; leave it out with --ci none")
    return path


_COMMENTS: Final[Mapping[str, str]] = {
    "github": "      # Programs of other languages ({others}) are linted; to judge them, install what they need, then\n"
    "      # `poolgate preview FOLDER`.\n",
    "azure": "      # Programs of other languages ({others}) are linted; to judge them, install what they need, then\n"
    "      # `poolgate preview FOLDER`.\n",
    "gitlab": "    # Programs of other languages ({others}) are linted; to judge them, install what they need, then\n"
    "    # `poolgate preview FOLDER`.\n",
}
_PREVIEWS: Final[Mapping[str, str]] = {
    "github": "      - name: Preview {what}\n        if: success() || failure()\n"
    "        run: poolgate preview {path}\n",
    "azure": "      - script: poolgate preview {path}\n        displayName: Preview {what}\n"
    "        workingDirectory: @FOLDER@\n        condition: succeededOrFailed()\n",
    "gitlab": "    - poolgate preview {path}\n",
}
_MATRIX_ENTRIES: Final[Mapping[str, str]] = {
    "github": "          - {{ project: {project}, stack: {stack} }}\n",
    "azure": "        {name}: {{ project: {project}, stack: {stack} }}\n",
    "gitlab": "      - {{ PROJECT: {project}, STACK: {stack} }}\n",
}


def _repository_of(folder: Path) -> Path:
    """The folder around it that is a repository, where CI files are looked for; itself when there is none."""
    here = folder.absolute()
    return next((around for around in (here, *here.parents) if (around / ".git").exists()), folder)

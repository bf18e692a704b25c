"""`poolgate doctor`: what is installed, what was found, what would be judged and by which settings.

It only reads: no interpreter of a project is started, so that it can be run in anyone's repository, and what a virtual
environment holds is told by the metadata in it. Of poolgate's own and the engine's variables only the names are shown.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING, Final

from inference_pools import beside
from inference_pools.runner import enabled
from inference_pools.version import __version__
from poolgate.errors import NothingMatchedError, PoolgateError, UsageError
from poolgate.files import cache_directory, is_file, relative_to_here
from poolgate.findings import Tally
from poolgate.lint.project import Project, load_project
from poolgate.lint.run import pass_over_files, project_folders
from poolgate.lint.schema_lint import LintOptions
from poolgate.lint.yaml_reader import read_yaml
from poolgate.sandbox.engine import Engine, find_engine, how_to_get_one, newer_than_tested
from poolgate.sandbox.environments import (
    EnvironmentMissingError,
    OptionsError,
    PythonOptions,
    ambient_python,
    existing,
    missing_message,
    read_options,
)
from poolgate.sources.judged_stacks import TEMPLATE, names_of, why_not_in_process
from poolgate.sources.languages import cannot_run

if TYPE_CHECKING:
    from poolgate.rule_set import RuleSet

SCHEMA_VERSION: Final = "1.0"
IN_THE_WAY: Final = 1
BROKEN: Final = 2
PACK: Final = "policies"
"""Where a policy pack lies by convention: that is what `init` writes."""
_OWN_PACKAGES: Final = ("pulumi", "grpcio", "protobuf", "PyYAML", "jsonschema")
_SDKS: Final = ("pulumi-azure-native", "pulumi-aws", "pulumi-aws-native", "pulumi-gcp")
_PACKAGES: Final = ("pulumi", *_SDKS, "pulumi-policy")
_TOOLS: Final = ("uv", "poetry", "git")
_PYTHON_HOST: Final = "pulumi-language-python"
_PREFIXES: Final = ("POOLGATE_", "PULUMI_", "ARM_", "AZURE_")
_FURTHER: Final = ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "PYTHONPATH", "XDG_CACHE_HOME")


@dataclass(frozen=True, slots=True)
class Problem:
    """What stands in the way, and what to do. `code` is what it alone makes poolgate exit with, 2 for broken config."""

    what: str
    remedy: str = ""
    code: int = IN_THE_WAY


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment as it lies there. `state` is ready, missing, incomplete or not told."""

    toolchain: str
    path: str
    state: str
    python: str = ""
    packages: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProjectSeen:
    """A project, and what would be done with it. `judged_by` names the commands that judge what its program makes."""

    name: str
    file: str
    runtime: str
    stacks: tuple[str, ...]
    schema: str | None
    judged_by: tuple[str, ...]
    passed_over: str = ""
    environment: Environment | None = None


@dataclass(slots=True)
class Diagnosis:
    """All that was seen. Paths are as one would type them here."""

    machine: dict[str, str | None] = field(default_factory=dict)
    engine: dict[str, str | bool | None] = field(default_factory=dict)
    files: dict[str, str | None] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    variables: list[str] = field(default_factory=list)
    projects: list[ProjectSeen] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    pack_environment: Environment | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 where nothing stands in the way."""
        return max((problem.code for problem in self.problems), default=0)


@dataclass(frozen=True, slots=True)
class Given:
    """What there is to look at: paths, and what poolgate.yaml and the variables of the environment name.

    `load_rules` and `load_waivers` raise UsageError for what cannot be used.
    """

    paths: Sequence[Path]
    lint_options: LintOptions
    config_file: Path | None
    policy_config: Path | None
    waivers: Path | None
    owners: Path | None
    policy_pack: Path | None
    own_rules: Sequence[Path]
    settings: Mapping[str, str]
    """What the settings are, by name, of those that are set."""
    load_rules: Callable[[], RuleSet]
    load_waivers: Callable[[], object]


def diagnose(given: Given, environ: Mapping[str, str] = os.environ) -> Diagnosis:
    """Looks at all there is. What cannot be used is a problem of the diagnosis, and raises nothing."""
    seen = Diagnosis()
    seen.machine = _machine()
    _look_at_engine(seen)
    seen.variables = sorted(name for name in environ if name.startswith(_PREFIXES) or name in _FURTHER)
    _look_at_files(seen, given)
    _look_at_settings(seen, given)
    _look_at_projects(seen, given)
    _look_at_pack(seen, given, environ)
    return seen


def _machine() -> dict[str, str | None]:
    return {
        "poolgate": __version__,
        "python": platform.python_version(),
        "interpreter": sys.executable,
        "system": f"{platform.system()} {platform.machine()}",
        **{name: _version(name, sys.path) for name in _OWN_PACKAGES},
        **{tool: shutil.which(tool) for tool in _TOOLS},
    }


def _version(distribution: str, path: Sequence[str]) -> str | None:
    return next((found.version for found in distributions(name=distribution, path=list(path))), None)


def _look_at_engine(seen: Diagnosis) -> None:
    said: list[str] = []
    engine: Engine | None = None
    try:
        engine = find_engine(said.append)
    except UsageError as error:
        seen.problems.append(
            Problem(str(error), "Let POOLGATE_ENGINE name a pulumi that is supported, or unset it.", 2)
        )
    host = _host_of(engine)
    if engine is None:
        get = how_to_get_one()
        seen.engine = {"path": None, "passed_over": "; ".join(said) or None, "remedy": get, "language_host": host}
        return
    seen.engine = {
        "path": str(engine.path),
        "version": engine.version,
        "found_by": engine.origin,
        "newer_than_tested": newer_than_tested(engine),
        "passed_over": "; ".join(said) or None,
        "language_host": host,
    }


def _host_of(engine: Engine | None) -> str | None:
    """The official host of Python programs, as the engine looks for it; `poolgate preview` brings its own."""
    beside_it = engine.path.resolve().parent / _PYTHON_HOST if engine else None
    return str(beside_it) if beside_it and beside_it.is_file() else shutil.which(_PYTHON_HOST)


def _look_at_files(seen: Diagnosis, given: Given) -> None:
    named = {
        "poolgate.yaml": given.config_file,
        "policy config": given.policy_config,
        "waivers": given.waivers,
        "owners": given.owners,
        "policy pack": _pack(given),
    }
    seen.files = {name: relative_to_here(file) if file else None for name, file in named.items()}
    for number, file in enumerate(given.own_rules):
        seen.files[f"own rules {number + 1}"] = relative_to_here(file)
        if not is_file(file):
            seen.problems.append(Problem(f"{relative_to_here(file)}: there is no such file", _NAMED_RULES, BROKEN))


_NAMED_RULES: Final = "Mend `rules` of poolgate.yaml, or POOLGATE_RULES."


def _pack(given: Given) -> Path | None:
    if given.policy_pack is not None:
        return given.policy_pack
    root = given.config_file.parent if given.config_file else Path()
    return root / PACK if is_file(root / PACK / "PulumiPolicy.yaml") else None


def _look_at_settings(seen: Diagnosis, given: Given) -> None:
    seen.settings = dict(given.settings)
    try:
        rules = given.load_rules()
        running = sum(1 for _ in enabled(rules.settings))
        seen.settings["rules"] = f"{running} of {len(rules.settings)} run"
    except PoolgateError as error:
        seen.problems.append(Problem(str(error), "Mend the policy config, or what names it.", error.exit_code))
    try:
        given.load_waivers()
    except PoolgateError as error:
        seen.problems.append(Problem(str(error), "`poolgate waivers lint` tells all that is wrong with it.", BROKEN))


def _look_at_projects(seen: Diagnosis, given: Given) -> None:
    tally = Tally()
    folders: list[Path] = []
    try:
        folders = project_folders(given.paths, tally, given.lint_options.left_out)
    except NothingMatchedError as error:
        seen.problems.append(Problem(str(error), "Name the folder that your Pulumi projects are in."))
    except UsageError as error:
        seen.problems.append(Problem(str(error), "", BROKEN))
    for folder in folders:
        try:
            project = load_project(folder)
        except PoolgateError as error:
            seen.problems.append(Problem(str(error), "`poolgate lint` shows the line.", BROKEN))
            continue
        pass_over_files(tally, project)
        seen.projects.append(_project(seen, project, given.lint_options))
    seen.passed_over = [f"{each.kind} {each.name}: {each.why}" for each in tally.passed_over]


def _project(seen: Diagnosis, project: Project, options: LintOptions) -> ProjectSeen:
    schema = options.schema_of(project)
    told = partial(
        ProjectSeen,
        project.name,
        relative_to_here(project.file),
        project.runtime,
        tuple(names_of(project)),
        relative_to_here(schema) if schema else None,
    )
    if project.is_template:
        return told((), TEMPLATE)
    if project.runtime != "python":
        why = cannot_run(project) if project.runtime else why_not_in_process(project)
        return told((), why) if why else told(("preview",))
    return told(("check", "preview"), "", _environment(seen, project))


def _environment(seen: Diagnosis, project: Project) -> Environment | None:
    try:
        options = read_options(project.directory, project.runtime_options, project.main, ask_poetry=False)
        return _of_options(seen, options, project.directory, "Pulumi.yaml", _PACKAGES[:2])
    except OptionsError as error:
        seen.problems.append(Problem(str(error), "Mend `runtime` of Pulumi.yaml.", BROKEN))
    except EnvironmentMissingError as error:
        seen.problems.append(Problem(f"{project.name}: {error}"))
    return None


def _of_options(
    seen: Diagnosis, options: PythonOptions, folder: Path, manifest: str, needed: Sequence[str]
) -> Environment:
    shown = relative_to_here(folder / manifest)
    if options.virtualenv is None:
        return _ambient(ambient_python())
    found = existing(folder, options, cache_directory())
    if found is None and options.toolchain == "poetry":
        return Environment("poetry", "", "not told", "poetry keeps it: `poetry env info --path` says where")
    if found is None:
        problem = f"{shown}: {missing_message(options, folder, manifest)}"
        seen.problems.append(Problem(problem))
        return Environment(options.toolchain, relative_to_here(options.virtualenv), "missing")
    packages = _packages_in(found)
    lacking = [name for name in needed[:1] if packages[name] is None]
    if lacking:
        what = f"{shown}: its environment {relative_to_here(found)} has no {lacking[0]}"
        seen.problems.append(Problem(what, f"(cd {relative_to_here(folder)} && pulumi install)"))
    state = "incomplete" if lacking else "ready"
    return Environment(options.toolchain, relative_to_here(found), state, _python_of(found), packages)


def _ambient(python: Path) -> Environment:
    """The interpreter on PATH. Only where it is that of an environment is it known, without running it, what it has."""
    around = python.parent.parent
    if not is_file(around / "pyvenv.cfg"):
        return Environment("pip", str(python), "not told", "the python3 on PATH: no virtualenv is named")
    return Environment("pip", str(python), "ready", _python_of(around), _packages_in(around))


def _packages_in(virtualenv: Path) -> dict[str, str | None]:
    path = [str(folder) for folder in sorted(virtualenv.glob("lib*/python*/site-packages"))]
    return {name: _version(name, path) for name in _PACKAGES}


def _python_of(virtualenv: Path) -> str:
    try:
        lines = (virtualenv / "pyvenv.cfg").read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    said = dict(line.replace(" ", "").split("=", 1) for line in lines if "=" in line)
    return said.get("version") or said.get("version_info") or ""


def _look_at_pack(seen: Diagnosis, given: Given, environ: Mapping[str, str]) -> None:
    pack = _pack(given)
    if pack is None:
        return
    manifest = pack / "PulumiPolicy.yaml"
    if not is_file(manifest):
        what = f"{relative_to_here(pack)}: there is no policy pack (PulumiPolicy.yaml)"
        seen.problems.append(Problem(what, "Mend `policyPack` of poolgate.yaml, or POOLGATE_POLICY_PACK.", BROKEN))
        return
    found = beside.find(pack.absolute(), environ)
    if found.problem is not None:
        seen.problems.append(Problem(f"the gate: {found.problem}", "Mend what names it.", BROKEN))
    elif told := found.told(is_configured=False):
        seen.settings["gate"] = told
    try:
        value = read_yaml(manifest).value
        runtime = value.get("runtime") if isinstance(value, dict) else None
        options = runtime.get("options") if isinstance(runtime, dict) else None
        read = read_options(pack, options if isinstance(options, dict) else {}, ask_poetry=False)
        seen.pack_environment = _of_options(seen, read, pack, "PulumiPolicy.yaml", ("pulumi-policy",))
    except PoolgateError as error:
        seen.problems.append(Problem(str(error), "`poolgate lint` shows the line.", BROKEN))


# ---------------------------------------------------------------------------------------------------------------
# How it is told
# ---------------------------------------------------------------------------------------------------------------


def as_json(seen: Diagnosis) -> str:
    """The diagnosis for a support ticket."""
    tree = {"schema_version": SCHEMA_VERSION, "exit_code": seen.exit_code, **asdict(seen)}
    return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"


def as_text(seen: Diagnosis) -> Iterator[str]:
    """The diagnosis, a line each, what stands in the way last."""
    yield from _section("installed", _pairs(seen.machine))
    yield from _section("engine (for preview, sandbox and the gate)", _engine_lines(seen.engine))
    yield from _section("files", _pairs(seen.files))
    yield from _section("settings", _pairs(seen.settings))
    yield from _section("variables that are set (their values are not shown)", seen.variables or ("none",))
    yield from _section(
        "would be judged", [line for one in seen.projects for line in _project_lines(one)] or ("nothing",)
    )
    if seen.pack_environment is not None:
        yield from _section("policy pack", [_environment_line(seen.pack_environment)])
    if seen.passed_over:
        yield from _section("passed over", seen.passed_over)
    if not seen.problems:
        yield "nothing stands in the way"
        return
    yield f"{len(seen.problems)} in the way:"
    for problem in seen.problems:
        yield f"  - {problem.what}"
        if problem.remedy:
            yield f"    fix: {problem.remedy}"


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"{title}:"
    yield from (f"  {line}" for line in lines)
    yield ""


def _pairs(values: Mapping[str, str | None]) -> Iterator[str]:
    width = max(map(len, values), default=0)
    for name, value in values.items():
        yield f"{name.ljust(width)}  {value or '-'}"


def _engine_lines(engine: Mapping[str, str | bool | None]) -> Iterator[str]:
    if engine["path"] is None:
        yield f"none; {engine['remedy']}"
        yield "check, lint and audit need none"
    else:
        newer = ", newer than what poolgate is tested with" if engine["newer_than_tested"] else ", supported"
        yield f"pulumi {engine['version']} at {engine['path']} (by {engine['found_by']}{newer})"
    if engine["passed_over"]:
        yield str(engine["passed_over"])
    host = engine["language_host"]
    yield f"{_PYTHON_HOST}: {host or 'none; preview and sandbox bring their own, `pulumi preview` by itself needs it'}"


def _project_lines(one: ProjectSeen) -> Iterator[str]:
    count = len(one.stacks)
    by = f"by {' and '.join(one.judged_by)}" if one.judged_by else "by lint only"
    yield f"{one.name} ({one.file}), {one.runtime or 'no runtime'}: {count} {'stack' if count == 1 else 'stacks'}, {by}"
    yield f"  stacks: {', '.join(one.stacks)}"
    if one.passed_over:
        yield f"  the program is not judged: it {one.passed_over}"
    yield (
        f"  schema: {one.schema}"
        if one.schema
        else "  schema: none, so that of the configuration only the form is judged"
    )
    if one.environment is not None:
        yield f"  environment: {_environment_line(one.environment)}"


def _environment_line(one: Environment) -> str:
    packages = ", ".join(f"{name} {version}" for name, version in one.packages.items() if version)
    details = ", ".join(part for part in (one.python and f"Python {one.python}", packages) if part)
    if one.state == "not told":
        details = one.python
    where = f" {one.path}" if one.path else ""
    return f"{one.toolchain}{where}: {one.state}{f' ({details})' if details else ''}"


def settings_named(arguments: Mapping[str, object], environ: Mapping[str, str]) -> dict[str, str]:
    """The settings that are in force, each with who said so. `arguments` are those of the command line, completed."""
    from poolgate.config_file import VARIABLES
    from poolgate.lint.poolgate_yaml import NAME

    told: dict[str, str] = {}
    for name in ("profile", "rule_set", "select", "ignore", "fail_on"):
        value = arguments.get(name)
        if value:
            by = VARIABLES[name] if environ.get(VARIABLES[name]) else NAME
            words = ", ".join(value) if isinstance(value, list) else str(value)
            told[name.replace("_", " ")] = f"{words} ({by})"
    return told

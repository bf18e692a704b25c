"""One stack's program, ready to be run in process with the stack's configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from poolgate.lint.project import ConfigEntry, Project, StackConfig
from poolgate.lint.yaml_reader import read_yaml
from poolgate.sandbox.project_files import SECRET_STAND_IN
from poolgate.sources.environment_values import NOTHING_GIVEN, EnvironmentValues, supplied

if TYPE_CHECKING:
    from poolgate.sources.program import ProgramRun


@dataclass(frozen=True)
class StackProgram:
    """A project's program for one of its stacks.

    `stack` is None for a stack that has no file. `timeout` is in seconds, for one run.
    """

    project: Project
    name: str
    stack: StackConfig | None
    timeout: float
    read_fixtures: Path | None = None
    environment: EnvironmentValues = NOTHING_GIVEN

    @classmethod
    def of(
        cls,
        project: Project,
        name: str,
        timeout: float,
        read_fixtures: Path | None = None,
        environment: EnvironmentValues = NOTHING_GIVEN,
    ) -> StackProgram:
        """The program for a stack of that name. Raises YamlError when the stack's file cannot be read."""
        file = project.stack_files.get(name)
        stack = StackConfig(name, file, read_yaml(file), project) if file else None
        return cls(project, name, stack, timeout, read_fixtures, environment)

    @property
    def entries(self) -> Mapping[str, ConfigEntry]:
        """The stack's configuration, with what the project declares; without what environments supply."""
        return self.stack.entries if self.stack else self.project.declared

    def run(self, config: Mapping[str, str] | None = None, timeout: float | None = None) -> ProgramRun:
        """Runs the program, with another configuration or another limit if one is given.

        For a secret the program gets the text that the sandbox gives it, too. Raises UsageError, with the way to
        make it, when the project has no virtual environment.
        """
        from poolgate.sources.program import run_program

        return run_program(
            self.project.directory,
            project=self.project.name,
            stack=self.name,
            config=self._supplied(config if config is not None else self._config()),
            secret_keys=self.stack.secret_keys if self.stack else (),
            hidden=self._declared_secrets,
            python=interpreter(self.project),
            program=self.project.main,
            timeout=timeout or self.timeout,
            read_fixtures=self.read_fixtures,
            after_check_failure="continue",
        )

    @property
    def hidden_texts(self) -> list[str]:
        """What stands in clear in the files and is declared a secret in Pulumi.yaml, defaults among it."""
        keys = self._declared_secrets
        return [entry.text(SECRET_STAND_IN) for key, entry in self.entries.items() if key in keys]

    @property
    def _declared_secrets(self) -> set[str]:
        project = self.project
        declared = project.declarations.items()
        return {
            *(project.qualified(key) for key, what in declared if isinstance(what, dict) and what.get("secret")),
            *self._secrets_of_the_schema,
        }

    @property
    def _secrets_of_the_schema(self) -> set[str]:
        """The keys with something in them that the project's schema calls a secret."""
        from poolgate.errors import UsageError
        from poolgate.lint.schema_files import find_project_schema
        from poolgate.lint.schema_store import load_schema

        file = find_project_schema(self.project.directory, self.project.name)
        if file is None or self.stack is None:
            return set()
        try:
            values = {key: entry.value for key, entry in self.entries.items()}
            return {str(path[0]) for path in load_schema(file).secrets_in(values) if path}
        except UsageError:  # The lint tells what is wrong with the schema.
            return set()

    def _supplied(self, config: Mapping[str, str]) -> Mapping[str, str]:
        values = self.environment.of(self.stack)
        return supplied(config, values, self.stack) if self.stack and values else config

    def _config(self) -> dict[str, str]:
        return {key: entry.text(SECRET_STAND_IN) for key, entry in sorted(self.entries.items())}


def interpreter(project: Project) -> Path:
    """The interpreter of a project's virtual environment. Raises EnvironmentMissingError when there is none."""
    from poolgate.files import cache_directory
    from poolgate.sandbox.environments import (
        EnvironmentMissingError,
        ambient_python,
        existing,
        missing_message,
        read_options,
    )

    options = read_options(project.directory, project.runtime_options, project.main)
    if options.virtualenv is None:
        return ambient_python()
    found = existing(project.directory, options, cache_directory())
    if found is None:
        raise EnvironmentMissingError(missing_message(options, project.directory, "Pulumi.yaml"))
    return found / "bin" / "python"


def install(project: Project, report: Callable[[str], None]) -> None:
    """Makes the virtual environment of a project's program where it is missing: in the cache, not in the project.

    Raises EnvironmentMissingError, with the way to make it, when that fails.
    """
    from poolgate.files import cache_directory
    from poolgate.sandbox.environments import ensure, read_options

    options = read_options(project.directory, project.runtime_options, project.main)
    ensure(project.directory, options, "Pulumi.yaml", cache_directory(), report)

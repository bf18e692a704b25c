"""What a repository keeps for its gate, found by the pack itself: the policy config, the waivers, the rule set
and the choice of rules.

`pulumi preview --policy-pack policies` then judges as `poolgate check` does, without a flag. A variable goes before
what poolgate.yaml names, and that before files of the usual names beside the pack. What is named and cannot be read is
an error: a gate that judges by something else than it was told must not look like one that passed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from inference_pools import owners_file, rule_sets, waivers_file
from inference_pools.owners_file import FILE_VARIABLE as OWNERS_VARIABLE
from inference_pools.owners_file import OwnersError
from inference_pools.path import Keys
from inference_pools.policy_config import POLICIES_KEY, ConfigError
from inference_pools.values import Json
from inference_pools.waivers import FILE_VARIABLE as WAIVERS_VARIABLE
from inference_pools.waivers_file import WaiversError

SETTINGS_FILE: Final = "poolgate.yaml"
SETTINGS_VARIABLE: Final = "POOLGATE_CONFIG"
CONFIG_VARIABLE: Final = "POOLGATE_POLICY_CONFIG"
PROFILE_VARIABLE: Final = "POOLGATE_PROFILE"
SELECT_VARIABLE: Final = "POOLGATE_SELECT"
IGNORE_VARIABLE: Final = "POOLGATE_IGNORE"
CONFIG_FILE: Final = "policy-config.json"
WAIVERS_FILE: Final = "waivers.yaml"
OWNERS_FILE: Final = "owners.yaml"


@dataclass(frozen=True, slots=True)
class Named:
    """A file, and what named it: a variable, poolgate.yaml, or the place where it lies."""

    file: Path
    by: str

    def __str__(self) -> str:
        return f"{self.file} ({self.by})"


class GivenError(ValueError):
    """A day, a set of rules or a former state by which nobody can judge."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What was found. None where there is nothing, or where a variable that is empty says so."""

    policy_config: Named | None = None
    waivers: Named | None = None
    profile: str | None = None
    rule_set: str | None = None
    select: tuple[str, ...] = ()
    """The rules to judge by, by id or by how it begins; none means all."""
    ignore: tuple[str, ...] = ()
    owners: Named | None = None
    problem: Exception | None = None
    """Why it cannot be told what to judge by: the engine is told when it configures the pack."""

    def config(self) -> Json:
        """The policy config that was found, as its file has it; an empty one where there is only a profile, or
        a file of owners; else None.

        Raises ConfigError for a file that cannot be read.
        """
        if self.policy_config is not None:
            text = _text(self.policy_config.file)
            try:
                read: Json = json.loads(text)
            except (ValueError, RecursionError):
                raise ConfigError("", f"{self.policy_config}: is no JSON") from None
            return read
        return {} if self.profile or self.owners else None

    def whom(self) -> dict[str, str]:
        """Whom labels mean, by the file of owners that was found. Raises ConfigError, with file, line and key."""
        if self.owners is None:
            return {}
        file = self.owners.file
        try:
            return owners_file.read(_text(file, OWNERS_VARIABLE)).labels
        except OwnersError as error:
            raise ConfigError("", f"{file}:{error.place[0]}:{error.place[1]}: {error}") from None

    def placed(self, error: ConfigError) -> ConfigError:
        """What is wrong with the policy config that was found, with its file and line: the engine knows neither."""
        if self.policy_config is None:
            return error
        file = self.policy_config.file
        line = _line_of(error.keys, _text(file)) if error.keys else None
        if error.keys and line is None:  # of a profile, for instance
            return error
        return ConfigError("", f"{file}:{line}: {error}" if line else f"{file}: {error}")

    def told(self, *, is_configured: bool, lowered: int = 0) -> str:
        """A line on what is judged by; "" where there is nothing to tell. `is_configured` says that the engine was
        given a policy config, which goes before what was found; `lowered`, how many rules block by default and not by
        that one.
        """
        found = []
        if is_configured:
            less = f", by which rules that block by default do not: {lowered}" if lowered else ""
            found.append(f"policy config as the engine was given it{less}")
        elif self.policy_config or self.profile:
            found.append(f"policy config {self.policy_config}" if self.policy_config else "no policy config")
            found += [f"profile {self.profile}"] if self.profile else []
        found += [f"owners {self.owners}"] if self.owners else []
        found += [f"waivers {self.waivers}"] if self.waivers else []
        found += [f"rule set {self.rule_set}"] if self.rule_set else []
        found += [f"only the rules {', '.join(self.select)}"] if self.select else []
        found += [f"not the rules {', '.join(self.ignore)}"] if self.ignore else []
        return "judged by: " + "; ".join(found) if found else ""


def find(folder: Path | None, environ: Mapping[str, str]) -> Beside:
    """What a pack in a folder is to judge by; only its `problem` where that is named by what cannot be read."""
    try:
        return _find(folder, environ)
    except ConfigError as error:
        return Beside(problem=error)


def _find(folder: Path | None, environ: Mapping[str, str]) -> Beside:
    settings = _settings_file(folder, environ)
    if settings is not None:
        found = _of_settings(settings)
    elif folder is not None:
        found = Beside(
            _lying(folder / CONFIG_FILE),
            _lying(folder / WAIVERS_FILE, folder.parent / WAIVERS_FILE),
            owners=_lying(folder / OWNERS_FILE, folder.parent / OWNERS_FILE),
        )
    else:
        found = Beside()
    return Beside(
        _by_variable(CONFIG_VARIABLE, environ, found.policy_config),
        _by_variable(WAIVERS_VARIABLE, environ, found.waivers),
        environ.get(PROFILE_VARIABLE, found.profile) or None,
        environ.get(rule_sets.PIN_VARIABLE, found.rule_set) or None,
        _listed(SELECT_VARIABLE, environ, found.select),
        _listed(IGNORE_VARIABLE, environ, found.ignore),
        _by_variable(OWNERS_VARIABLE, environ, found.owners),
    )


def from_elsewhere(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables with which a copy of the pack, in another place, judges by what lies around this folder.

    What lies in the folder is copied with it.
    """
    if environ.get(SETTINGS_VARIABLE):
        return {}
    settings = _settings_file(folder, environ)
    if settings is not None:
        return {SETTINGS_VARIABLE: str(settings)}
    around = {WAIVERS_VARIABLE: folder.parent / WAIVERS_FILE, OWNERS_VARIABLE: folder.parent / OWNERS_FILE}
    return {
        variable: str(file)
        for variable, file in around.items()
        if variable not in environ and not (folder / file.name).is_file() and file.is_file()
    }


def _listed(name: str, environ: Mapping[str, str], found: tuple[str, ...]) -> tuple[str, ...]:
    """A list with commas, in the variable if it is there."""
    if name not in environ:
        return found
    return tuple(part.strip() for part in environ[name].split(",") if part.strip())


def _by_variable(name: str, environ: Mapping[str, str], found: Named | None) -> Named | None:
    if name not in environ:
        return found
    return Named(Path(environ[name]), name) if environ[name] else None


def _settings_file(folder: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The poolgate.yaml that is named, else the nearest one above the pack within its repository and file system; a
    variable that is empty names none, and none is looked for.
    """
    if SETTINGS_VARIABLE in environ:
        if not environ[SETTINGS_VARIABLE]:
            return None
        named = Path(environ[SETTINGS_VARIABLE])
        if not named.is_absolute():
            raise ConfigError("", f"{SETTINGS_VARIABLE} is {str(named)!r}, expected an absolute path")
        return named
    return next((around / SETTINGS_FILE for around in _upwards(folder) if (around / SETTINGS_FILE).is_file()), None)


def _upwards(folder: Path | None) -> Iterator[Path]:
    device = folder.stat().st_dev if folder is not None else None
    for around in (folder, *folder.parents) if folder is not None else ():
        if around.stat().st_dev != device:
            return
        yield around
        if (around / ".git").exists():
            return


def _of_settings(file: Path) -> Beside:
    """What a poolgate.yaml says that concerns a gate."""
    try:
        value = waivers_file.tree_of(_text(file)).value
    except WaiversError as error:
        raise ConfigError("", ":".join(str(part) for part in (file, *(error.place or ()))) + f": {error}") from None
    if not isinstance(value, Mapping):
        value = {}  # an empty file

    def text(key: str) -> str | None:
        written = value.get(key)
        if written is not None and not isinstance(written, str):
            raise ConfigError(key, f"in {file}: expected text")
        return written

    def named(key: str) -> Named | None:
        written = text(key)
        return Named(file.parent / written, SETTINGS_FILE) if written else None

    def texts(key: str) -> tuple[str, ...]:
        written = value.get(key) or []
        if not isinstance(written, list) or not all(isinstance(one, str) for one in written):
            raise ConfigError(key, f"in {file}: expected a list of texts")
        return tuple(written)

    return Beside(
        named("policyConfig"),
        named("waivers"),
        text("profile"),
        text("ruleSet"),
        texts("select"),
        texts("ignore"),
        named("owners"),
    )


def _lying(*files: Path) -> Named | None:
    return next((Named(file, "beside the pack") for file in files if file.is_file()), None)


def _line_of(keys: Keys, text: str) -> int | None:
    """The line that keys lead to, or the innermost of them that is there; a rule's may stand under `policies`."""
    try:
        places = waivers_file.tree_of(text).keys
    except WaiversError:  # deeper or larger than that reader takes
        return None
    found = (places.get((*root, *keys[:count])) for count in range(len(keys), 0, -1) for root in ((), (POLICIES_KEY,)))
    return next((place[0] for place in found if place is not None), None)


def _text(file: Path, variable: str = CONFIG_VARIABLE) -> str:
    if not file.is_absolute():
        raise ConfigError("", f"{variable} is {str(file)!r}, expected an absolute path")
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError("", f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError("", f"{file}: is not UTF-8 text") from None

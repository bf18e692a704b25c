"""Finds, downloads or builds the real Pulumi engine (the `pulumi` command) that the sandbox runs.

In order: the path in POOLGATE_ENGINE; a `pulumi` of a supported version on PATH; the cache; the official
installer; a build of the newest release from its Go module, for networks where only package registries are
reachable. What is downloaded or built lands in `$XDG_CACHE_HOME/poolgate/engine/<version>/` (`~/.cache` by
default), never in the work tree.

`python -m poolgate.sandbox.engine` does it, says what it did, and prints the path; with a release as its argument it
gets that one into the cache, whatever else is at hand.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from poolgate.errors import PoolgateError, UsageError
from poolgate.files import cache_directory
from poolgate.sandbox.locks import locked
from poolgate.sandbox.processes import run_or_fail

Report = Callable[[str], None]
Version = tuple[int, int, int]


@dataclass(frozen=True)
class Release:
    """A release of the engine that poolgate is tested with, and can get."""

    version: str
    go: Version
    """What its go.mod asks for (source: github.com/pulumi/pulumi/pkg/v3@v<version>/go.mod)."""


RELEASES = (Release("3.255.0", (1, 25, 11)), Release("3.276.0", (1, 26, 6)))
"""The oldest and the newest that the tests of the sandbox run with."""

OLDEST, NEWEST = RELEASES
"""One older than the first is not accepted; the last is what is got where nothing else is said. A newer one of the same
major version is accepted, and said to be newer than tested."""

GO_THAT_GETS_ANOTHER: Version = (1, 21, 0)
"""From this one on Go gets the version that it is told to be (source: go.dev/doc/toolchain)."""

MODULES = Path(__file__).parent / "engine_module"
"""A Go module for each release, which pins it; package data, so that a wheel can build the engine as well."""

_GO_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"

INSTALLER_ADDRESS = "https://get.pulumi.com/install.sh"

# Limits in seconds: no wait here is open-ended.
VERSION_LIMIT = 30.0
CONNECT_LIMIT = 6.0
INSTALL_LIMIT = 600.0
TOOLCHAIN_LIMIT = 300.0
DOWNLOAD_LIMIT = 900.0
BUILD_LIMIT = 1800.0
LOCK_LIMIT = BUILD_LIMIT + DOWNLOAD_LIMIT + TOOLCHAIN_LIMIT + INSTALL_LIMIT
PROGRESS_SECONDS = 10.0


@dataclass(frozen=True)
class Engine:
    """A `pulumi` command that can be run."""

    path: Path
    version: str
    """Without the leading v, for example `3.255.0`."""
    origin: str
    """For people: `POOLGATE_ENGINE`, `PATH`, `cache`, `official installer` or `Go build`."""


def parse_version(text: str) -> Version:
    """Read what `pulumi version` prints: `v3.255.0`, also `v3.256.0-alpha.1+abc`; the suffix is ignored.

    Raises ValueError when the text holds no version.
    """
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", text.strip())
    if not found:
        raise ValueError(f"not a version: {text.strip()[:80]!r}")
    major, minor, patch = (int(part) for part in found.groups())
    return (major, minor, patch)


def spell(version: Version) -> str:
    """A version as text, for example `3.255.0`."""
    return ".".join(str(part) for part in version)


def is_supported(version: Version) -> bool:
    """Whether an engine of this version may be used: at least the oldest, and of its major version."""
    oldest = parse_version(OLDEST.version)
    return version >= oldest and version[0] == oldest[0]


def newer_than_tested(engine: Engine) -> bool:
    """Whether the engine is newer than any the sandbox was tested with; accepted, but worth saying."""
    return parse_version(engine.version) > parse_version(NEWEST.version)


def cached_engine_path(release: Release = NEWEST) -> Path:
    """Where an engine is, or will be, in the cache."""
    return cache_directory() / "engine" / release.version / "pulumi"


def engine_version(path: Path) -> Version:
    """Ask a `pulumi` command for its version.

    Raises PoolgateError when it does not run, does not answer within the limit, or prints no version.
    """
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = subprocess.run(
            [str(path), "version"],
            capture_output=True,
            text=True,
            timeout=VERSION_LIMIT,
            env=environment,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        return parse_version(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise PoolgateError(f"{path} does not work as a Pulumi engine: {error}") from error


def _engine_from_variable() -> Engine | None:
    named = os.environ.get("POOLGATE_ENGINE")
    if not named:
        return None
    path = Path(named)
    if not path.is_file() or not os.access(path, os.X_OK):
        raise UsageError(f"POOLGATE_ENGINE names {named}, which is not an executable file")
    try:
        version = engine_version(path)
    except PoolgateError as error:
        raise UsageError(f"POOLGATE_ENGINE: {error}") from error
    if not is_supported(version):
        raise UsageError(
            f"POOLGATE_ENGINE names an engine of version {spell(version)}; "
            f"poolgate needs {OLDEST.version} or later, below {parse_version(OLDEST.version)[0] + 1}"
        )
    return Engine(path.absolute(), spell(version), "POOLGATE_ENGINE")


def _engine_from_path(report: Report) -> Engine | None:
    found = shutil.which("pulumi")
    if found is None:
        return None
    try:
        version = engine_version(Path(found))
    except PoolgateError as error:
        report(f"passing over {found}: {error}")
        return None
    if not is_supported(version):
        report(f"passing over {found}: version {spell(version)}, {OLDEST.version} or later is needed")
        return None
    return Engine(Path(found).absolute(), spell(version), "PATH")


def _engine_from_cache(release: Release = NEWEST) -> Engine | None:
    # Entries appear by one rename when they are complete and known to run: no need to run them here.
    path = cached_engine_path(release)
    return Engine(path, release.version, "cache") if os.access(path, os.X_OK) else None


def find_engine(report: Report | None = None) -> Engine | None:
    """The engine to use, if there is one already; downloads and builds nothing.

    Looks at POOLGATE_ENGINE, then PATH, then the cache. Raises UsageError when POOLGATE_ENGINE is set and
    does not name a supported engine.
    """
    return _engine_from_variable() or _engine_from_path(report or _silent) or _engine_from_cache()


def how_to_get_one() -> str:
    """The commands of who has no engine. By the Python that runs: the one on PATH need not have poolgate."""
    get = f"{shlex.quote(sys.executable)} -m poolgate.sandbox.engine"
    return f"`{get}` gets one, or put pulumi {OLDEST.version} or later on PATH"


def require_engine() -> Engine:
    """The engine to use; UsageError with the command that gets one when there is none."""
    engine = find_engine()
    if engine is None:
        raise UsageError(f"no Pulumi engine found: {how_to_get_one()}")
    return engine


def ensure_engine(report: Report, release: Release | None = None) -> Engine:
    """The engine to use; gets the newest release when there is none yet. `report` is told each step in time.

    With a `release` it is that one in the cache, whatever else is at hand. Raises UsageError for a bad POOLGATE_ENGINE,
    PoolgateError when neither the installer nor the build works; the message then has the reason for each.
    """
    wanted = release or NEWEST
    engine = _engine_from_cache(wanted) if release else find_engine(report)
    if engine is not None:
        return engine
    with locked(cache_directory() / "engine", report, limit=LOCK_LIMIT):
        # Another run may have got it while this one waited.
        return _engine_from_cache(wanted) or _get_engine(wanted, report)


def _get_engine(release: Release, report: Report) -> Engine:
    reasons: list[str] = []
    for origin, get in (("official installer", _install), ("Go build", _build)):
        try:
            get(release, report)
        except PoolgateError as error:
            reasons.append(f"{origin}: {error}")
            report(reasons[-1])
            continue
        return Engine(cached_engine_path(release), release.version, origin)
    raise PoolgateError("no Pulumi engine could be had:\n  " + "\n  ".join(reasons))


@contextmanager
def _staging() -> Iterator[Path]:
    """A folder in the cache's own file system: what is made there can be moved into place in one step."""
    root = cache_directory() / "engine"
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=root, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _publish(release: Release, made: Path) -> None:
    """Move a folder that holds a working `pulumi` into its place in the cache. Called under the lock."""
    version = engine_version(made / "pulumi")
    if spell(version) != release.version:
        raise PoolgateError(f"got version {spell(version)} where {release.version} was expected")
    target = cached_engine_path(release).parent
    if target.exists():
        shutil.rmtree(target)  # an entry without a working command: find_engine would have found it
    made.replace(target)


def _run_step(
    command: Sequence[str],
    *,
    what: str,
    limit: float,
    report: Report,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run one step with progress lines and a limit; PoolgateError with the last output when it fails."""
    report(f"{what} (at most {limit:.0f} s)")
    start = time.monotonic()
    run_or_fail(command, what=what, cwd=cwd, env=environment, limit=limit, every=PROGRESS_SECONDS, report=report)
    report(f"{what}: done in {time.monotonic() - start:.0f} s")


def installer_reachable(address: str = INSTALLER_ADDRESS, limit: float = CONNECT_LIMIT) -> bool:
    """Whether the official installer answers within `limit` seconds, name resolution included."""
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    answered = threading.Event()

    def ask() -> None:
        try:
            with urlopen(Request(address, method="HEAD"), timeout=limit) as response:
                reachable = response.status < 400
        except HTTPError as error:
            reachable = error.code == 405  # the server is there and merely dislikes HEAD
        except OSError:
            reachable = False
        if reachable:
            answered.set()

    # A thread, because no time-out of urlopen covers a resolver that does not answer.
    worker = threading.Thread(target=ask, daemon=True)
    worker.start()
    worker.join(limit)
    return answered.is_set()


_INSTALL_PROGRAM = """
import sys
from pulumi.automation import PulumiCommand
from semver import VersionInfo
PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]), skip_version_check=True)
"""


def _install(release: Release, report: Report) -> None:
    report(f"asking {INSTALLER_ADDRESS} (at most {CONNECT_LIMIT:.0f} s)")
    if not installer_reachable():
        raise PoolgateError(f"{INSTALLER_ADDRESS} cannot be reached from here")
    with _staging() as folder:
        # A process of its own: the SDK's install has no time-out, and this one can be ended.
        _run_step(
            [sys.executable, "-P", "-c", _INSTALL_PROGRAM, str(folder), release.version],
            what=f"downloading pulumi {release.version} with the official installer",
            limit=INSTALL_LIMIT,
            report=report,
            cwd=folder,
        )
        _publish(release, folder / "bin")


def _go(release: Release) -> tuple[str, str]:
    """The `go` command to build a release with, and the toolchain that it has to be: its own, else one that it gets."""
    needs = f"building pulumi needs Go {spell(release.go)} or later"
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if go is None:
        raise PoolgateError(f"{needs}, and there is no `go` on PATH (https://go.dev/dl)")
    asked = subprocess.run(
        [go, "env", "GOVERSION"],
        capture_output=True,
        text=True,
        timeout=VERSION_LIMIT,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "GOTOOLCHAIN": "local"},
    )
    try:
        version = parse_go_version(asked.stdout)
    except ValueError as error:
        raise PoolgateError(f"{go} does not say its version: {error}") from error
    if version >= release.go:
        return go, "local"
    if version < GO_THAT_GETS_ANOTHER:
        raise PoolgateError(f"{needs}, {go} is {spell(version)} and cannot get another")
    return go, f"go{spell(release.go)}"


def parse_go_version(text: str) -> Version:
    """Read what `go env GOVERSION` prints: `go1.26.8`, `go1.26` or `go1.26rc1`; ValueError otherwise."""
    found = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", text.strip())
    if not found:
        raise ValueError(f"not a Go version: {text.strip()[:80]!r}")
    major, minor, patch = (int(part or 0) for part in found.groups())
    return (major, minor, patch)


def _build(release: Release, report: Report) -> None:
    go, toolchain = _go(release)
    # No other toolchain than the one that is told, and the module files stay exactly as committed.
    environment = {
        **os.environ,
        "GOTOOLCHAIN": toolchain,
        "GOFLAGS": "-mod=readonly -buildvcs=false",
        "GOWORK": "off",
    }
    with _staging() as folder:
        module, made = folder / "module", folder / "made"
        shutil.copytree(MODULES / release.version, module, ignore=shutil.ignore_patterns("__pycache__"))
        made.mkdir()

        def step(command: Sequence[str], what: str, limit: float) -> None:
            _run_step(command, what=what, limit=limit, report=report, cwd=module, environment=environment)

        if toolchain != "local":
            step([go, "version"], f"getting Go {spell(release.go)} through the Go module proxy", TOOLCHAIN_LIMIT)
        step([go, "mod", "download"], "downloading the engine's Go modules", DOWNLOAD_LIMIT)
        build = [
            go,
            "build",
            "-trimpath",
            "-tags=osusergo,grpcnotrace",
            f"-ldflags=-s -w -X {_VERSION_VARIABLE}=v{release.version}",
            f"-o={made / 'pulumi'}",
            _GO_PACKAGE,
        ]
        step(build, f"building pulumi {release.version} with {go}", BUILD_LIMIT)
        _publish(release, made)


def _silent(_message: str) -> None:
    """A report that nobody reads."""


def _say(message: str) -> None:
    from poolgate.streams import say

    say(message, "engine")


def _named(words: Sequence[str]) -> Release | None:
    """The release that the command line names, if any."""
    if not words:
        return None
    for release in RELEASES:
        if list(words) == [release.version]:
            return release
    known = " or ".join(release.version for release in RELEASES)
    raise UsageError(f"expected {known}, or nothing: {' '.join(words)}")


def main(words: Sequence[str] = ()) -> int:
    """Get the engine and say which it is; the exit codes of `poolgate.errors`."""
    try:
        engine = ensure_engine(_say, _named(words))
    except PoolgateError as error:
        _say(str(error))
        return error.exit_code
    _say(f"pulumi {engine.version} at {engine.path} (from: {engine.origin})")
    if newer_than_tested(engine):
        _say(f"it is newer than the newest tested, {NEWEST.version}")
    sys.stdout.write(f"{engine.path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Finding, downloading and building the engine: order, versions, the cache, and what is said when it fails."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import re
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from poolgate.errors import PoolgateError, UsageError
from poolgate.sandbox import engine as module
from poolgate.sandbox.engine import NEWEST, OLDEST, RELEASES, Release, ensure_engine, find_engine, parse_version
from poolgate.sandbox.locks import locked

NEWEST_TAG = f"v{NEWEST.version}"


def fake_pulumi(folder: Path, version: str = NEWEST_TAG, *, code: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "pulumi"
    path.write_text(f"#!/bin/sh\necho '{version}'\nexit {code}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any engine: an empty cache, an empty PATH, no installer."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")
    monkeypatch.delenv("POOLGATE_ENGINE", raising=False)
    monkeypatch.setattr(module, "installer_reachable", lambda: False)
    (tmp_path / "path").mkdir()
    return tmp_path


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v3.255.0\n", (3, 255, 0)),
        ("3.142.7", (3, 142, 7)),
        ("v3.256.0-alpha.1740000000+0123abc\n", (3, 256, 0)),
    ],
)
def test_version_is_read(text: str, expected: tuple[int, int, int]) -> None:
    assert parse_version(text) == expected


@pytest.mark.parametrize("text", ["", "pulumi", "v3", "error: v3.255.0 not found"])
def test_text_without_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a version"):
        parse_version(text)


@pytest.mark.parametrize(("text", "expected"), [("go1.26.8\n", (1, 26, 8)), ("go1.26", (1, 26, 0))])
def test_go_version_is_read(text: str, expected: tuple[int, int, int]) -> None:
    assert module.parse_go_version(text) == expected


def test_the_variable_comes_first_then_path_then_cache(nothing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_engine() is None
    cached = fake_pulumi(module.cached_engine_path().parent)
    found = find_engine()
    assert found is not None
    assert (found.path, found.origin) == (cached, "cache")

    on_path = fake_pulumi(nothing / "path")
    found = find_engine()
    assert found is not None
    assert (found.path, found.origin) == (on_path, "PATH")

    named = fake_pulumi(nothing / "named", "v3.300.0")
    monkeypatch.setenv("POOLGATE_ENGINE", str(named))
    found = find_engine()
    assert found is not None
    assert (found.path, found.origin, found.version) == (named, "POOLGATE_ENGINE", "3.300.0")
    assert module.newer_than_tested(found)


@pytest.mark.parametrize("version", ["v3.100.0", "v4.0.0", "not a version"])
def test_an_unsuitable_engine_on_path_is_passed_over_with_a_word(nothing: Path, said: list[str], version: str) -> None:
    path = fake_pulumi(nothing / "path", version)
    assert find_engine(said.append) is None
    assert [str(path) in line for line in said] == [True]


@pytest.mark.parametrize("version", ["v3.100.0", "garbage"])
def test_an_unsuitable_named_engine_is_an_error(nothing: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setenv("POOLGATE_ENGINE", str(fake_pulumi(nothing / "named", version)))
    with pytest.raises(UsageError, match="POOLGATE_ENGINE"):
        find_engine()


def test_a_named_engine_that_does_not_exist_is_an_error(nothing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POOLGATE_ENGINE", str(nothing / "nowhere"))
    with pytest.raises(UsageError, match="not an executable file"):
        find_engine()


def test_an_engine_that_hangs_is_passed_over_in_time(
    nothing: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "VERSION_LIMIT", 0.5)
    path = fake_pulumi(nothing / "path")
    path.write_text("#!/bin/sh\nexec sleep 60\n")
    assert find_engine(said.append) is None
    assert "timed out" in said[0]


def test_require_engine_tells_what_to_run(nothing: Path) -> None:
    with pytest.raises(UsageError, match=rf"`{re.escape(sys.executable)} -m poolgate\.sandbox\.engine` gets one"):
        module.require_engine()


def fake_go(folder: Path, go: str = "go1.26.8", *, version: str = "", build: str = "", makes: str = NEWEST_TAG) -> None:
    script = f"""#!/bin/sh
case "$1" in
  env) echo {go} ;;
  version) {version or ":"} ;;
  mod) test -f go.mod && test -f go.sum || exit 9; echo "$GOTOOLCHAIN $GOFLAGS" > "{folder}/download" ;;
  build)
    {build}
    cp go.mod "{folder}/built-module"
    for word in "$@"; do case "$word" in -o=*) out="${{word#-o=}}" ;; esac; done
    printf '#!/bin/sh\\necho {makes}\\n' > "$out"; chmod 755 "$out"; echo built >> "{folder}/builds" ;;
esac
"""
    (folder / "go").write_text(script)
    (folder / "go").chmod(0o755)


def test_a_build_is_cached_and_told_step_by_step(nothing: Path, said: list[str]) -> None:
    fake_go(nothing / "path")
    engine = ensure_engine(said.append)
    assert (engine.path, engine.origin) == (module.cached_engine_path(), "Go build")
    assert (nothing / "path" / "download").read_text() == "local -mod=readonly -buildvcs=false\n"
    told = "\n".join(said)
    for step in ("cannot be reached", "downloading the engine's Go modules", f"building pulumi {NEWEST.version}"):
        assert step in told
    again = ensure_engine(said.append)
    assert again.origin == "cache"
    assert (nothing / "path" / "builds").read_text() == "built\n"


def test_a_failing_build_leaves_no_engine_and_shows_its_output(nothing: Path, said: list[str]) -> None:
    fake_go(nothing / "path", build="echo undefined: something; exit 2")
    with pytest.raises(PoolgateError, match="undefined: something"):
        ensure_engine(said.append)
    assert find_engine() is None
    assert [path.name for path in module.cached_engine_path().parent.parent.iterdir()] == [".lock"]


def test_a_build_that_hangs_is_ended_and_told(nothing: Path, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUILD_LIMIT", 1.5)
    monkeypatch.setattr(module, "PROGRESS_SECONDS", 0.5)
    fake_go(nothing / "path", build="exec sleep 60")
    with pytest.raises(PoolgateError, match="did not end within"):
        ensure_engine(said.append)
    assert any("so far" in line for line in said)


def test_a_build_of_the_wrong_version_is_not_cached(nothing: Path, said: list[str]) -> None:
    fake_go(nothing / "path", makes="v3.1.0")
    with pytest.raises(PoolgateError, match=r"got version 3\.1\.0"):
        ensure_engine(said.append)
    assert find_engine() is None


@pytest.mark.parametrize(("version", "message"), [("go1.20.9", r"Go 1\.26\.6 or later"), ("devel", "its version")])
def test_a_go_that_cannot_get_another_is_named(nothing: Path, said: list[str], version: str, message: str) -> None:
    fake_go(nothing / "path", version)
    with pytest.raises(PoolgateError, match=message):
        ensure_engine(said.append)


def test_an_older_go_gets_the_one_that_the_release_needs(nothing: Path, said: list[str]) -> None:
    fake_go(nothing / "path", "go1.25.0")
    ensure_engine(said.append)
    assert (nothing / "path" / "download").read_text() == "go1.26.6 -mod=readonly -buildvcs=false\n"
    assert any("getting Go 1.26.6 through the Go module proxy (at most" in line for line in said)


def test_a_go_that_cannot_be_had_in_time_is_told(
    nothing: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TOOLCHAIN_LIMIT", 0.5)
    fake_go(nothing / "path", "go1.25.0", version="exec sleep 60")
    with pytest.raises(PoolgateError, match=r"getting Go 1\.26\.6 through the Go module proxy did not end within"):
        ensure_engine(said.append)


def test_a_release_that_is_named_is_got_beside_what_is_at_hand(nothing: Path, said: list[str]) -> None:
    fake_go(nothing / "path", makes=f"v{OLDEST.version}")
    fake_pulumi(nothing / "path")
    engine = ensure_engine(said.append, OLDEST)
    assert (engine.path, engine.version) == (module.cached_engine_path(OLDEST), OLDEST.version)
    assert "go 1.25.11" in (nothing / "path" / "built-module").read_text()


def _ensure_in_child(results: multiprocessing.Queue[str]) -> None:
    module.installer_reachable = lambda *_: False
    results.put(ensure_engine(lambda _: None).origin)


def test_two_runs_build_once(nothing: Path) -> None:
    fake_go(nothing / "path", build="sleep 0.5")
    context = multiprocessing.get_context("fork")
    results: multiprocessing.Queue[str] = context.Queue()
    runs = [context.Process(target=_ensure_in_child, args=(results,)) for _ in range(2)]
    for run in runs:
        run.start()
    origins = sorted(results.get(timeout=60) for _ in runs)
    for run in runs:
        run.join(60)
    assert origins == ["Go build", "cache"]
    assert (nothing / "path" / "builds").read_text() == "built\n"


def test_a_lock_held_by_another_run_is_told_and_not_waited_for_forever(tmp_path: Path, said: list[str]) -> None:
    with (tmp_path / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with (
            pytest.raises(PoolgateError, match="another run has held"),
            locked(tmp_path, said.append, limit=0.3),
        ):
            pass
    assert len(said) == 1
    assert "another run is busy" in said[0]


def test_an_installer_that_takes_the_connection_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not module.installer_reachable(f"http://127.0.0.1:{port}/install.sh", limit=0.5)


def test_an_installer_that_answers_is_reachable() -> None:
    def answer(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        worker = threading.Thread(target=answer, args=(server,), daemon=True)
        worker.start()
        port = server.getsockname()[1]
        assert module.installer_reachable(f"http://127.0.0.1:{port}/install.sh", limit=10)
        worker.join(10)


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.version)
def test_the_module_of_a_release_pins_it(release: Release) -> None:
    folder = module.MODULES / release.version
    text = (folder / "go.mod").read_text()
    assert f"github.com/pulumi/pulumi/pkg/v3 v{release.version}" in text
    assert f"go {module.spell(release.go)}" in text
    assert "replace github.com/atotto/clipboard =>" in text
    assert f"github.com/pulumi/pulumi/pkg/v3 v{release.version} h1:" in (folder / "go.sum").read_text()


def test_main_says_what_it_did(
    nothing: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = fake_pulumi(module.cached_engine_path().parent)
    assert module.main() == 0
    told = capsys.readouterr()
    assert f"pulumi {NEWEST.version} at {cached} (from: cache)" in told.err
    assert told.out == f"{cached}\n"
    assert module.main(["3.1.0"]) == 2
    assert "expected 3.255.0 or 3.276.0, or nothing: 3.1.0" in capsys.readouterr().err
    monkeypatch.setenv("POOLGATE_ENGINE", str(nothing / "nowhere"))
    assert module.main() == 2


def test_a_relative_cache_variable_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    ask: Callable[[dict[str, str]], Path] = module.cache_directory
    assert ask({"XDG_CACHE_HOME": "relative"}) == Path.home() / ".cache" / "poolgate"
    assert ask({"XDG_CACHE_HOME": "/var/cache"}) == Path("/var/cache/poolgate")


@pytest.mark.engine
def test_the_engine_at_hand_is_supported(engine: module.Engine) -> None:
    version = module.engine_version(engine.path)
    assert module.spell(version) == engine.version
    assert module.is_supported(version)
    assert os.access(engine.path, os.X_OK)

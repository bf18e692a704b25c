"""What goes wrong around a command, and what it then does: right code, a word with file and reason, nothing lost."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from faults.table import FAULTS, PAGE, PRINTING, Fault, rows
from faults.victim import Done, clock, largest_file, read_only_file_system, run, without_privileges
from poolgate import cli
from poolgate.audit import memory
from poolgate.cli import LATER
from poolgate.errors import PoolgateError
from poolgate.sandbox.locks import locked

ROOT = Path(__file__).parents[2]
WAIVERS = """\
waivers:
  - rule: capacity-bounded
    target: {stack: life/dev}
    reason: Load test
    owner: ml
    ticket: OPS-1
    created: 2026-11-01
    expires: 2027-01-31
"""
NO_CONFIG = ("--no-config",)
COMMANDS: dict[str, tuple[str, ...]] = {
    "lint": ("lint", "shop", *NO_CONFIG),
    "check": ("check", "shop", *NO_CONFIG),
    "preview": ("preview", "shop", *NO_CONFIG),
    "audit": ("audit", "exports", *NO_CONFIG),
    "audit --cache": ("audit", "exports", *NO_CONFIG, "--cache=CACHE", "--history=OUT"),
    "audit --waivers": ("audit", "exports/single-pool-dev.json", *NO_CONFIG, "--waivers=capacity.yaml"),
    "audit --history": ("audit", "exports", *NO_CONFIG, "--history", "OUT"),
    "merge": ("merge", "shard1.json", "shard2.json", *NO_CONFIG),
    "history": ("history", "history", *NO_CONFIG),
    "what-if": ("what-if", "exports", "--to-profile=strict", *NO_CONFIG),
    "size": ("size", *NO_CONFIG, "--rate=10", "--service-time=PT1S", "--utilisation=0.7"),
    "diff": ("diff", "report.json", "report.json"),
    "rules": ("rules", *NO_CONFIG),
    "explain": ("explain", "capacity-bounded", *NO_CONFIG),
    "schema": ("schema", "pool"),
    "policy-config": ("policy-config", *NO_CONFIG),
    "completions": ("completions", "bash"),
    "doctor": ("doctor",),
    "waivers list": ("waivers", "list", "--waivers=waivers.yaml"),
    "waivers lint": ("waivers", "lint", "--waivers=waivers.yaml"),
    "waivers add": (
        "waivers", "add", "--waivers=waivers.yaml", "--rule=tags-required", "--stack=a/b", "--allow-unknown-stack",
        "--reason=x", "--owner=y", "--ticket=z", "--expires=2027-01-31",
    ),
    "waivers extend": ("waivers", "extend", "OPS-1", "--waivers=waivers.yaml", "--until=2027-02-01"),
    "waivers remove": ("waivers", "remove", "OPS-1", "--waivers=waivers.yaml"),
    "lint --fix": ("lint", "shop", *NO_CONFIG, "--fix"),
    "init": ("init", "shop", "--ci=github"),
    "new-rule": ("new-rule", "shop-x"),
}  # fmt: skip
LITTER = (".poolgate-", ".unfinished-")
FORMATS = ("text", "json", "sarif", "junit", "github", "azure", "markdown", "csv", "html")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with all that the commands read. Each has run once: what they import is there for the rest."""
    folder = tmp_path_factory.mktemp("faults") / "made"
    (folder / "shop").mkdir(parents=True)
    (folder / "shop" / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "shop" / "Pulumi.dev.yaml").write_text("config:\n  shop:a: 1\n")
    shutil.copytree(ROOT / "stacks" / "exports", folder / "exports")
    (folder / "waivers.yaml").write_text(WAIVERS)
    (folder / "capacity.yaml").write_text(WAIVERS.replace("life/dev", "single-pool/dev"))
    for arguments in (
        ("--format=json", "--output=report.json"),
        *((f"--shard={number}/2", "--format=json", f"--output=shard{number}.json") for number in (1, 2)),
        ("--history=history",),
    ):
        assert run(("audit", "exports", *NO_CONFIG, *arguments), dated, place=folder).code in (0, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(shutil.copytree(folder, folder.parent / "warm"))
        for command in PRINTING:
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                cli.run(COMMANDS[command])
    return folder


def dated() -> None:
    os.environ["POOLGATE_AS_OF"] = "2026-12-01"


@pytest.fixture
def place(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, for one fault."""
    monkeypatch.setenv("POOLGATE_AS_OF", "2026-12-01")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Path(shutil.copytree(made, tmp_path / "place"))


def contents(place: Path) -> dict[str, bytes]:
    return {str(file.relative_to(place)): file.read_bytes() for file in place.rglob("*") if file.is_file()}


def told(out: str) -> str:
    """What a command told, without when and where it ran, and how long."""
    return re.sub(r"20\d\d-\d\d-\d\dT[\d:+.Z]+|\d+(?:\.\d+)? m?s\b|\S*/(?:cache|place)\b\S*", "", out)


def output(command: str, file: str, format_: str = "json") -> tuple[str, ...]:
    return (*COMMANDS[command], f"--format={format_}", f"--output={file}")


def keep(place: Path, before: dict[str, bytes]) -> None:
    """Nothing changed, and nothing half made is left."""
    assert contents(place) == before


def by_signal(number: signal.Signals) -> Callable[[], None]:
    """The next file that is written whole does not come to be renamed."""

    def fault() -> None:
        def replace(self: Path, target: Path) -> None:
            os.kill(os.getpid(), number)

        signal.signal(signal.SIGINT, signal.default_int_handler)
        Path.replace = replace  # type: ignore[method-assign,assignment]

    return fault


class Case:
    """One command that one fault befalls. Each method but `expect` is one `how` of the table."""

    def __init__(self, fault: Fault, command: str, place: Path) -> None:
        self.fault, self.command, self.place = fault, command, place
        if command == "lint --fix":
            (place / "shop" / "Pulumi.dev.yaml").write_text("config:\n  shop:a: 1\nencryptedKey: ''\n")
        self.before = contents(place)

    def run(self, fault: Callable[[], Any] = lambda: None, *more: str, stdout: Path | None = None) -> Done:
        return run((*COMMANDS[self.command], *more), fault, place=self.place, stdout=stdout)

    def expect(self, done: Done) -> None:
        """What the table says."""
        assert done.code == self.fault.code, done
        assert self.fault.says in done.err, done
        assert "Traceback" not in done.err
        if self.fault.says:
            assert len(done.err.strip().splitlines()) <= 2

    def as_ever(self, *faults: Callable[[], Any]) -> None:
        usual = self.run()
        for fault in faults:
            done = self.run(fault)
            assert (done.code, told(done.out)) == (usual.code, told(usual.out)), (usual, done)
            assert "Traceback" not in done.err

    def full_stdout(self) -> None:
        self.expect(self.run(stdout=Path("/dev/full")))

    def closed_stdout(self) -> None:
        def fault() -> None:
            reading, writing = os.pipe()
            os.close(reading)
            os.dup2(writing, 1)

        self.expect(self.run(fault))

    def full_output(self) -> None:
        (self.place / "OUT").write_text("earlier")
        before = contents(self.place)
        self.expect(run(output(self.command, "OUT"), largest_file(0), place=self.place))
        keep(self.place, before)

    def full_device(self) -> None:
        for format_ in FORMATS:
            self.expect(run((*output(self.command, "/dev/full", format_), "--also=csv=other.csv"), place=self.place))
            (self.place / "other.csv").unlink()

    def read_only_output(self) -> None:
        self.place.chmod(0o555)
        self.expect(run(output(self.command, "OUT"), without_privileges, place=self.place))
        self.place.chmod(0o755)
        keep(self.place, self.before)

    def read_only_system_output(self) -> None:
        (self.place / "OUT").write_text("earlier")
        before = contents(self.place)
        self.expect(run(output(self.command, "OUT"), read_only_file_system(self.place), place=self.place))
        keep(self.place, before)

    def read_only_system(self) -> None:
        self.expect(self.run(read_only_file_system(self.place)))
        keep(self.place, self.before)

    def output_below_a_file(self) -> None:
        self.expect(run(output(self.command, "waivers.yaml/OUT"), place=self.place))
        keep(self.place, self.before)

    def full_disk(self) -> None:
        self.expect(self.run(largest_file(0)))
        keep(self.place, self.before)

    def read_only(self) -> None:
        folders = [self.place, *(folder for folder in self.place.rglob("*") if folder.is_dir())]
        for folder in folders:
            folder.chmod(0o555)
        done = self.run(without_privileges)
        for folder in folders:
            folder.chmod(0o755)
        self.expect(done)
        keep(self.place, self.before)

    def _cut(self, number: signal.Signals, litter: int) -> None:
        more = ("--format=json", "--output=report.json") if self.command == "audit" else ()
        self.expect(self.run(by_signal(number), *more))
        after = contents(self.place)
        left = {name for name in after if Path(name).name.startswith(LITTER)}
        assert len(left) == litter
        assert {name: text for name, text in after.items() if name not in left} == self.before
        assert self.run(lambda: None, *more).code in (0, 1)
        assert contents(self.place) != after  # now it is done

    def killed(self) -> None:
        self._cut(signal.SIGKILL, 1)

    def terminated(self) -> None:
        self._cut(signal.SIGTERM, 1)

    def interrupted(self) -> None:
        self._cut(signal.SIGINT, 0)

    def full_cache(self) -> None:
        self.as_ever(lambda: (cached(), largest_file(0)()))
        assert not list(self.place.parent.glob("cache/**/*.json"))

    def read_only_cache(self) -> None:
        (self.place.parent / "cache").mkdir(mode=0o555)
        self.as_ever(lambda: (cached(), without_privileges()))
        assert not list(self.place.parent.glob("cache/*"))

    def read_only_system_cache(self) -> None:
        (self.place.parent / "cache").mkdir()
        self.as_ever(lambda: (cached(), read_only_file_system(self.place.parent / "cache")()))
        assert not list(self.place.parent.glob("cache/*"))

    def cache_on_a_file(self) -> None:
        self.as_ever(lambda: (cached(), os.environ.update(XDG_CACHE_HOME=str(self.place / "waivers.yaml"))))
        keep(self.place, self.before)

    def damaged_cache(self) -> None:
        self.as_ever(cached)
        (file,) = self.place.parent.glob("cache/**/*.json")
        whole = file.read_bytes()
        for wrong in (whole[: len(whole) // 2], b"", b"[]", b"\0" * 100):
            file.write_bytes(wrong)
            self.as_ever(cached)
            assert file.read_bytes() == whole

    def two_on_a_cache(self) -> None:
        def twice() -> None:
            cached()
            os.fork()

        self.as_ever(cached)
        (file,) = self.place.parent.glob("cache/**/*.json")
        whole = file.read_bytes()
        file.unlink()
        done, usual = self.run(twice), self.run()
        assert (done.code, told(done.out)) == (usual.code, told(usual.out) * 2)
        assert file.read_bytes() == whole
        assert [each.name for each in file.parent.iterdir()] == [file.name]

    def two_on_both(self) -> None:
        usual = self.run(all_is_old)
        done = self.run(lambda: (all_is_old(), os.fork()))
        assert (done.code, told(done.out)) == (usual.code, told(usual.out) * 2)
        assert len(list(self.place.glob("OUT/*.parquet"))) == 3
        assert len(list(self.place.glob("CACHE/*"))) == len(list(self.place.glob("CACHE/*.audit"))) == 1
        report = json.loads(self.run(all_is_old, "--format=json").out)
        assert report["run"]["remembered"] == 3

    def left_overs(self) -> None:
        usual = self.run()
        texts = (self.place / "exports" / "single-pool-dev.json").read_text("utf-8"), WAIVERS, "PAR1"
        for folder in [self.place, *(each for each in self.place.iterdir() if each.is_dir())]:
            for number, text in enumerate(texts):
                (folder / f"{LITTER[0]}{number}a_b").write_text(text)
                (folder / f"{LITTER[1]}20261201T000000Z-{number}").write_text(text)
        before = contents(self.place)
        done = self.run()
        assert (done.code, told(done.out)) == (usual.code, told(usual.out)), (usual, done)
        keep(self.place, before)

    def left_in_a_cache(self) -> None:
        def fault() -> None:
            cached()
            all_is_old()

        usual = self.run(fault)
        (written,) = [*self.place.glob("CACHE/*.audit"), *self.place.parent.glob("cache/**/*.json")]
        whole = written.read_bytes()
        written.unlink()
        left = [written.with_name(f"{LITTER[0]}{name}") for name in ("old", "young")]
        for file, age in zip(left, (3700, 60), strict=True):
            file.write_bytes(whole)
            os.utime(file, (time.time() - age,) * 2)
        done = self.run(fault)
        assert (done.code, told(done.out)) == (usual.code, told(usual.out))
        assert sorted(file.name for file in written.parent.iterdir()) == sorted([left[1].name, written.name])

    def clock_ahead(self) -> None:
        self._at_another_time(10)

    def clock_behind(self) -> None:
        self._at_another_time(-10)

    def _at_another_time(self, years: int) -> None:
        done = self.run(lambda: (os.environ.pop("POOLGATE_AS_OF"), clock(years)()))
        assert (done.code, self.fault.says in done.out) == (self.fault.code, True), done
        assert "mandatory   capacity-bounded" in done.out
        keep(self.place, self.before)

    def clock_put_right(self) -> None:
        usual = self.run()
        ahead, after = self.run(clock(10)), self.run()
        assert (ahead.code, told(ahead.out)) == (usual.code, told(usual.out))
        assert (after.code, after.out.replace(f"note: {LATER}\n", "")) == (usual.code, usual.out)
        assert LATER in after.out
        assert len(list(self.place.glob("OUT/*.parquet"))) == 3

    def clock_of_a_cache(self) -> None:
        def fault(years: int) -> Callable[[], None]:
            return lambda: [os.environ.pop("POOLGATE_AS_OF"), all_is_old(), clock(years)()].clear()

        first, ahead, usual = self.run(fault(0)), self.run(fault(10)), self.run(fault(0))
        assert (first.code, ahead.code, usual.code) == (1, 1, 1)
        assert told(usual.out).replace(f"note: {LATER}\n", "") == told(first.out)
        assert len(list(self.place.glob("CACHE/*.audit"))) == 2  # each day has a cache of its own

    def homeless(self) -> None:
        def fault() -> None:
            import pwd

            def nobody(_: int) -> Any:
                raise KeyError

            cached()
            del os.environ["XDG_CACHE_HOME"]
            os.environ.pop("HOME", None)
            pwd.getpwuid = nobody  # type: ignore[assignment]

        self.as_ever(fault)
        keep(self.place, self.before)

    def no_tmpdir(self) -> None:
        self.as_ever(lambda: os.environ.update(TMPDIR=str(self.place / "nowhere")))

    def full_tmpdir(self) -> None:
        import tempfile

        self.expect(self.run(lambda: (setattr(tempfile, "tempdir", None), largest_file(0)())))
        keep(self.place, self.before)

    def odd_times(self) -> None:
        def at(seconds: int) -> Callable[[], None]:
            def fault() -> None:
                for file in self.place.rglob("*"):
                    os.utime(file, (seconds, seconds))

            return fault

        self.as_ever(at(4_000_000_000), at(315_532_800))
        keep(self.place, self.before)

    def time_zone(self) -> None:
        def zone(name: str) -> Callable[[], None]:
            def fault() -> None:
                os.environ["TZ"] = name
                time.tzset()

            return fault

        self.as_ever(zone("Pacific/Kiritimati"), zone("Pacific/Pago_Pago"))


def all_is_old() -> None:
    """What has just been written is not too young to be remembered."""
    memory.YOUNG = 0  # type: ignore[misc]


def cached() -> None:
    os.environ.pop("POOLGATE_NO_CACHE", None)


CASES = [(fault, command) for fault in FAULTS if fault.how for command in fault.commands]


@pytest.mark.parametrize(
    ("fault", "command"), CASES, ids=[f"{fault.how}-{command}".replace(" ", "-") for fault, command in CASES]
)
def test_a_fault(fault: Fault, command: str, place: Path) -> None:
    getattr(Case(fault, command, place), fault.how)()


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.test], ids=lambda fault: fault.test)
def test_what_is_tested_elsewhere_is(fault: Fault) -> None:
    file, _, name = fault.test.partition("::")
    text = (ROOT / file).read_text("utf-8")
    assert f"def {name}(" in text
    assert fault.says == "in its own words" or fault.says in text


def test_the_page_shows_the_table() -> None:
    assert "\n".join(rows()) in PAGE.read_text("utf-8")


def test_a_cache_that_nothing_can_be_made_in_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    wanted = f"{tmp_path / 'file' / 'engine'}: cannot be written: Not a directory; XDG_CACHE_HOME names another place"
    with pytest.raises(PoolgateError) as caught, locked(tmp_path / "file" / "engine", print, limit=1):
        pytest.fail("was locked")
    assert str(caught.value) == wanted

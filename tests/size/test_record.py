"""Records of requests: what is read of them, and what they say of a day."""

from __future__ import annotations

import gzip
import json
import math
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from poolgate.cli import run
from poolgate.errors import UsageError
from poolgate.size.day import Day, rises
from poolgate.size.record import Columns, Requests, read, together

BEGIN = datetime(2026, 11, 30, tzinfo=UTC)
FIRST = BEGIN.timestamp()


def write(folder: Path, text: str, name: str = "requests.csv") -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("time,service_time\n2026-11-30T00:00:01Z,PT0.5S\n2026-11-30T01:00:02+01:00,PT2S\n", Columns()),
        ("timestamp;duration\n2026-11-30T01:00:01;0.5\n2026-11-30 01:00:02;2\n",
         Columns(zone="Europe/Berlin", service_unit="s")),
        (f"at\tms\n{FIRST + 1}\t500\n\n{FIRST + 2}\t2000\n",
         Columns(time="at", time_unit="s", service="ms", service_unit="ms")),
        (f'"id","time","service"\n"a,\nb",{FIRST * 1000 + 1000},500000\nc,{FIRST * 1000 + 2000},2e6\n',
         Columns(time_unit="ms", service_unit="us")),
        (f"\ufefftime,service\n{int(FIRST + 2) * 10**9},2e9\n{int(FIRST + 1) * 10**9},5e8\n",
         Columns(time_unit="ns", service_unit="ns")),
    ],
    ids=["ISO 8601", "a zone", "seconds", "milliseconds, quoted", "nanoseconds, not in order, with a mark"],
)  # fmt: skip
def test_a_record_is_read(text: str, columns: Columns, tmp_path: Path) -> None:
    (requests,) = read(write(tmp_path, text), columns).values()

    assert list(requests.times) == pytest.approx([FIRST + 1, FIRST + 2])
    assert list(requests.services) == [0.5, 2]


def test_gzip_and_several_services(tmp_path: Path) -> None:
    file = tmp_path / "requests.csv.gz"
    file.write_bytes(
        gzip.compress(b"time,who\n2026-11-30T00:00:01Z,b\n2026-11-30T00:00:00Z,b\n2026-11-30T00:00:03Z,a\n")
    )

    found = read(file, Columns(name="who"))

    assert {name: [time - FIRST for time in each.times] for name, each in found.items()} == {"a": [3], "b": [0, 1]}
    assert [time - FIRST for time in together(found.values()).times] == [0, 1, 3]
    assert not together(found.values()).services


@pytest.mark.parametrize("type_", ["TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP_NS", "BIGINT"])
def test_parquet(type_: str, tmp_path: Path) -> None:
    file = tmp_path / "requests.parquet"
    time = {"BIGINT": f"{int(FIRST)} + n"}.get(type_, f"(TIMESTAMP '2026-11-30' + n * INTERVAL 1 SECOND)::{type_}")
    query = f"SELECT {time} AS time, 0.25 * n AS service_time, 'chat' AS name FROM range(3) t(n)"
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        database.execute(f"COPY ({query}) TO '{file}' (FORMAT parquet)")
    zone = "UTC" if type_ in ("TIMESTAMP", "TIMESTAMP_NS") else None
    columns = Columns(name="name", service_unit="s", zone=zone, time_unit="s" if type_ == "BIGINT" else None)

    found = read(file, columns)

    assert [time - FIRST for time in found["chat"].times] == [0, 1, 2]
    assert list(found["chat"].services) == [0, 0.25, 0.5]


@pytest.mark.parametrize(
    ("text", "columns", "said"),
    [
        ("", Columns(), "requests.csv:1: which column is the time?"),
        ("when,what\n", Columns(), "which column is the time? --time-column says it; there are when, what"),
        ("time\n", Columns(), "holds no requests"),
        ("time\n1\n", Columns(time="at"), "has no column 'at' (--time-column), but time"),
        ("time\n1764460800\n", Columns(), "requests.csv:2: time: '1764460800' is a number; --time-unit says whether"),
        ("time\n2026-11-30T00:00:00\n", Columns(), ":2: time: '2026-11-30T00:00:00' names no time zone"),
        ("time\n2026-11-30T00:00:00Z\nyesterday\n", Columns(), ":3: time: 'yesterday' is no ISO 8601 time"),
        ("time\n1764460800000\n", Columns(time_unit="s"), "is no time between 1990 and 2200 in that unit"),
        ("time\nnan\n", Columns(time_unit="s"), "is no time between"),
        ("time,service\n2026-11-30T00:00:00Z,3\n", Columns(), ":2: service: '3' is a number; --service-unit says"),
        ("time,service\n2026-11-30T00:00:00Z,-3\n", Columns(service_unit="s"), "'-3' is no time that anything takes"),
        ("time,service\n2026-11-30T00:00:00Z,inf\n", Columns(service_unit="s"), "is no time that anything takes"),
        ("time,service\n2026-11-30T00:00:00Z\n", Columns(service_unit="s"), ":2: has 1 cells, expected 2"),
        ("time\n2026-11-30T00:00:00\n", Columns(zone="Mars/Base"), "--time-zone is 'Mars/Base', which is none"),
    ],
)  # fmt: skip
def test_a_record_that_cannot_be_read(text: str, columns: Columns, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read(write(tmp_path, text), columns)

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"time\n\xff\n", "a.csv"), (b"no gzip", "a.csv.gz"), (b"PAR1", "a.parquet"), (None, "no.csv")],
)
def test_a_file_that_is_none(content: bytes | None, name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(UsageError, match=name):
        read(file, Columns())


# What it says.


def at_random(rate: Callable[[float], float], most: float, seconds: float, seed: int) -> list[float]:
    """Requests that come at random, at a rate that changes."""
    chance = random.Random(seed)
    times, now = [], 0.0
    while (now := now + chance.expovariate(most)) < seconds:
        if chance.random() * most < rate(now):
            times.append(FIRST + now)
    return times


def day_of(times: list[float], services: list[float] | None = None, length: float = 900) -> Day:
    requests = Requests()
    requests.times.extend(times)
    requests.services.extend(services or [])
    return Day(requests, length)


def test_a_day_with_a_night_is_no_burst() -> None:
    """Twenty times as many at noon as at midnight: the gaps of all vary a lot, and chance made every one of them."""

    def rate(now: float) -> float:
        return 0.1 + 1.9 * math.sin(math.pi * now / 86400) ** 2

    times = at_random(rate, 2.0, 86400, 1)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    mean = sum(gaps) / len(gaps)

    assert sum((gap - mean) ** 2 for gap in gaps) / len(gaps) / mean**2 > 2
    assert day_of(times).arrivals_scv == 1.0


@pytest.mark.parametrize("scv", [0.25, 0.5, 2.0, 4.0])
def test_how_varied_arrivals_are_is_found_again(scv: float) -> None:
    """Gaps of a gamma distribution of that variability."""
    chance = random.Random(3)
    times, now = [], FIRST
    while now < FIRST + 86400:
        now += chance.gammavariate(1 / scv, scv)
        times.append(now)

    assert day_of(times).gaps_scv == pytest.approx(scv, rel=0.06)


def test_bursts_that_outlast_a_gap_are_seen_in_the_counts() -> None:
    """Every minute a time of one in which nobody comes, and one in which twice as many do."""
    times = at_random(lambda now: 4.0 * (now // 60 % 2), 4.0, 43200, 5)

    assert day_of(times).arrivals_scv == day_of(times).dispersion > 20


def test_requests_in_step_are_less_than_chance() -> None:
    assert day_of([FIRST + number for number in range(7200)]).gaps_scv == pytest.approx(0, abs=0.005)


def test_how_varied_service_times_are() -> None:
    chance = random.Random(4)
    services = [chance.gammavariate(4, 0.05) for _ in range(20_000)]
    day = day_of([FIRST + number for number in range(20_000)], services)

    assert day.service == pytest.approx(0.2, rel=0.02)
    assert day.service_scv == pytest.approx(0.25, rel=0.05)


def test_buckets_are_those_of_the_clock() -> None:
    day = day_of([FIRST + 30.0 * number for number in range(12, 600)], [1.0] * 588)

    assert [bucket.start - FIRST for bucket in day.buckets] == [900.0 * number for number in range(1, 20)]
    assert {bucket.requests for bucket in day.buckets} == {30}
    assert day.buckets[0].rate == pytest.approx(1 / 30)
    assert len(day_of([FIRST, FIRST + 1, FIRST + 60]).buckets) == 1


def test_the_peak_is_the_bucket_with_the_most_work() -> None:
    times = [FIRST + second for second in range(3600)]
    day = day_of(times, [3.0 if 900 <= time - FIRST < 1800 else 1.0 for time in times])

    assert day.peak(100).start == FIRST + 900
    assert day.peak(50).work == pytest.approx(900)


def test_a_new_instance_takes_its_time() -> None:
    assert list(rises((1, 2, 5, 3, 1), 0)) == [1, 2, 5, 3, 1]
    assert list(rises((1, 2, 5, 3, 1), 2)) == [5, 5, 5, 3, 1]


def test_requests_are_replayed_one_by_one() -> None:
    """Three come at once in each second, and take half of one: one server works on them one after the other."""
    times = [FIRST + second + extra for second in range(5) for extra in (0, 0, 0)]
    day = day_of(times, [0.25] * 15, length=2)

    assert day.replayed(day.buckets[1], 1, None) == [0, 0, 0.25, 0.25, 0.5, 0.5]
    assert day.replayed(day.buckets[1], 3, None) == [0] * 6
    assert day.replayed(day.buckets[1], 1, 0.3) == [0, 0, 0.25, 0.25, 0.3, 0.3]
    assert day_of(times).replayed(day.buckets[1], 1, None) is None


# The command.


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day of two services with peaks six hours apart: 1 and 0.75 requests a second, 1.6 seconds each, SCV 0.25."""
    chance = random.Random(9)
    lines = []
    for seed, (name, peak, hour) in enumerate((("chat", 1.0, 9), ("search", 0.75, 15))):

        def rate(now: float, peak: float = peak, hour: float = hour) -> float:
            return peak * (0.15 + 0.85 * math.exp(-(((now / 3600 - hour) / 2) ** 2)))

        for time in at_random(rate, peak, 86400, seed):
            lines.append(
                f"{(BEGIN + timedelta(seconds=time - FIRST)).isoformat()},{name},{chance.gammavariate(4, 0.4):.4f}"
            )
    chance.shuffle(lines)
    file = tmp_path_factory.mktemp("record") / "day.csv"
    file.write_text("\n".join(["time,who,service_time", *lines]), "utf-8")
    return file


def size(record: Path, *options: str) -> list[str]:
    return [
        *("size", "--record", str(record), "--name-column", "who", "--service-unit", "s", "--wait", "PT0.8S"),
        *options,
    ]


def test_a_day_of_known_truth(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(size(record, "--format", "json", "--scale-out", "PT20M")) == 0

    told = json.loads(capsys.readouterr().out)
    chat, search = told["sizes"]
    assert chat["load"]["rate"] == pytest.approx(1, rel=0.12)
    assert search["load"]["rate"] == pytest.approx(0.75, rel=0.12)
    for each in (chat, search):
        assert each["load"]["service_time"] == pytest.approx(1.6, rel=0.08)
        assert each["load"]["service_scv"] == pytest.approx(0.25, rel=0.05)
        assert each["load"]["arrivals_scv"] == 1
    (pooling,) = told["pooling"]
    assert pooling["apart"]["enough"] == chat["enough"] + search["enough"] == 9
    assert pooling["together"]["enough"] == 5
    day = told["days"][0]
    assert len(day["buckets"]) == 96
    assert day["scale"]["most"] == max(bucket["needed"] for bucket in day["buckets"]) == chat["enough"]
    assert 1 <= day["scale"]["least"] <= day["scale"]["mean"] < day["scale"]["most"]
    assert day["replay"]["longer_than_wanted"][0] <= 0.01
    assert day["peak"]["begin"].startswith(("2026-11-30T08", "2026-11-30T09"))


def test_a_day_in_words(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(size(record, "--instances", "2", "--check")) == 1

    out = capsys.readouterr().out
    assert "requests recorded from 2026-11-30T00:00:" in out
    assert "96 buckets of 15 min" in out
    assert "scaled over the day: 2 to 5 instances" in out
    assert "replayed, the " in out
    assert "one pool for chat and search: 5 instances instead of 9 in a pool each, 4 fewer" in out


def test_too_few_for_what_was_recorded_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Said to come at random they need few; they come ten at a time."""
    lines = [f"{FIRST + second},0.5" for second in range(1800) for _ in range(10 if second % 10 == 0 else 0)]
    file = write(tmp_path, "\n".join(["time,service_time", *lines]))
    options = "--time-unit s --service-unit s --wait PT0.1S --arrivals-scv 1".split()

    assert run(["size", "--record", str(file), *options]) == 0

    assert "replayed, that is too few" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("", "--record needs a --wait, or a --utilisation"),
        ("--wait PT1S --bucket PT0S", "--bucket is no time at all"),
        ("--wait PT1S --bucket PT0.01S", "spans more than 100,000 buckets; take a longer --bucket"),
        ("--wait PT1S", "has no service times; --service-column or --service-time says them"),
    ],
)
def test_what_a_record_does_not_say(
    options: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, "time\n2026-11-30T00:00:00Z\n2026-11-30T00:20:00Z\n")

    assert run(["size", "--record", str(file), *options.split()]) == 2
    assert said in capsys.readouterr().err

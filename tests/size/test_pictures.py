"""Pictures and the page: the same bytes every time, whole, and inert."""

from __future__ import annotations

import re
import sys
from base64 import b64decode
from pathlib import Path
from xml.etree import ElementTree

import pytest

from inference_pools.queueing import Traffic, WaitTarget
from poolgate.cli import run
from poolgate.errors import UsageError
from poolgate.size.asked import Asked
from poolgate.size.daily import Daily
from poolgate.size.day import Day
from poolgate.size.html import page
from poolgate.size.pictures import day_picture, pictures, waits_picture
from poolgate.size.plan import Size, Wanted
from poolgate.size.record import Requests
from poolgate.size.report import Report

HOSTILE = "<script>alert(1)</script> $\\frac{1}{0}$ \u202e ##vso[task.complete]"


def size(name: str = "chat", **more: int) -> Size:
    return Size(name, Asked(Traffic(8.0, 0.4)), 1, (Wanted(WaitTarget(0.2, 0.01)),), **more)


def daily() -> Daily:
    requests = Requests()
    requests.times.extend(1.7e9 + 3600 * 6 * (at / 4000) ** 0.7 for at in range(4000))
    day = Day(requests, 900)
    return Daily(day, size(), day.peak(100), 1200)


def drawn(svg: str) -> list[str]:
    """What is drawn, by the names that matplotlib gives its groups."""
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("}svg")
    return [group.get("id", "") for group in root.iter() if group.get("id")]


def test_pictures_are_the_same_every_time() -> None:
    picture = day_picture(daily())

    assert picture == day_picture(daily())
    assert "<dc:date>" not in picture


def test_the_waits_have_a_line_for_what_is_wanted_and_a_field_for_what_cannot_keep_up() -> None:
    groups = drawn(waits_picture(size()))

    assert len([group for group in groups if re.match(r"line2d_\d+$", group)]) > 10
    assert fields(groups) == fields(drawn(waits_picture(Size("", Asked(Traffic(0.5, 0.4)), 1, size().wanted)))) + 1


def fields(groups: list[str]) -> int:
    return len([group for group in groups if re.match(r"patch_\d+$", group)])


def test_a_name_can_be_anything() -> None:
    found = pictures(Report((size(HOSTILE), size("../a"), size("a"))))

    assert list(found) == ["script-alert-1-script-frac-1-0-vso-task.complete-waits.svg", "a-waits.svg", "a-waits-2.svg"]
    for svg in found.values():
        assert "<script" not in svg
        drawn(svg)


def test_a_page_needs_nothing_beside_it() -> None:
    told = page(Report((size(HOSTILE, most=5),), days=(daily(),)))

    assert "<script" not in told
    assert "##vso[" not in told
    assert "default-src 'none'; img-src data:" in told
    assert re.findall(r'(?:src|href)="(?!data:)', told) == []
    images = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', told)
    assert len(images) == 2
    for image in images:
        drawn(b64decode(image).decode())
    assert '<tr class="enough"><td>7</td>' in told


def test_pictures_in_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = "size --rate 8 --service-time PT0.4S --wait PT0.2S --pictures".split()

    assert run([*numbers, str(tmp_path / "new")]) == 0

    assert [file.name for file in (tmp_path / "new").iterdir()] == ["waits.svg"]
    assert "7 instances are enough" in capsys.readouterr().out


def test_without_matplotlib_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    with pytest.raises(UsageError, match=r"pip install 'poolgate\[pictures\]'"):
        pictures(Report((size(),)))

"""Which clouds there is a stand-in for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from poolgate import standin
from poolgate.standin import clouds


def test_each_is_found_by_the_name_of_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme_cloud").mkdir()
    (tmp_path / "acme_cloud" / "__init__.py").write_text("ACME_CLOUD = 'of acme'\n")
    (tmp_path / "no_cloud.py").touch()
    monkeypatch.setattr(standin, "__path__", [*standin.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "poolgate.standin.acme_cloud", raising=False)

    found = clouds.found()

    assert found == ("of acme", *clouds.ALL)
    assert {"aws", "aws-native", "azure-native", "gcp"} <= {cloud.package for cloud in clouds.ALL}

"""The language server, installed once and started once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from editor.language_server import LanguageServer, install

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    """With the settings of an editor that nobody has configured."""
    install(tmp_path_factory.getbasetemp().parent)
    with LanguageServer(ROOT, {}) as running:
        yield running

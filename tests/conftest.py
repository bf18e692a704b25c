"""What every test may count on."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

# How long one example takes says nothing on a machine that does other work beside the tests.
settings.register_profile("poolgate", deadline=None)
settings.load_profile("poolgate")

_OF_A_SERVICE = (
    "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "TF_BUILD", "GITLAB_CI", "AGENT_TEMPDIRECTORY", "NO_COLOR", "FORCE_COLOR",
)  # fmt: skip

# A run of poolgate in a test is nobody's CI run: it must neither annotate the build that the tests are a part of nor
# print in its colours. For processes that tests start, too.
for _name in _OF_A_SERVICE:
    os.environ.pop(_name, None)

# What a test lints is not remembered in the cache of whoever runs it.
os.environ["POOLGATE_NO_CACHE"] = "1"


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C means what it does in a terminal, here and in processes that are started.

    A background job of a shell is started with SIGINT ignored, and whatever it starts inherits that.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)

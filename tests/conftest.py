"""What every test may count on."""

from __future__ import annotations

import os

_OF_A_SERVICE = (
    "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "TF_BUILD", "AGENT_TEMPDIRECTORY", "NO_COLOR", "FORCE_COLOR",
)  # fmt: skip

# A run of poolgate in a test is nobody's CI run: it must neither annotate the build that the tests are a part of nor
# print in its colours. For processes that tests start, too.
for _name in _OF_A_SERVICE:
    os.environ.pop(_name, None)

"""The day to judge by.

It stands apart from `context`, which takes longer to be imported than a lint of one file needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

AS_OF_VARIABLE: Final = "POOLGATE_AS_OF"
"""The environment variable that gives another day to judge by than the present one."""


def day_to_judge_by(environ: Mapping[str, str], now: datetime) -> date:
    """The day that `POOLGATE_AS_OF` names, else that of `now`. Raises ValueError for what is no date."""
    written = environ.get(AS_OF_VARIABLE)
    if not written:
        return now.date()
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise ValueError(f"{AS_OF_VARIABLE} is {written!r}, expected a date such as 2027-01-31") from None

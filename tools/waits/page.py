"""The table as a page."""

from tools.waits.grid import Row


def page(rows: list[Row]) -> str:
    """The page."""
    return ""

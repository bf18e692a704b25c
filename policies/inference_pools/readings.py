"""Ways in which a platform writes a value that a facet has in another form."""

from __future__ import annotations

from collections.abc import Callable

from inference_pools.reader import Leaf, UnreadableError


def number_in_text(leaf: Leaf) -> int | None:
    """A whole number, written as one or as a text that is one: `"3"`. Raises UnreadableError for any other text."""
    value = leaf.value()
    if not isinstance(value, str):
        return leaf.integer()
    try:
        return int(value)
    except ValueError:
        raise UnreadableError(leaf.keys, f"is {value!r}, expected a whole number") from None


def one_of(*known: str) -> Callable[[Leaf], str | None]:
    """Reads a text that is one of these in whatever case as it is written here, and any other as it stands."""
    by_folded = {each.casefold(): each for each in known}

    def read(leaf: Leaf) -> str | None:
        written = leaf.text()
        return None if written is None else by_folded.get(written.casefold(), written)

    return read


def disabled(leaf: Leaf) -> bool | None:
    """Whether a switch that is written as `Enabled` or `Disabled`, in any case, is off; None where it is left out."""
    written = leaf.text()
    return None if written is None else written.casefold() == "disabled"

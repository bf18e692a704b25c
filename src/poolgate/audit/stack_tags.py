"""The tags that a stack has of its own: what `pulumi stack tag set` writes beside its state, and no export holds."""

from __future__ import annotations

import json

from inference_pools.state_file import StateError
from poolgate.audit.listing import StateFile
from poolgate.owner import NOBODY, Whose, whose_by


def whose_stack(file: StateFile) -> Whose:
    """Whose a stack is by its own tags; nobody's where it has none. Raises StateError for tags that cannot be read."""
    if file.tags is None:
        return NOBODY
    try:
        written = file.tags()
    except StateError as error:
        raise StateError(file.name, f"its tags: {error.message}") from None
    try:
        document = json.loads(written)
    except (ValueError, RecursionError):
        raise StateError(file.name, "its tags are no JSON") from None
    tags = document.get("tags") if isinstance(document, dict) else None
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise StateError(file.name, "its tags are no texts by name")
    return whose_by(tags)

"""Times in the JSON of views."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def iso(moment: datetime | None) -> str | None:
    """Return a time in ISO 8601, with `Z` for UTC; None stays None."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")

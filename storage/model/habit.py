"""What polling has learnt about a feed beyond its next due time: its habit, its traffic, and a move in progress.

Frozen values of `storage.model.Feed`; no input or output, no clock, no rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How a feed usually brings its items.

    `last_new` is when something new was last seen; `usual_gap` the longest recent time between two such moments, over
    `gaps` of them. `document_items` stood in its last document. `missed_at` is when items were last found to have
    rolled over between two polls, and `keep_up` the interval that would not have missed them. `renamed_polls` is how many
    documents in a row gave all of their items new ids.
    """

    last_new: datetime | None = None
    usual_gap: timedelta | None = None
    gaps: int = 0
    document_items: int = 0
    missed_at: datetime | None = None
    keep_up: timedelta | None = None
    renamed_polls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PermanentRedirect:
    """A permanent redirect to `target`, met on `polls` polls in a row since then."""

    target: str
    polls: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteCounts:
    """Bytes on the wire: of the last body, and of the bodies that a 304 has spared both sides."""

    body_bytes: int = 0
    saved_bytes: int = 0

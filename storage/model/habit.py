"""Parts of `storage.model.Feed` that polling has learnt: publishing habit, traffic, and a redirect in progress.

These are plain values: no input or output, no clock, no decisions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime, timedelta


@value
class Habit:
    """The usual frequency at which a feed publishes.

    `last_new` is when a new item was last seen; `usual_gap` is the longest recent time between two such moments, over
    `gaps` of them. `document_items` is the number of items in its last document. `missed_at` is when items were last
    lost between two polls, and `keep_up` the interval that would not have lost them. `renamed_polls` is how many
    documents in a row gave new ids to all of their items.
    """

    last_new: datetime | None = None
    usual_gap: timedelta | None = None
    gaps: int = 0
    document_items: int = 0
    missed_at: datetime | None = None
    keep_up: timedelta | None = None
    renamed_polls: int = 0


@value
class PermanentRedirect:
    """A permanent redirect to `target`, answered on `polls` polls in a row since then."""

    target: str
    polls: int
    since: datetime


@value
class ByteCounts:
    """Bytes transferred: of the last body, and of all bodies that answers of 304 have saved."""

    body_bytes: int = 0
    saved_bytes: int = 0

"""The stories and deliveries that a shell completes, each with a description."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.render.formats.escape import clip, one_line

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Ledger

RECENT = timedelta(days=30)  # the age of the oldest stories that are offered
SHOWN_ID = 12  # characters of a delivery's id, as `alerts list` shows it
SHOWN_TITLE = 60  # characters


def recent_stories(ledger: Ledger, *, now: datetime) -> list[tuple[str, str]]:
    """Return the id and the title of each story of the last month."""
    return [(f"s{story.id}", _short(story.title)) for story in ledger.stories.since(now - RECENT)]


def deliveries(ledger: Ledger) -> list[tuple[str, str]]:
    """Return the beginning of each delivery's id, and its state and subject."""
    return [
        (one.delivery.id[:SHOWN_ID], _short(f"{one.delivery.state}: {one.message.subject}"))
        for one in ledger.outbox.postings()
    ]


def _short(text: str) -> str:
    return clip(one_line(text), SHOWN_TITLE)

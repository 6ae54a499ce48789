"""The newest stories of a topic, for the topic's feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.links.key import feeds_name
from storage.model import StoryNews

if TYPE_CHECKING:
    from storage.database import Ledger

NEWEST = 50  # stories; a feed reader that polls once a week misses none of an ordinary topic


def read_topic_stories(ledger: Ledger, topic: str, *, limit: int = NEWEST) -> tuple[StoryNews, ...]:
    """Return the latest stories of a topic, each with all of its items."""
    stories = ledger.stories.latest(topic, limit=limit)
    matches = ledger.matches.of_stories([story.id for story in stories])
    older = {one.continues for one in stories if one.continues is not None}
    continued = {story.id: story for story in ledger.stories.get(list(older))} if older else {}
    return tuple(
        StoryNews(
            story=story,
            matches=tuple(matches[story.id]),
            continues=None if story.continues is None else continued.get(story.continues),
        )
        for story in stories
    )


def read_feeds_name(ledger: Ledger) -> str | None:
    """Return the name that distinguishes the feeds of this database from all others; None if there is none yet."""
    return feeds_name(ledger)

"""The owner's corrections: two stories are one, or one is two. Both work beside a running daemon.

What was told stays told: an item told as one story's is not told again as another's, and an alert still held goes
with its items. The stories touched are put before alert, which finds what is left to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.matching.item_document import document_of, story_time
from monitor.stories.index import StoryIndex
from storage.stores.corrections import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from storage.database import Ledger
    from storage.model import Match, Story


class CorrectionRefused(ValueError):  # noqa: N818  # named as the other refusals are
    """A merge or split that makes no sense; the message says why and what does."""


def merge(ledger: Ledger, story: Story, others: Iterable[Story], *, now: datetime) -> Story:
    """Put all items of the others into `story` and return it as it stands then.

    Raises:
        CorrectionRefused: one is of another topic, is merged already, or is `story` itself.
    """
    _standing(story)
    for other in others:
        _standing(other)
        if other.id == story.id:
            raise CorrectionRefused(f"s{story.id} cannot be merged into itself; name another story")
        if other.topic != story.topic:
            raise CorrectionRefused(
                f"s{other.id} is of topic {other.topic!r} and s{story.id} of {story.topic!r}; "
                "stories belong to one topic"
            )
        matches = ledger.matches.of_story(other.id)
        ledger.corrections.move(matches, Kind.MERGE, source=other.id, target=story.id, now=now)
        ledger.alerts.follow([match.id for match in matches], source=other.id, target=story.id)
        ledger.stories.absorb(other.id, into=story.id)
    return _refreshed(ledger, story.id, now=now)


def split(ledger: Ledger, story: Story, item_ids: Sequence[int], *, now: datetime) -> tuple[Story, Story]:
    """Give some items of a story one of their own; return what is left of the old one, and the new one.

    Raises:
        CorrectionRefused: an item is not in the story, or none would stay in it.
    """
    _standing(story)
    matches = ledger.matches.of_story(story.id)
    moved = [match for match in matches if match.item.id in set(item_ids)]
    strangers = set(item_ids) - {match.item.id for match in moved}
    if strangers:
        named = ", ".join(f"i{item_id}" for item_id in sorted(strangers))
        raise CorrectionRefused(
            f"s{story.id} does not hold {named}; `storywatch stories show s{story.id}` lists its items"
        )
    if len(moved) == len(matches):
        raise CorrectionRefused(f"these are all items of s{story.id}; leave at least one in it")
    new = ledger.stories.open(moved[0])
    ledger.corrections.move(moved, Kind.SPLIT, source=story.id, target=new, now=now)
    ledger.alerts.follow([match.id for match in moved], source=story.id, target=new)
    return _refreshed(ledger, story.id, now=now), _refreshed(ledger, new, now=now)


def _standing(story: Story) -> None:
    if story.merged_into is not None:
        raise CorrectionRefused(f"s{story.id} was merged into s{story.merged_into}; name that one")


def _refreshed(ledger: Ledger, story_id: int, *, now: datetime) -> Story:
    """Bring a story up to its matches, put it before alert, and return it."""
    ledger.stories.refresh(story_id, headline_item_id=_headline(ledger.matches.of_story(story_id)))
    ledger.stories.schedule(story_id, due_at=now)
    [story] = ledger.stories.get([story_id])
    return story


def _headline(matches: Sequence[Match]) -> int:
    index = StoryIndex()
    for match in matches:
        index.add(document_of(match.item), story_time(match.item), 0)
    return int(index.headline(0))

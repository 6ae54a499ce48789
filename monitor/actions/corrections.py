"""The owner's corrections of stories: merges and splits. Both work while a daemon runs.

An item that was alerted as part of one story is not alerted again as part of another, and an alert that is still held
moves with its items. The alert pass decides on the corrected stories again.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerts.deciding.routing import ALERT_TURN
from monitor.actions.refused import ActionRefused
from monitor.matching.group import own_articles
from monitor.matching.item_document import document_of, story_time
from monitor.stories.index import StoryIndex
from monitor.text.ids import id_number
from storage.stores.corrections import Kind
from storage.stores.story_counts import stories_turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from storage.database import Database, Ledger
    from storage.model import Match, Story


class CorrectionRefused(ActionRefused):
    """A merge or split that cannot be done; the message names the cause and the fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitStory:
    """The result of a split: the `rest` of the old story, and the `new` one."""

    rest: Story
    new: Story


def merge_stories(database: Database, story: str, others: Iterable[str], *, now: datetime) -> Story:
    """Move all items of the other stories, given by their ids (`s12`), into a story; return the changed story.

    Raises:
        CorrectionRefused: there is no such story, or `merge` refuses.
    """
    with _correcting(database, story) as ledger:
        into = _find(ledger, story)
        return merge(ledger, into, [_find(ledger, other) for other in dict.fromkeys(others)], now=now)


def split_story(database: Database, story: str, items: Iterable[str], *, now: datetime) -> SplitStory:
    """Move some items (`i7`) of a story (`s12`) into a new story.

    Raises:
        CorrectionRefused: an id is unknown, or `split` refuses.
    """
    item_ids = [_item_number(item) for item in items]
    with _correcting(database, story) as ledger:
        rest, new = split(ledger, _find(ledger, story), item_ids, now=now)
    return SplitStory(rest=rest, new=new)


@contextmanager
def _correcting(database: Database, story: str) -> Iterator[Ledger]:
    """Yield a write transaction during which no other process groups the story's topic or decides on its alerts."""
    with database.read() as ledger:
        topic = _find(ledger, story).topic
    with database.write(ALERT_TURN, stories_turn(topic)) as ledger:
        yield ledger


def _find(ledger: Ledger, ident: str) -> Story:
    number = id_number(ident, "s")
    found = [] if number is None else ledger.stories.get([number])
    if not found:
        raise CorrectionRefused(
            f"no story {ident}; ids look like s12",
            "`storywatch stories list` shows the stories with their ids",
        )
    return found[0]


def _item_number(ident: str) -> int:
    number = id_number(ident, "i")
    if number is None:
        raise CorrectionRefused(
            f"no item {ident}; ids look like i12",
            "`storywatch stories show STORY` lists its items with their ids",
        )
    return number


def merge(ledger: Ledger, story: Story, others: Iterable[Story], *, now: datetime) -> Story:
    """Move all items of the other stories into `story`; return the changed story.

    Raises:
        CorrectionRefused: one is on another topic, is merged already, or is `story` itself.
    """
    _refuse_merged(story)
    for other in others:
        _refuse_merged(other)
        if other.id == story.id:
            raise CorrectionRefused(f"s{story.id} cannot be merged into itself; name another story")
        if other.topic != story.topic:
            raise CorrectionRefused(
                f"s{other.id} is on topic {other.topic!r} and s{story.id} on {story.topic!r}; "
                "stories belong to one topic"
            )
        matches = ledger.matches.of_story(other.id)
        ledger.corrections.move(matches, Kind.MERGE, source=other.id, target=story.id, now=now)
        ledger.alerts.follow([match.id for match in matches], source=other.id, target=story.id)
        ledger.stories.absorb(other.id, into=story.id)
    return _refreshed(ledger, story.id, now=now)


def split(ledger: Ledger, story: Story, item_ids: Sequence[int], *, now: datetime) -> tuple[Story, Story]:
    """Move some items of a story into a new one; return the rest of the old story and the new one.

    Raises:
        CorrectionRefused: an item is not in the story, or none would stay in it.
    """
    _refuse_merged(story)
    matches = ledger.matches.of_story(story.id)
    moved = [match for match in matches if match.item.id in set(item_ids)]
    strangers = set(item_ids) - {match.item.id for match in moved}
    if strangers:
        named = ", ".join(f"i{item_id}" for item_id in sorted(strangers))
        raise CorrectionRefused(
            f"s{story.id} does not contain {named}", f"`storywatch stories show s{story.id}` lists its items"
        )
    if len(moved) == len(matches):
        raise CorrectionRefused(f"these are all items of s{story.id}; leave at least one in it")
    new = ledger.stories.open(moved[0])
    ledger.corrections.move(moved, Kind.SPLIT, source=story.id, target=new, now=now)
    ledger.alerts.follow([match.id for match in moved], source=story.id, target=new)
    return _refreshed(ledger, story.id, now=now), _refreshed(ledger, new, now=now)


def _refuse_merged(story: Story) -> None:
    if story.merged_into is not None:
        raise CorrectionRefused(f"s{story.id} was merged into s{story.merged_into}; name that one")


def _refreshed(ledger: Ledger, story_id: int, *, now: datetime) -> Story:
    """Recompute a story from its matches, make it due for the alert pass, and return it."""
    central = _central(ledger.matches.of_story(story_id))
    ledger.stories.refresh(story_id, headline_item_id=own_articles(ledger, {story_id: central})[story_id])
    ledger.stories.schedule({story_id: now})
    [story] = ledger.stories.get([story_id])
    return story


def _central(matches: Sequence[Match]) -> int:
    index = StoryIndex()
    for match in matches:
        index.add(document_of(match.item), story_time(match.item), 0)
    return int(index.headline(0))

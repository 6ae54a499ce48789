"""Mutes a topic, a story or a feed for a while, and ends mutes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.actions.refused import ActionRefused
from monitor.text.ids import id_number
from storage.model import Mute, MuteKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from storage.database import Database, Ledger
    from storage.model import Feed, Story

    # Returns the feed that a text names; raises an exception whose message says why there is none.
    FindFeed = Callable[[Ledger, str], Feed]


class MuteRefused(ActionRefused):
    """The target is unknown or ambiguous."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteTarget:
    """The target of a mute: its `name` in the database, and the topic, story or feed itself.

    `merged` is the id that was given, if that story was merged into this one.
    """

    kind: MuteKind
    name: str
    story: Story | None = None
    feed: Feed | None = None
    merged: str | None = None


def mute(
    database: Database,
    target: str,
    *,
    topics: Sequence[str],
    find_feed: FindFeed,
    now: datetime,
    until: datetime,
) -> MuteTarget:
    """Hold the alerts about a target until a time.

    Raises:
        MuteRefused: there is no such topic or story.
    """
    with database.write() as ledger:
        meant = _meant(ledger, target, topics, find_feed)
        ledger.mutes.add(Mute(kind=meant.kind, target=meant.name, since=now, until=until))
    return meant


def unmute(
    database: Database, target: str, *, topics: Sequence[str], find_feed: FindFeed, now: datetime
) -> tuple[MuteTarget, bool]:
    """End the mute of a target and release its held alerts; return the target and whether it was muted.

    Raises:
        MuteRefused: there is no such topic or story.
    """
    with database.write() as ledger:
        meant = _meant(ledger, target, topics, find_feed)
        lifted = ledger.mutes.lift(meant.kind, meant.name, now=now)
        ledger.alerts.release(["muted"], now=now)
        if meant.kind is MuteKind.FEED:
            ledger.stories.hasten(int(meant.name), now=now)
    return meant, lifted


def _meant(ledger: Ledger, target: str, topics: Sequence[str], find_feed: FindFeed) -> MuteTarget:
    if target in topics:
        return MuteTarget(kind=MuteKind.TOPIC, name=target)
    if target[:1] == "s" and target[1:].isdecimal():
        return _story(ledger, target)
    feed = find_feed(ledger, target)
    return MuteTarget(kind=MuteKind.FEED, name=str(feed.id), feed=feed)


def _story(ledger: Ledger, target: str) -> MuteTarget:
    number = id_number(target, "s")
    stories = [] if number is None else ledger.stories.get([number])
    if not stories:
        raise MuteRefused(f"no story {target}", "`storywatch stories list` shows the stories with their ids")
    story, merged = stories[0], None
    if story.merged_into is not None:
        [story], merged = ledger.stories.get([story.merged_into]), target
    return MuteTarget(kind=MuteKind.STORY, name=str(story.id), story=story, merged=merged)

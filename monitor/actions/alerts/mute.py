"""Mute a topic, a story or a feed for a while, and end a mute."""

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

    # Returns the feed that words name; raises an exception whose message says why there is none.
    FindFeed = Callable[[Ledger, str], Feed]


class MuteRefused(ActionRefused):
    """Nothing, or more than one thing, is meant by the target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteTarget:
    """What is muted: `name` as the database knows it, and the topic, the story or the feed itself.

    `merged` is the id that was asked for if that story was merged into this one.
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
    """Hold the alerts about a target until then.

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
    """Tell of a target again, and at once what was held; return it and whether it was muted.

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
        raise MuteRefused(f"no story {target}; `storywatch stories list` shows them with their ids")
    story, merged = stories[0], None
    if story.merged_into is not None:
        [story], merged = ledger.stories.get([story.merged_into]), target
    return MuteTarget(kind=MuteKind.STORY, name=str(story.id), story=story, merged=merged)

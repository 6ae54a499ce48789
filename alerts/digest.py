"""The digest pass: stories since the last one → render → messages and deliveries; and a digest on demand."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.desk import TURN, Desk, seal
from alerts.render.digest import render_digest
from storage.digests import DigestTurn
from storage.model import Digest, FeedState, FeedTrouble, Held, StoryNews

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, tzinfo

    from alerts.render.rendered import Rendered
    from storage.alerts import Alert
    from storage.database import Database, Ledger
    from storage.model import Channel, Feed, Match, Route

    # The first moment after the given one at which a cron line is due on that zone's clock.
    NextTurn = Callable[[str, tzinfo, datetime], datetime]

FIRST_PERIOD = timedelta(days=1)  # a route's first digest also tells what stood there when it was configured
TROUBLED = {FeedState.FAILING, FeedState.SILENT, FeedState.GONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A digest's message on a channel, and the held alerts that stand in it."""

    channel: Channel
    rendered: Rendered
    alert_ids: tuple[int, ...]


def digest(
    database: Database, desk: Desk, *, next_turn: NextTurn, now: datetime, until: datetime | None = None
) -> int:
    """Send the digests whose turn has come, each once, and return how many messages were sealed.

    They tell what was matched `until` then; where others still group what was matched before now, that is earlier.
    """
    sealed = 0
    for route in desk.routes:
        if route.at is None:
            continue
        following = next_turn(route.at, route.policy.timezone, now)
        with database.read() as ledger:
            turn = ledger.digests.turn(route.name)
        if turn is not None and turn.next_at <= now:
            sealed += _take_turn(database, desk, route, turn, following, now=now, until=until or now)
        # Look before taking the writer's place; an earlier turn than the scheduled one is a changed cron line.
        elif turn is None or following < turn.next_at:
            told_until = now - FIRST_PERIOD if turn is None else turn.told_until
            with database.write(turn=TURN) as ledger:
                if ledger.digests.turn(route.name) == turn:
                    ledger.digests.schedule(
                        DigestTurn(route=route.name, next_at=following, told_until=told_until)
                    )
    return sealed


def _take_turn(
    database: Database,
    desk: Desk,
    route: Route,
    turn: DigestTurn,
    following: datetime,
    *,
    now: datetime,
    until: datetime,
) -> int:
    """Tell a route's digest, unless another has taken its turn meanwhile, and schedule the following one."""
    with database.read() as ledger:  # after a flood there are thousands of stories to read
        written = [
            one
            for name in route.channels
            for one in _write(ledger, desk.channels[name], route, since=turn.told_until, until=until, now=now)
        ]
    with database.write(turn=TURN) as ledger:
        if ledger.digests.turn(route.name) != turn:
            return 0
        for one in written:
            message_id = seal(ledger, one.rendered, one.channel, now=now)
            ledger.alerts.told_in(one.alert_ids, message_id=message_id)
        ledger.digests.schedule(
            DigestTurn(route=route.name, next_at=following, told_until=max(until, turn.told_until))
        )
    return len(written)


def _write(
    ledger: Ledger, channel: Channel, route: Route, *, since: datetime, until: datetime, now: datetime
) -> list[_Written]:
    held = [alert for alert in ledger.alerts.held([channel.name]) if route.takes(alert.topic)]
    topics = None if "*" in route.topics else route.topics
    told = collect(ledger, since=since, until=until, topics=topics, held=held)
    if not told.stories and not route.tells_nothing:
        return []
    zone = route.policy.timezone
    held_of: dict[int, list[int]] = defaultdict(list)
    for alert in held:
        held_of[alert.story_id].append(alert.id)
    written, remaining = [], told.stories
    for rendered in render_digest(told, channel=channel, now=now.astimezone(zone), zone=zone):
        part, remaining = remaining[: rendered.stories], remaining[rendered.stories :]
        alert_ids = tuple(alert_id for news in part for alert_id in held_of[news.story.id])
        written.append(_Written(channel=channel, rendered=rendered, alert_ids=alert_ids))
    return written


def collect(
    ledger: Ledger,
    *,
    since: datetime,
    until: datetime,
    topics: Sequence[str] | None = None,
    held: Sequence[Alert] = (),
    holding: Sequence[Alert] = (),
) -> Digest:
    """Return the stories with items matched since then, each with those items, and the stories of `held` alerts.

    `holding` alerts are named as held, and not told.
    What counts is when an item was matched: a slow round may store an item long after it was first seen.
    """
    held_matches: dict[int, set[int]] = defaultdict(set)
    for alert in held:
        held_matches[alert.story_id].update(alert.match_ids)
    stories = {story.id: story for story in ledger.stories.matched_since(since, topics=topics)}
    stories |= {
        story.id: story for story in ledger.stories.get([one for one in held_matches if one not in stories])
    }
    matches = ledger.matches.of_stories(list(stories))
    news = [
        StoryNews(story=story, matches=told)
        for story in stories.values()
        if (told := _within(matches[story.id], since, until, held_matches[story.id]))
    ]
    troubles = tuple(_trouble(feed) for feed in ledger.feeds.subscribed() if feed.state in TROUBLED)
    return Digest(
        since=since,
        until=until,
        stories=tuple(news),
        held=len(held),
        holding=_held(ledger, [*held, *holding]),
        troubles=troubles,
    )


def _held(ledger: Ledger, alerts: Sequence[Alert]) -> tuple[Held, ...]:
    stories = {story.id: story for story in ledger.stories.get(list({alert.story_id for alert in alerts}))}
    return tuple(
        Held(story=stories[one.story_id], channel=one.channel, reason=one.held or "", until=one.held_until)
        for one in alerts
    )


def _within(matches: Sequence[Match], since: datetime, until: datetime, also: set[int]) -> tuple[Match, ...]:
    return tuple(match for match in matches if since < match.matched_at <= until or match.id in also)


def _trouble(feed: Feed) -> FeedTrouble:
    return FeedTrouble(
        title=feed.title or feed.url,
        url=feed.url,
        state=feed.state,
        since=feed.last_success,
        error=feed.last_error or "",
    )

"""The digest pass: stories since the last one → render → messages and deliveries; and a digest on demand."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.desk import TURN, Desk, seal
from alerts.render.digest import render_digest
from storage.digests import DigestTurn
from storage.model import Digest, FeedState, FeedTrouble, Held, StoryNews

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, tzinfo

    from storage.alerts import Alert
    from storage.database import Database, Ledger
    from storage.model import Feed, Match, Route

    # The first moment after the given one at which a cron line is due on that zone's clock.
    NextTurn = Callable[[str, tzinfo, datetime], datetime]

FIRST_PERIOD = timedelta(days=1)  # a route's first digest also tells what stood there when it was configured
TROUBLED = {FeedState.FAILING, FeedState.SILENT, FeedState.GONE}


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
        # Look before taking the writer's place; an earlier turn than the scheduled one is a changed cron line.
        if turn is None or turn.next_at <= now or following < turn.next_at:
            with database.write(turn=TURN) as ledger:
                sealed += _take_turn(ledger, desk, route, following, now=now, until=until or now)
    return sealed


def _take_turn(
    ledger: Ledger, desk: Desk, route: Route, following: datetime, *, now: datetime, until: datetime
) -> int:
    """Tell a route's digest if it is due, and schedule the following one."""
    turn = ledger.digests.turn(route.name)
    if turn is None:
        first = DigestTurn(route=route.name, next_at=following, told_until=now - FIRST_PERIOD)
        ledger.digests.schedule(first)
        return 0
    if turn.next_at > now:
        ledger.digests.schedule(DigestTurn(route=route.name, next_at=following, told_until=turn.told_until))
        return 0
    sealed = sum(
        _tell(ledger, desk, route, channel, since=turn.told_until, until=until, now=now)
        for channel in route.channels
    )
    ledger.digests.schedule(
        DigestTurn(route=route.name, next_at=following, told_until=max(until, turn.told_until))
    )
    return sealed


def _tell(
    ledger: Ledger,
    desk: Desk,
    route: Route,
    channel_name: str,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
) -> int:
    held = [alert for alert in ledger.alerts.held([channel_name]) if route.takes(alert.topic)]
    topics = None if "*" in route.topics else route.topics
    told = collect(ledger, since=since, until=until, topics=topics, held=held)
    if not told.stories and not route.tells_nothing:
        return 0
    channel = desk.channels[channel_name]
    zone = route.policy.timezone
    messages = render_digest(told, channel=channel, now=now.astimezone(zone), zone=zone)
    remaining = told.stories
    for rendered in messages:
        part, remaining = remaining[: rendered.stories], remaining[rendered.stories :]
        stories = {news.story.id for news in part}
        message_id = seal(ledger, rendered, channel, now=now)
        ledger.alerts.told_in([one.id for one in held if one.story_id in stories], message_id=message_id)
    return len(messages)


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
    news = [
        StoryNews(story=story, matches=told)
        for story in stories.values()
        if (told := _within(ledger.matches.of_story(story.id), since, until, held_matches[story.id]))
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

"""The digest pass: stories since the last digest → render → messages and deliveries; also digests on demand."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.deciding.routing import ALERT_TURN, PreparedMessage, Routing, enqueue_all, form_of, prepare
from storage.model import TROUBLED, Digest, FeedState, HeldStory, StoryNews
from storage.model.value import value
from storage.stores.digests import DigestTurn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, tzinfo

    from storage.database import Database, Ledger
    from storage.model import Channel, LinkUse, Route, Story
    from storage.stores.alerts import Alert

    # The first moment after the given one at which a cron line is due on that zone's clock.
    NextTurn = Callable[[str, tzinfo, datetime], datetime]
    News = dict[int, set[int]]  # the matches to report, by story

FIRST_PERIOD = timedelta(days=1)  # the period of a route's first digest


@value
class _Period:
    """The contents of a digest: matches by story, and the uses of links."""

    news: News
    uses: tuple[LinkUse, ...]
    since: datetime
    until: datetime


@value
class _Written:
    """A digest's message, and the held alerts that it contains."""

    prepared: PreparedMessage
    alert_ids: tuple[int, ...]


def digest(database: Database, routing: Routing, *, next_turn: NextTurn, now: datetime) -> int:
    """Compose the due digests, each once, and return how many messages were stored."""
    enqueued = 0
    for route in routing.routes:
        if route.at is None:
            continue
        following = next_turn(route.at, route.policy.timezone, now)
        with database.read() as ledger:
            turn = ledger.digests.turn(route.name)
        if turn is not None and turn.next_at <= now:
            enqueued += _take_turn(database, routing, route, turn, following, now=now)
        # Checked before taking the write lock. A turn earlier than the scheduled one means that the cron line changed.
        elif turn is None or following < turn.next_at:
            with database.write(ALERT_TURN) as ledger:
                if ledger.digests.turn(route.name) == turn:
                    _schedule(ledger, route, turn, following, now=now)
    return enqueued


def _schedule(
    ledger: Ledger, route: Route, turn: DigestTurn | None, following: datetime, *, now: datetime
) -> None:
    """Schedule a route's next digest; the first one covers the last `FIRST_PERIOD`."""
    reported_until = now - FIRST_PERIOD if turn is None else turn.reported_until
    ledger.digests.schedule(DigestTurn(route=route.name, next_at=following, reported_until=reported_until))
    if turn is None:
        ledger.digests.reach(route.name, ledger.digests.places_at(reported_until))


def _take_turn(
    database: Database,
    routing: Routing,
    route: Route,
    turn: DigestTurn,
    following: datetime,
    *,
    now: datetime,
) -> int:
    """Store a route's digest, unless another process did so meanwhile, and schedule the following one."""
    with database.read() as ledger:  # after a flood there are thousands of stories to read
        last = ledger.digests.last_places()
        period = _Period(
            news=_since_last_digest(ledger, route, last),
            uses=tuple(one for one in ledger.link_uses.unreported() if _concerns(one, route)),
            since=turn.reported_until,
            until=now,
        )
        written = [
            one
            for name in route.channels
            for one in _write(ledger, routing, routing.channels[name], route, period)
        ]
    with database.write(ALERT_TURN) as ledger:
        if ledger.digests.turn(route.name) != turn:
            return 0
        enqueued = enqueue_all(ledger, [one.prepared for one in written], now=now, pages=routing.pages)
        ledger.alerts.set_messages(dict(zip(enqueued, (one.alert_ids for one in written), strict=True)))
        if written:
            ledger.link_uses.set_reported([one.token for one in period.uses], now=now)
        ledger.digests.reach(route.name, last)
        ledger.digests.schedule(DigestTurn(route=route.name, next_at=following, reported_until=now))
    return len(written)


def _concerns(use: LinkUse, route: Route) -> bool:
    """Whether a digest route reports the use of a link: the use is about one of its topics, or about digests."""
    return not use.topics or any(route.takes(topic) for topic in use.topics)


def _since_last_digest(ledger: Ledger, route: Route, last: Mapping[str, int]) -> News:
    """Return the matches that were grouped since the route's last digest, whenever they were matched or seen."""
    reached = ledger.digests.reached(route.name)
    news: News = {}
    for topic, place in last.items():
        reported = reached.get(topic, 0)
        if reported < place and route.takes(topic):
            news |= ledger.digests.grouped_between(topic, reported, place)
    return news


def _write(
    ledger: Ledger, routing: Routing, channel: Channel, route: Route, period: _Period
) -> list[_Written]:
    from alerts.links.writer import link_writer, with_links  # noqa: PLC0415  # for a digest that is due
    from alerts.render.digest_message import render_digest  # noqa: PLC0415  # the same

    held = [alert for alert in ledger.alerts.held([channel.name]) if route.takes(alert.topic)]
    digest = _digest_of(ledger, period.news, since=period.since, until=period.until, held=held)
    has_missed = digest.coverage is not None and digest.coverage.missed
    if not (digest.stories or has_missed or period.uses or route.sends_empty):
        return []
    writer = link_writer(ledger, routing.pages, channel.name, now=period.until)
    stories = tuple(with_links(digest.stories, writer))
    digest = replace(digest, stories=stories, link_uses=period.uses, pages=routing.pages)
    zone = route.policy.timezone
    held_of: dict[int, list[int]] = defaultdict(list)
    for alert in held:
        held_of[alert.story_id].append(alert.id)
    written, remaining = [], digest.stories
    local = period.until.astimezone(zone)
    for rendered in render_digest(digest, form=form_of(channel), now=local, zone=zone):
        part, remaining = remaining[: rendered.stories], remaining[rendered.stories :]
        alert_ids = tuple(alert_id for one in part for alert_id in held_of[one.story.id])
        prepared = prepare(rendered, channel, now=period.until)
        written.append(_Written(prepared=prepared, alert_ids=alert_ids))
    return written


def collect(
    ledger: Ledger,
    *,
    since: datetime,
    until: datetime,
    topics: Sequence[str] | None = None,
    holding: Sequence[Alert] = (),
    most: int | None = None,
) -> Digest:
    """Return the stories with items matched in the period, each with these items; `holding` alerts are listed as held.

    The time of matching counts: a slow round may store an item long after it was first seen. `most` leaves all but the
    largest stories out, and reads none of their items.
    """
    news = ledger.digests.made_between(since, until, topics=topics)
    uses = tuple(
        one
        for one in ledger.link_uses.between(since, until)
        if topics is None or not set(topics).isdisjoint(one.topics)
    )
    digest = _digest_of(ledger, news, since=since, until=until, holding=holding, most=most)
    return replace(digest, link_uses=uses)


def _digest_of(
    ledger: Ledger,
    news: News,
    *,
    since: datetime,
    until: datetime,
    held: Sequence[Alert] = (),
    holding: Sequence[Alert] = (),
    most: int | None = None,
) -> Digest:
    """Return the stories of these matches, together with those of `held` alerts."""
    from alerts.coverage import coverage_of, missed_among  # noqa: PLC0415  # for a digest that is due

    wanted: dict[int, set[int]] = defaultdict(set)
    for story_id, match_ids in (*news.items(), *((one.story_id, one.match_ids) for one in held)):
        wanted[story_id].update(match_ids)
    stories = sorted(ledger.stories.get(list(wanted)), key=lambda story: _rank(story, news))
    missed = missed_among(ledger, list(wanted))
    carried = [story for story in stories if story.id not in missed]
    shown = carried[:most]
    matches = ledger.matches.chosen_of({story.id: wanted[story.id] for story in shown})
    # While the network is down, that is reported by itself; no single feed needs attention because of it.
    troubled = TROUBLED - {FeedState.FAILING} if ledger.reports.is_network_down() else TROUBLED
    troubles = tuple(
        replace(one, title=one.title or one.url) for one in ledger.feed_controls.troubled(troubled)
    )
    return Digest(
        since=since,
        until=until,
        stories=tuple(
            StoryNews(story=story, matches=tuple(matches[story.id])) for story in shown if matches[story.id]
        ),
        held=len(held),
        holding=_held(ledger, [*held, *holding]),
        troubles=troubles,
        more=len(carried) - len(shown),
        coverage=coverage_of(ledger, missed, since=since, until=until),
    )


def _rank(story: Story, news: News) -> tuple[object, ...]:
    """Order: stories with new items first, then the largest, then the newest."""
    return story.id not in news, -story.sources, -story.size, -story.last_seen.timestamp()


def _held(ledger: Ledger, alerts: Sequence[Alert]) -> tuple[HeldStory, ...]:
    stories = {story.id: story for story in ledger.stories.get(list({alert.story_id for alert in alerts}))}
    return tuple(
        HeldStory(
            story=stories[one.story_id], channel=one.channel, reason=one.held or "", until=one.held_until
        )
        for one in alerts
    )

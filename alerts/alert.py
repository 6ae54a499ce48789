"""The alert pass: due stories → decide → messages and deliveries, or held with a reason.

Running it again changes nothing: a decision stands once by its key (story, topic, reason, growth, channel).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alerts import policy
from alerts.desk import Desk, seal
from alerts.render.alert import render_alert, render_stories
from storage.alerts import NewAlert
from storage.model import StoryNews

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from storage.alerts import Alert
    from storage.database import Database, Ledger
    from storage.model import Channel, Match, Policy, Route, Story

SLICE = 50  # stories a transaction: rendering them stays under 100 ms
EVERY_CHANNEL = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """A decision just stored, with what it tells and under which policy."""

    alert_id: int
    news: StoryNews
    policy: Policy


@dataclass(slots=True)
class _Offers:
    """What the routes make of one story, gathered over its channels."""

    told: list[tuple[str, Route, policy.Tell]] = field(default_factory=list)
    waits: list[datetime] = field(default_factory=list)
    silences: list[tuple[str, policy.Silent]] = field(default_factory=list)


def alert(database: Database, desk: Desk, *, now: datetime) -> int:
    """Tell what is due, in slices, and return how many messages were sealed."""
    sealed = 0
    while _has_due(database, now):
        with database.write() as ledger:
            stories = ledger.stories.due(now=now, limit=SLICE)
            # What has waited goes first: in a flood the new would take every place that falls free.
            sealed += _tell_released(ledger, desk, ledger.alerts.released(now=now), now=now)
            sealed += _tell(ledger, desk, _decide(ledger, stories, desk, now=now), now=now)
        if len(stories) < SLICE:
            break
    return sealed


def release_undigested(database: Database, desk: Desk, *, now: datetime) -> None:
    """Let go what is held for a digest that no route sends any more; to be called when the routes may have changed."""
    with database.write() as ledger:
        for one in ledger.alerts.held(list(desk.channels)):
            if one.held and one.held_until is None and not desk.has_digest(one.channel, one.topic):
                ledger.alerts.hold(one.id, reason=one.held, until=now)


def _has_due(database: Database, now: datetime) -> bool:
    """Look before taking the writer's place: a tick a second finds nothing most of the time."""
    with database.read() as ledger:
        waits = (ledger.stories.next_due(), ledger.alerts.next_release())
    return any(due is not None and due <= now for due in waits)


def _decide(
    ledger: Ledger, stories: Sequence[Story], desk: Desk, *, now: datetime
) -> dict[str, list[_Decided]]:
    """Store what is decided about each story and return the alerts by channel."""
    past = ledger.alerts.of_stories([story.id for story in stories])
    decided: dict[str, list[_Decided]] = defaultdict(list)
    for story in stories:
        matches = ledger.matches.of_story(story.id)
        offers = _offers(story, matches, past.get(story.id, []), desk, now=now)
        for channel, route, tell in offers.told:
            alert_id = ledger.alerts.add(_new_alert(story, tell, channel, route), now=now)
            if alert_id is not None:
                news = StoryNews(story=story, matches=tell.matches, reason=tell.reason)
                decided[channel].append(_Decided(alert_id=alert_id, news=news, policy=route.policy))
        for channel, silent in offers.silences:
            ledger.alerts.silence(
                [match.id for match in silent.matches], channel=channel, reason=silent.reason, now=now
            )
        ledger.stories.schedule(story.id, due_at=min(offers.waits, default=None))
    return decided


def _offers(
    story: Story, matches: Sequence[Match], past: Iterable[Alert], desk: Desk, *, now: datetime
) -> _Offers:
    """Ask every route; on one channel the first route that tells decides, and else waiting beats silence."""
    by_channel: dict[str, list[Alert]] = defaultdict(list)
    for alert_ in past:
        by_channel[alert_.channel].append(alert_)
    offers = _Offers()
    channels = _routes_by_channel(desk, story.topic)
    if not channels:
        offers.silences.append((EVERY_CHANNEL, policy.Silent(reason=policy.NO_ROUTE, matches=tuple(matches))))
    for channel, routes in channels.items():
        heard = [
            (route, policy.offer(story, matches, by_channel[channel], route.policy, now=now))
            for route in routes
        ]
        _gather(offers, channel, heard)
    return offers


def _gather(offers: _Offers, channel: str, heard: Sequence[tuple[Route, policy.Offer]]) -> None:
    for route, offer in heard:
        if isinstance(offer, policy.Tell):
            offers.told.append((channel, route, offer))
            return
    waits = [offer.until for _, offer in heard if isinstance(offer, policy.Wait)]
    offers.waits.extend(waits)
    silent = next((offer for _, offer in heard if isinstance(offer, policy.Silent)), None)
    if silent and not waits:
        offers.silences.append((channel, silent))


def _routes_by_channel(desk: Desk, topic: str) -> dict[str, list[Route]]:
    routes: dict[str, list[Route]] = defaultdict(list)
    for route in desk.alert_routes(topic):
        for channel in route.channels:
            routes[channel].append(route)
    return routes


def _new_alert(story: Story, tell: policy.Tell, channel: str, route: Route) -> NewAlert:
    return NewAlert(
        story_id=story.id,
        topic=story.topic,
        reason=tell.reason,
        growth=tell.growth,
        channel=channel,
        route=route.name,
        sources=story.sources,
        match_ids=tuple(match.id for match in tell.matches),
    )


def _tell(ledger: Ledger, desk: Desk, decided: dict[str, list[_Decided]], *, now: datetime) -> int:
    """Seal a message for each alert that may go out now and hold the others; return how many were sealed."""
    sealed = 0
    for name, alerts in decided.items():
        channel = desk.channels[name]
        admitted, held = _admitted(ledger, desk, channel, alerts, now=now)
        for number, one in enumerate(admitted, start=1):
            last = number == len(admitted)
            rendered = render_alert(
                one.news, channel=channel, now=_local(one.policy, now), held=held if last else 0
            )
            ledger.alerts.told_in([one.alert_id], message_id=seal(ledger, rendered, channel, now=now))
        sealed += len(admitted)
    return sealed


def _admitted(
    ledger: Ledger, desk: Desk, channel: Channel, alerts: Sequence[_Decided], *, now: datetime
) -> tuple[list[_Decided], int]:
    """Hold what caps and quiet hours keep back; return what goes out, and how many are held on the channel."""
    sent = ledger.alerts.messages_since(channel.name, now - policy.CAP_WINDOW)
    admitted = []
    for one in alerts:
        hold = policy.admit(sent, one.policy, now=now)
        if hold is None:
            admitted.append(one)
            sent.append(now)
        else:
            in_digest = desk.has_digest(channel.name, one.news.story.topic)
            ledger.alerts.hold(one.alert_id, reason=hold.reason, until=None if in_digest else hold.until)
    return admitted, len(ledger.alerts.held([channel.name]))


def _tell_released(ledger: Ledger, desk: Desk, released: Sequence[Alert], *, now: datetime) -> int:
    """Tell what was held and may go out now, in one grouped message per route."""
    groups: dict[tuple[str, Route], list[Alert]] = defaultdict(list)
    for one in released:
        route = _route_of(desk, one)
        if route is not None:  # else it left the configuration: the alert stays held until it returns
            groups[one.channel, route].append(one)
    sealed = 0
    for (channel_name, route), alerts in groups.items():
        channel = desk.channels[channel_name]
        sent = ledger.alerts.messages_since(channel_name, now - policy.CAP_WINDOW)
        hold = policy.admit(sent, route.policy, now=now)
        if hold is not None:
            for one in alerts:
                ledger.alerts.hold(one.id, reason=hold.reason, until=hold.until)
            continue
        room = route.policy.max_per_hour - len(sent)
        sealed += _tell_together(ledger, channel, route, alerts, room=room, now=now)
    return sealed


def _route_of(desk: Desk, alert_: Alert) -> Route | None:
    """Return the route that an alert goes by: the one that decided it, else another that leads there now."""
    routes = [route for route in desk.alert_routes(alert_.topic) if alert_.channel in route.channels]
    return next((route for route in routes if route.name == alert_.route), routes[0] if routes else None)


def _tell_together(
    ledger: Ledger, channel: Channel, route: Route, alerts: Sequence[Alert], *, room: int, now: datetime
) -> int:
    """Seal grouped messages as far as there is room under the cap; what does not fit stays held."""
    news = [_news(ledger, one) for one in alerts]
    remaining = list(alerts)
    messages = render_stories(news, channel=channel, now=_local(route.policy, now))[:room]
    for rendered in messages:
        told, remaining = remaining[: rendered.stories], remaining[rendered.stories :]
        message_id = seal(ledger, rendered, channel, now=now)
        ledger.alerts.told_in([one.id for one in told], message_id=message_id)
    return len(messages)


def _news(ledger: Ledger, alert_: Alert) -> StoryNews:
    [story] = ledger.stories.get([alert_.story_id])
    told = set(alert_.match_ids)
    matches = tuple(match for match in ledger.matches.of_story(story.id) if match.id in told)
    return StoryNews(story=story, matches=matches, reason=alert_.reason)


def _local(policy_: Policy, now: datetime) -> datetime:
    """Return the same moment on the clock of the route's reader, for the times a message shows."""
    return now.astimezone(policy_.timezone)

"""Plans which alerts are sent now and which are held, from the alerts without a message. Pure.

    plan(waiting, routing, mutes, sent, now)  →  messages to compose, and holdings with their reason

Held alerts go first, in one message per route: during a flood, new ones would take every free place under the cap.
Alerts about items that appeared during an outage are collected into one message per route. Every other alert has a
message of its own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alerts.deciding import policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from alerts.deciding.routing import Routing
    from storage.model import Mute, Route
    from storage.stores.alerts import Alert
    from storage.stores.sent_messages import SentMessage

TOGETHER = 150  # stories in one message; mail clients clip longer mails
GAP_WAITS = 10  # group waits after which an outage's alerts are sent even if more of them keep arriving


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMessage:
    """Alerts of one route for one message on a channel: a single one, or several together."""

    channel: str
    route: Route
    alerts: tuple[Alert, ...]
    last: bool = False  # the last of this run on its channel; it says how many alerts are held


@dataclass(slots=True)
class AlertPlan:
    """The messages to write, and the alerts to hold by reason and end."""

    messages: list[PlannedMessage] = field(default_factory=list)
    holds: dict[tuple[str, datetime | None], list[int]] = field(default_factory=lambda: defaultdict(list))


def plan(
    waiting: Iterable[Alert],
    routing: Routing,
    mutes: Sequence[Mute],
    sent: Mapping[str, Sequence[SentMessage]],
    *,
    now: datetime,
) -> AlertPlan:
    """Return the plan for the alerts without a message.

    `sent` are each channel's messages of the last hour.
    """
    planner = _Planner(routing, mutes, now)
    by_channel: dict[str, list[Alert]] = defaultdict(list)
    for one in waiting:
        by_channel[one.channel].append(one)
    for channel, alerts in by_channel.items():
        planner.plan(channel, alerts, sent.get(channel, ()))
    return planner.result


class _Planner:
    """Builds a plan, channel by channel."""

    def __init__(self, routing: Routing, mutes: Sequence[Mute], now: datetime) -> None:
        self.result = AlertPlan()
        self._routing = routing
        self._mutes = mutes
        self._now = now
        # The messages of the last hour on the current channel and their topics, by the cap that they count for.
        self._sent: dict[str, list[datetime]] = defaultdict(list)
        self._sent_topics: dict[str, set[str]] = defaultdict(set)

    def plan(self, channel: str, alerts: Sequence[Alert], sent: Iterable[SentMessage]) -> None:
        """Plan one channel's alerts."""
        self._sent.clear()
        self._sent_topics.clear()
        for message in sent:
            self._count(message.route, message.at, message.topics)
        waited: dict[Route, list[Alert]] = defaultdict(list)
        gaps: dict[Route, list[Alert]] = defaultdict(list)
        fresh: list[tuple[Route, Alert]] = []
        for one in alerts:
            route = self._route(one)
            if route is None:
                continue
            if one.gap_since is not None and one.held in {None, policy.GAP}:
                gaps[route].append(one)
            elif one.held is not None:
                waited[route].append(one)
            else:
                fresh.append((route, one))
        ready = [(route, self._gathered(group, route)) for route, group in gaps.items()]
        messages: list[PlannedMessage] = []
        for route, group in (*waited.items(), *ready):
            messages += self._together(channel, route, group)
        for route, one in fresh:
            messages += self._together(channel, route, [one])
        self.result.messages += [*messages[:-1], *(_last(message) for message in messages[-1:])]

    def _route(self, one: Alert) -> Route | None:
        """Return an alert's route, or hold the alert if it has no route any more or was muted."""
        route = self._routing.route_of(one)
        if route is None:
            self.result.holds[policy.REMOVED, None].append(one.id)
            return None
        mute = policy.muted(self._mutes, topic=one.topic, story_id=one.story_id, now=self._now)
        if mute is not None:
            self._hold(one, mute)
            return None
        return route

    def _gathered(self, group: Sequence[Alert], route: Route) -> Sequence[Alert]:
        """Return an outage's alerts once no further one arrived for a group wait; hold them until then."""
        decided = [one.decided_at for one in group]
        wait = route.policy.group_wait
        ready = min(max(decided) + wait, min(decided) + GAP_WAITS * wait)
        if ready <= self._now:
            return group
        self.result.holds[policy.GAP, ready] += [one.id for one in group if one.held_until != ready]
        return ()

    def _together(self, channel: str, route: Route, group: Sequence[Alert]) -> list[PlannedMessage]:
        """Return messages with the alerts that the cap allows now, and hold the others."""
        messages: list[PlannedMessage] = []
        part: list[Alert] = []
        cap = self._routing.cap_of(route.name)
        for one in group:
            reserved = self._reserved(channel, one.topic, route)
            held = policy.admit(self._sent[cap], one.topic, route.policy, now=self._now, reserved=reserved)
            if held is not None:
                self._hold(one, held)
                continue
            part.append(one)
            if len(part) == TOGETHER:
                messages.append(self._message(channel, route, part))
                part = []
        return [*messages, self._message(channel, route, part)] if part else messages

    def _message(self, channel: str, route: Route, part: Sequence[Alert]) -> PlannedMessage:
        self._count(route.name, self._now, {one.topic for one in part})
        return PlannedMessage(channel=channel, route=route, alerts=tuple(part))

    def _count(self, route: str | None, at: datetime, topics: Iterable[str]) -> None:
        cap = self._routing.cap_of(route)
        self._sent[cap].append(at)
        self._sent_topics[cap].update(topics)

    def _reserved(self, channel: str, topic: str, route: Route) -> int:
        """Return how many places under the cap a topic leaves to others: none if it had no message in the last hour."""
        cap = self._routing.cap_of(route.name)
        if topic not in self._sent_topics[cap]:
            return 0
        quiet = self._routing.topics_under(cap, channel) - self._sent_topics[cap]
        return policy.reserved_places(route.policy.max_per_hour, len(quiet))

    def _hold(self, one: Alert, held: policy.MustWait) -> None:
        in_digest = self._routing.has_digest(one.channel, one.topic)
        self.result.holds[held.reason, None if in_digest else held.until].append(one.id)


def _last(message: PlannedMessage) -> PlannedMessage:
    return PlannedMessage(channel=message.channel, route=message.route, alerts=message.alerts, last=True)

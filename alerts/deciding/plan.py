"""Plans which alerts are sent now and which are held, from the alerts without a message. Pure.

    plan(untold, routing, mutes, sent, told, now)  →  messages to compose, and holdings with their reason

Held alerts go first, in one message per route: during a flood, new ones would take every free place under the cap.
Alerts about items that appeared during an outage are collected into one message per route. Every other alert has a
message of its own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from alerts.deciding import policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from alerts.deciding.routing import Routing
    from storage.model import Mute, Route
    from storage.stores.alerts import Alert

TOGETHER = 150  # stories in one message; mail clients clip longer mails
NOTHING_TOLD: Mapping[str, Iterable[str]] = MappingProxyType({})
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
    untold: Iterable[Alert],
    routing: Routing,
    mutes: Sequence[Mute],
    sent: Mapping[str, Sequence[datetime]],
    told: Mapping[str, Iterable[str]] = NOTHING_TOLD,
    *,
    now: datetime,
) -> AlertPlan:
    """Return what to do about the alerts without a message.

    `sent` are the times of each channel's messages of the last hour, `told` the topics in them.
    """
    planner = _Planner(routing, mutes, now)
    by_channel: dict[str, list[Alert]] = defaultdict(list)
    for one in untold:
        by_channel[one.channel].append(one)
    for channel, alerts in by_channel.items():
        planner.plan(channel, alerts, list(sent.get(channel, ())), set(told.get(channel, ())))
    return planner.result


class _Planner:
    """Builds a plan, channel by channel."""

    def __init__(self, routing: Routing, mutes: Sequence[Mute], now: datetime) -> None:
        self.result = AlertPlan()
        self._routing = routing
        self._mutes = mutes
        self._now = now
        self._told: set[str] = set()  # topics with a message in the last hour, on the current channel
        self._topics: frozenset[str] = frozenset()

    def plan(self, channel: str, alerts: Sequence[Alert], sent: list[datetime], told: set[str]) -> None:
        """Plan one channel's alerts."""
        self._told, self._topics = told, self._routing.topics_to(channel)
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
            messages += self._together(channel, route, group, sent)
        for route, one in fresh:
            messages += self._together(channel, route, [one], sent)
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

    def _together(
        self, channel: str, route: Route, group: Sequence[Alert], sent: list[datetime]
    ) -> list[PlannedMessage]:
        """Return messages with the alerts that the cap allows now, and hold the others."""
        messages: list[PlannedMessage] = []
        part: list[Alert] = []
        for one in group:
            held = policy.admit(
                sent, one.topic, route.policy, now=self._now, kept=self._kept(one.topic, route)
            )
            if held is not None:
                self._hold(one, held)
                continue
            part.append(one)
            if len(part) == TOGETHER:
                messages.append(self._message(channel, route, part, sent))
                part = []
        return [*messages, self._message(channel, route, part, sent)] if part else messages

    def _message(
        self, channel: str, route: Route, part: Sequence[Alert], sent: list[datetime]
    ) -> PlannedMessage:
        sent.append(self._now)
        self._told |= {one.topic for one in part}
        return PlannedMessage(channel=channel, route=route, alerts=tuple(part))

    def _kept(self, topic: str, route: Route) -> int:
        """Return how many places under the cap a topic leaves to others: none if it had no message in the last hour."""
        if topic not in self._told:
            return 0
        return policy.places_kept(route.policy.max_per_hour, len(self._topics - self._told))

    def _hold(self, one: Alert, held: policy.MustWait) -> None:
        in_digest = self._routing.has_digest(one.channel, one.topic)
        self.result.holds[held.reason, None if in_digest else held.until].append(one.id)


def _last(message: PlannedMessage) -> PlannedMessage:
    return PlannedMessage(channel=message.channel, route=message.route, alerts=message.alerts, last=True)

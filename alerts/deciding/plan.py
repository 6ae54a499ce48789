"""What is to be told now, and what must wait: pure, from the alerts that stand in no message.

    plan(untold, routing, mutes, sent, told, now)  →  messages to compose, and holdings with their reason

What has waited goes first, in one message per route: in a flood the new would take every place that falls free.
What appeared during an outage is gathered and told in one message per route. Everything else has a message of its own.
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

TOGETHER = 150  # stories in one message; a mail of more is clipped by its readers
NOTHING_TOLD: Mapping[str, Iterable[str]] = MappingProxyType({})
GAP_WAITS = 10  # group waits after which an outage is told though more of it keeps coming in


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMessage:
    """Alerts of one route to be told on a channel: one by itself, or several together."""

    channel: str
    route: Route
    alerts: tuple[Alert, ...]
    last: bool = False  # on its channel, in this run of the pass: it says how many are held


@dataclass(slots=True)
class AlertPlan:
    """What to write, and what to hold by reason and end."""

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
    """Return what to do about alerts that stand in no message.

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
    """A plan in the making."""

    def __init__(self, routing: Routing, mutes: Sequence[Mute], now: datetime) -> None:
        self.result = AlertPlan()
        self._routing = routing
        self._mutes = mutes
        self._now = now
        self._told: set[str] = set()  # topics with a message in the last hour, on the channel in hand
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
        """Return the route an alert goes by, or hold it: nothing leads there, or its owner muted it."""
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
        """Return what appeared during an outage once no more of it came in for a group wait; until then hold it."""
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
        """Return messages with what may be told now, each of which counts for the cap, and hold the others."""
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
        """Return how many places a topic leaves to others: none if it had no message in the last hour itself."""
        if topic not in self._told:
            return 0
        return policy.places_kept(route.policy.max_per_hour, len(self._topics - self._told))

    def _hold(self, one: Alert, held: policy.MustWait) -> None:
        in_digest = self._routing.has_digest(one.channel, one.topic)
        self.result.holds[held.reason, None if in_digest else held.until].append(one.id)


def _last(message: PlannedMessage) -> PlannedMessage:
    return PlannedMessage(channel=message.channel, route=message.route, alerts=message.alerts, last=True)

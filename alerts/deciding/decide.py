"""Decides about stories by their routes; stores the decisions as alerts, or as silences with their reason.

A decision is unique by its key (story, topic, reason, growth, channel), however often it is made.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alerts.deciding import policy
from storage.stores.alerts import NewAlert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from alerts.deciding.routing import Routing
    from storage.database import Ledger
    from storage.model import Match, Route, Story
    from storage.stores.alerts import Alert

EVERY_CHANNEL = "*"


@dataclass(slots=True)
class _Decisions:
    """The decisions of the routes about one story, collected over its channels."""

    alerts: list[tuple[str, Route, policy.SendAlert]] = field(default_factory=list)
    due: list[datetime] = field(default_factory=list)
    no_alerts: list[tuple[str, policy.NoAlert]] = field(default_factory=list)


def decide(ledger: Ledger, stories: Sequence[Story], routing: Routing, *, now: datetime) -> None:
    """Store the decisions about each story, and when to look at it again."""
    story_ids = [story.id for story in stories]
    past = ledger.alerts.of_stories(story_ids)
    muted_since = {
        (one.match_id, one.channel): one.decided_at
        for one in ledger.history.silenced(story_ids, policy.FEED_MUTED)
    }
    muted = policy.muted_feeds(ledger.mutes.active(now=now))
    control = ledger.feed_controls.control_feeds()
    of_stories = ledger.matches.of_stories(story_ids)
    eligibility = policy.Eligibility(
        muted_feeds=muted,
        control_feeds=control,
        eligible_elsewhere=_eligible_elsewhere(ledger, control | muted.keys(), of_stories),
        new_terms=routing.new_terms,
    )
    for story in stories:
        matches = of_stories[story.id]
        decisions = _decide_on_channels(story, matches, past.get(story.id, []), routing, eligibility, now=now)
        for channel, route, alert in decisions.alerts:
            alert_id = ledger.alerts.add(_new_alert(story, alert, channel, route), now=now)
            waited = [
                muted_since[key]
                for match in alert.matches
                if (key := (match.id, channel)) in muted_since and match.item.feed_id not in muted
            ]
            if alert_id is not None and len(waited) == len(alert.matches):
                until = None if routing.has_digest(channel, story.topic) else now
                ledger.alerts.hold([alert_id], reason=policy.FEED_MUTED, until=until, now=min(waited))
        for channel, one in decisions.no_alerts:
            ids = [match.id for match in one.matches]
            ledger.alerts.record_silence(ids, channel=channel, reason=one.reason, now=now)
        ledger.stories.schedule(story.id, due_at=min(decisions.due, default=None))


def _eligible_elsewhere(
    ledger: Ledger, silent: AbstractSet[int], of_stories: Mapping[int, Sequence[Match]]
) -> frozenset[int]:
    """Return the articles of muted and control feeds' items that came by other feeds, too."""
    items = [match.item for matches in of_stories.values() for match in matches]
    asked = [item.article for item in items if item.feed_id in silent]
    if not asked:
        return frozenset()
    feeds = ledger.articles.feeds_of(asked)
    return frozenset(article for article, feed_ids in feeds.items() if feed_ids - silent)


def _decide_on_channels(
    story: Story,
    matches: Sequence[Match],
    past: Iterable[Alert],
    routing: Routing,
    eligibility: policy.Eligibility,
    *,
    now: datetime,
) -> _Decisions:
    """Ask every route. On each channel the first that alerts decides; else one that decides later outranks silence."""
    by_channel: dict[str, list[Alert]] = defaultdict(list)
    for alert in past:
        by_channel[alert.channel].append(alert)
    decisions = _Decisions()
    channels = _routes_by_channel(routing, story.topic)
    if not channels:
        decisions.no_alerts.append(
            (EVERY_CHANNEL, policy.NoAlert(reason=policy.NO_ROUTE, matches=tuple(matches)))
        )
    for channel, routes in channels.items():
        answers = [
            (
                route,
                policy.route_decision(
                    story, matches, by_channel[channel], route.policy, now=now, eligibility=eligibility
                ),
            )
            for route in routes
        ]
        mute_ends = _gather(decisions, channel, answers, eligibility)
        # A digest includes stories held by a mute of the feed. Without a digest they are alerted when the mute ends.
        if mute_ends is not None and not routing.has_digest(channel, story.topic):
            decisions.due.append(mute_ends)
    return decisions


def _gather(
    decisions: _Decisions,
    channel: str,
    answers: Sequence[tuple[Route, policy.RouteDecision]],
    eligibility: policy.Eligibility,
) -> datetime | None:
    """Record the decisions of a channel's routes; return when the mute of a feed ends that held items back."""
    for route, decision in answers:
        if isinstance(decision, policy.SendAlert):
            decisions.alerts.append((channel, route, decision))
            decisions.no_alerts += [(channel, one) for one in policy.exclusions_of(decision, eligibility)]
            return decision.mute_ends
    later = [decision.until for _, decision in answers if isinstance(decision, policy.DecideLater)]
    decisions.due.extend(later)
    no_alert = next((decision for _, decision in answers if isinstance(decision, policy.NoAlert)), None)
    if no_alert is None or later:
        return None
    decisions.no_alerts.append((channel, no_alert))
    return no_alert.mute_ends


def _routes_by_channel(routing: Routing, topic: str) -> dict[str, list[Route]]:
    routes: dict[str, list[Route]] = defaultdict(list)
    for route in routing.alert_routes(topic):
        for channel in route.channels:
            routes[channel].append(route)
    return routes


def _new_alert(story: Story, alert: policy.SendAlert, channel: str, route: Route) -> NewAlert:
    gaps = [match.item.gap_since for match in alert.matches if match.item.gap_since is not None]
    return NewAlert(
        story_id=story.id,
        topic=story.topic,
        reason=alert.reason,
        growth=alert.growth,
        channel=channel,
        route=route.name,
        sources=alert.sources,
        match_ids=tuple(match.id for match in alert.matches),
        brings=alert.brings,
        gap_since=min(gaps, default=None),
    )

"""Decides about stories by their routes; the decisions are stored as alerts, or as silences with their reason.

A decision is unique by its key (story, topic, reason, growth, channel), however often it is made.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from alerts.deciding import policy
from storage.stores.new_alerts import NewAlert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from alerts.deciding.routing import Routing, TermsOfTexts
    from storage.database import Ledger
    from storage.model import MatchOutline, Route, Story
    from storage.stores.alerts import Alert
    from storage.stores.history import Silence
    from storage.stores.stories import DueStory

EVERY_CHANNEL = "*"


@dataclass(slots=True)
class _Decisions:
    """The decisions of the routes about one story, collected over its channels."""

    alerts: list[tuple[str, Route, policy.SendAlert]] = field(default_factory=list)
    due: list[datetime] = field(default_factory=list)
    no_alerts: list[tuple[str, policy.NoAlert]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedStory:
    """The decisions about a story. `silences` are the matches to record as silent, by channel and reason."""

    due: DueStory
    alerts: Sequence[_DecidedAlert]
    silences: Mapping[tuple[str, str], Sequence[int]]
    next_due: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _DecidedAlert:
    """An alert to store; it is held if all its matches had waited since `muted_since` for the mute of a feed to end."""

    alert: NewAlert
    muted_since: datetime | None
    until: datetime | None


def decide(
    ledger: Ledger, due: Sequence[DueStory], routing: Routing, *, now: datetime
) -> Sequence[DecidedStory]:
    """Return the decisions about each story, without storing anything: a long story takes a while to read."""
    story_ids = [one.story.id for one in due]
    past = ledger.alerts.of_stories(story_ids)
    silences = ledger.history.silences_of(story_ids)
    muted = policy.muted_feeds(ledger.mutes.active(now=now))
    control = ledger.feed_controls.control_feeds()
    of_stories = ledger.matches.outlines_of(story_ids)
    eligibility = policy.Eligibility(
        muted_feeds=muted,
        control_feeds=control,
        eligible_elsewhere=_eligible_elsewhere(ledger, control | muted.keys(), of_stories),
        new_terms=partial(_new_terms, ledger, routing.new_terms),
    )
    decided: list[DecidedStory] = []
    for one in due:
        matches, alerts = of_stories[one.story.id], past.get(one.story.id, [])
        decisions = _decide_on_channels(one.story, matches, alerts, routing, eligibility, now=now)
        new = [
            _DecidedAlert(
                alert=_new_alert(one.story, alert, channel, route),
                muted_since=_muted_since(alert, channel, silences, muted.keys()),
                until=None if routing.has_digest(channel, one.story.topic) else now,
            )
            for channel, route, alert in decisions.alerts
        ]
        decided.append(
            DecidedStory(
                due=one,
                alerts=new,
                silences=_new_silences(decisions, silences),
                next_due=min(decisions.due, default=None),
            )
        )
    return decided


def store(ledger: Ledger, decided: Sequence[DecidedStory], *, now: datetime) -> None:
    """Store decisions about stories that did not change since, and when to look at them again."""
    alerts = [one for story in decided for one in story.alerts]
    added = ledger.alerts.add([one.alert for one in alerts], now=now)
    for one, alert_id in zip(alerts, added, strict=True):
        if alert_id is not None and one.muted_since is not None:
            ledger.alerts.hold([alert_id], reason=policy.FEED_MUTED, until=one.until, now=one.muted_since)
    for story in decided:
        for (channel, reason), match_ids in story.silences.items():
            ledger.alerts.record_silence(match_ids, channel=channel, reason=reason, now=now)
    ledger.stories.schedule({story.due.story.id: story.next_due for story in decided})


def _muted_since(
    alert: policy.SendAlert,
    channel: str,
    silences: Mapping[tuple[int, str], Silence],
    muted: AbstractSet[int],
) -> datetime | None:
    """Return since when an alert waited for the mute of a feed, if all its matches did; None otherwise."""
    known = [silences.get((match.id, channel)) for match in alert.matches if match.feed_id not in muted]
    waited = [one.decided_at for one in known if one is not None and one.reason == policy.FEED_MUTED]
    return min(waited) if len(waited) == len(alert.matches) else None


def _new_terms(
    ledger: Ledger, compare: TermsOfTexts, alerted: Sequence[MatchOutline], fresh: Sequence[MatchOutline]
) -> tuple[str, ...]:
    """Return the new terms of an update, from the texts of the matches, of which only outlines were read."""
    whole = {match.id: match for match in ledger.matches.get([one.id for one in (*alerted, *fresh)])}
    return compare([whole[one.id] for one in alerted], [whole[one.id] for one in fresh])


def _new_silences(
    decisions: _Decisions, silences: Mapping[tuple[int, str], Silence]
) -> dict[tuple[str, str], list[int]]:
    """Return the matches without an alert by channel and reason, except those already recorded with this reason."""
    found: dict[tuple[str, str], list[int]] = {}
    for channel, one in decisions.no_alerts:
        for match in one.matches:
            recorded = silences.get((match.id, channel))
            if recorded is None or recorded.reason != one.reason:
                found.setdefault((channel, one.reason), []).append(match.id)
    return found


def _eligible_elsewhere(
    ledger: Ledger, silent: AbstractSet[int], of_stories: Mapping[int, Sequence[MatchOutline]]
) -> frozenset[int]:
    """Return the articles of muted and control feeds' items that came by other feeds, too."""
    asked = [match.article for its in of_stories.values() for match in its if match.feed_id in silent]
    if not asked:
        return frozenset()
    feeds = ledger.articles.feeds_of(asked)
    return frozenset(article for article, feed_ids in feeds.items() if feed_ids - silent)


def _decide_on_channels(
    story: Story,
    matches: Sequence[MatchOutline],
    past: Iterable[Alert],
    routing: Routing,
    eligibility: policy.Eligibility,
    *,
    now: datetime,
) -> _Decisions:
    """Ask every route. On each channel the first route that alerts decides; without one, a later decision takes precedence over silence."""
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
    gaps = [match.gap_since for match in alert.matches if match.gap_since is not None]
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

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
class _Offers:
    """The decisions of the routes about one story, collected over its channels."""

    told: list[tuple[str, Route, policy.Tell]] = field(default_factory=list)
    waits: list[datetime] = field(default_factory=list)
    silences: list[tuple[str, policy.Silent]] = field(default_factory=list)


def decide(ledger: Ledger, stories: Sequence[Story], routing: Routing, *, now: datetime) -> None:
    """Store the decisions about each story, and when to look at it again."""
    story_ids = [story.id for story in stories]
    past = ledger.alerts.of_stories(story_ids)
    unheard = {
        (one.match_id, one.channel): one.decided_at
        for one in ledger.history.silenced(story_ids, policy.FEED_MUTED)
    }
    muted = policy.muted_feeds(ledger.mutes.standing(now=now))
    control = ledger.feed_controls.control_feeds()
    of_stories = ledger.matches.of_stories(story_ids)
    hearing = policy.StoryAudience(
        muted_feeds=muted,
        control_feeds=control,
        heard_elsewhere=_heard_elsewhere(ledger, control | muted.keys(), of_stories),
        new_terms=routing.new_terms,
    )
    for story in stories:
        matches = of_stories[story.id]
        offers = _offers(story, matches, past.get(story.id, []), routing, hearing, now=now)
        for channel, route, tell in offers.told:
            alert_id = ledger.alerts.add(_new_alert(story, tell, channel, route), now=now)
            waited = [
                unheard[key]
                for match in tell.matches
                if (key := (match.id, channel)) in unheard and match.item.feed_id not in muted
            ]
            if alert_id is not None and len(waited) == len(tell.matches):
                until = None if routing.has_digest(channel, story.topic) else now
                ledger.alerts.hold([alert_id], reason=policy.FEED_MUTED, until=until, now=min(waited))
        for channel, silent in offers.silences:
            ids = [match.id for match in silent.matches]
            ledger.alerts.silence(ids, channel=channel, reason=silent.reason, now=now)
        ledger.stories.schedule(story.id, due_at=min(offers.waits, default=None))


def _heard_elsewhere(
    ledger: Ledger, silent: AbstractSet[int], of_stories: Mapping[int, Sequence[Match]]
) -> frozenset[int]:
    """Return the articles of muted and control feeds' items that came by other feeds, too."""
    items = [match.item for matches in of_stories.values() for match in matches]
    asked = [item.article for item in items if item.feed_id in silent]
    if not asked:
        return frozenset()
    feeds = ledger.articles.feeds_of(asked)
    return frozenset(article for article, feed_ids in feeds.items() if feed_ids - silent)


def _offers(
    story: Story,
    matches: Sequence[Match],
    past: Iterable[Alert],
    routing: Routing,
    hearing: policy.StoryAudience,
    *,
    now: datetime,
) -> _Offers:
    """Ask every route. On each channel the first route that alerts decides; otherwise waiting outranks silence."""
    by_channel: dict[str, list[Alert]] = defaultdict(list)
    for alert in past:
        by_channel[alert.channel].append(alert)
    offers = _Offers()
    channels = _routes_by_channel(routing, story.topic)
    if not channels:
        offers.silences.append((EVERY_CHANNEL, policy.Silent(reason=policy.NO_ROUTE, matches=tuple(matches))))
    for channel, routes in channels.items():
        heard = [
            (
                route,
                policy.offer(story, matches, by_channel[channel], route.policy, now=now, hearing=hearing),
            )
            for route in routes
        ]
        again = _gather(offers, channel, heard, hearing)
        # A digest includes what a mute of the feed held back. Only without one is there an alert when the mute ends.
        if again is not None and not routing.has_digest(channel, story.topic):
            offers.waits.append(again)
    return offers


def _gather(
    offers: _Offers, channel: str, heard: Sequence[tuple[Route, policy.Offer]], hearing: policy.StoryAudience
) -> datetime | None:
    """Record the decisions of a channel's routes; return when the mute of a feed ends that held items back."""
    for route, offer in heard:
        if isinstance(offer, policy.Tell):
            offers.told.append((channel, route, offer))
            offers.silences += [(channel, silent) for silent in policy.unheard_by_reason(offer, hearing)]
            return offer.again
    waits = [offer.until for _, offer in heard if isinstance(offer, policy.Wait)]
    offers.waits.extend(waits)
    silent = next((offer for _, offer in heard if isinstance(offer, policy.Silent)), None)
    if silent is None or waits:
        return None
    offers.silences.append((channel, silent))
    return silent.again


def _routes_by_channel(routing: Routing, topic: str) -> dict[str, list[Route]]:
    routes: dict[str, list[Route]] = defaultdict(list)
    for route in routing.alert_routes(topic):
        for channel in route.channels:
            routes[channel].append(route)
    return routes


def _new_alert(story: Story, tell: policy.Tell, channel: str, route: Route) -> NewAlert:
    gaps = [match.item.gap_since for match in tell.matches if match.item.gap_since is not None]
    return NewAlert(
        story_id=story.id,
        topic=story.topic,
        reason=tell.reason,
        growth=tell.growth,
        channel=channel,
        route=route.name,
        sources=tell.sources,
        match_ids=tuple(match.id for match in tell.matches),
        brings=tell.brings,
        gap_since=min(gaps, default=None),
    )

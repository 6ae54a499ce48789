"""The events and stories whose messages the reference shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alerts.render.event_kind import EventKind
from alerts.render.event_message import Event
from storage.model import Item, Match, Reason, Story, StoryNews, Why

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
EVENT = Event(
    kind=EventKind.FEED_FAILING,
    name="Harbour Courier",
    url="https://harbour-courier.example/feed.xml",
    since=NOON - timedelta(hours=3),
    detail="HTTP 503",
)


def a_new_story() -> StoryNews:
    """Return a story of one item, as its first alert sends it."""
    title = "Port Allard council votes to bar its police from face recognition"
    url = "https://harbour-courier.example/city/council-ban-vote"
    item = Item(
        id=156,
        feed_id=1,
        feed="Harbour Courier",
        publisher_id=url,
        title=title,
        summary="The ordinance forbids the police to use facial recognition.",
        content="",
        url=url,
        published_at=NOON - timedelta(minutes=10),
        first_seen=NOON,
        outlet="harbour-courier.example",
        outlet_name="Harbour Courier",
    )
    match = Match(
        id=1,
        item=item,
        topic="police-face-recognition",
        score=0.77,
        why=(Why(term="face recognition", weight=0.6, where="title"),),
        rule_version=1,
        matched_at=NOON,
    )
    story = Story(
        id=3, topic=match.topic, title=title, url=url, first_seen=NOON, last_seen=NOON, sources=1, size=1
    )
    return StoryNews(story=story, matches=(match,), reason=Reason.NEW, more=0)

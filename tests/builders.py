"""Builders of values for tests: each has ordinary defaults and takes only the fields that a test is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from storage.model import (
    Channel,
    Delivery,
    DeliveryState,
    Digest,
    Feed,
    FeedState,
    FeedTrouble,
    Item,
    Match,
    MatchOutline,
    Message,
    Policy,
    Reason,
    Story,
    StoryNews,
    Updates,
    Why,
)
from storage.stores.overview import Overview

if TYPE_CHECKING:
    from collections.abc import Sequence

SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
# When a webhook is tried again, as standardwebhooks.com says.
STANDARD_WEBHOOKS = [
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    *(hours * HOUR for hours in (2, 5, 10, 14, 20, 24)),
]
TOPIC = "police-face-recognition"


def a_feed(**given: Any) -> Feed:
    """A feed that is due at noon and was never polled."""
    ordinary = {
        "id": 1,
        "url": "https://example.org/feed",
        "title": "A feed",
        "current_url": "https://example.org/feed",
        "host": "example.org:443",
        "interval": HOUR,
        "next_poll": NOON,
    }
    return Feed(**{**ordinary, **given})


def a_policy(**given: Any) -> Policy:
    """A policy that alerts at once, and again when a story grows."""
    ordinary = {
        "group_wait": timedelta(0),
        "updates": Updates.WHEN_IT_GROWS,
        "max_per_hour": 20,
        "quiet": None,
        "timezone": BERLIN,
    }
    return Policy(**{**ordinary, **given})


def an_item(**given: Any) -> Item:
    """An item seen at noon, published ten minutes before."""
    number = given.get("id", 1)
    ordinary = {
        "id": number,
        "feed_id": 1,
        "feed": "Harbour Post",
        "publisher_id": f"tag:post.example,{number}",
        "title": "City council pauses face recognition by police",
        "summary": "The council voted to stop the police from using face recognition for a year.",
        "content": "",
        "url": f"https://post.example/news/{number}",
        "published_at": NOON - timedelta(minutes=10),
        "first_seen": NOON,
    }
    item = Item(**{**ordinary, **given})
    outlet = item.outlet or f"feed:{item.feed_id}"
    return replace(item, outlet=outlet, outlet_name=item.outlet_name or item.feed)


def an_outline(number: int, *, at: datetime = NOON, **item: Any) -> MatchOutline:
    """Return the outline of a match."""
    found = an_item(id=number, **item)
    return MatchOutline(
        id=number,
        feed_id=found.feed_id,
        article=found.article,
        outlet=found.outlet,
        outlet_name=found.outlet_name,
        gap_since=found.gap_since,
        matched_at=at,
        is_backlog=found.at_first_poll,
    )


def a_match(*, item: Item | None = None, **given: Any) -> Match:
    """An item on the topic, by two terms."""
    ordinary = {
        "id": 1,
        "item": item or an_item(),
        "topic": TOPIC,
        "score": 0.91,
        "why": (
            Why(term="face recognition", weight=0.6, where="title"),
            Why(term="police", weight=0.4, where="title"),
        ),
        "rule_version": 1,
        "matched_at": NOON,
    }
    return Match(**{**ordinary, **given})


def a_story(**given: Any) -> Story:
    """A story of one item, seen at noon."""
    ordinary = {
        "id": 12,
        "topic": TOPIC,
        "title": "City council pauses face recognition by police",
        "url": "https://post.example/news/1",
        "first_seen": NOON,
        "last_seen": NOON,
        "sources": 1,
        "size": 1,
    }
    return Story(**{**ordinary, **given})


def some_news(
    *,
    story: Story | None = None,
    matches: Sequence[Match] | None = None,
    reason: Reason | None = Reason.NEW,
    more: int = 0,
) -> StoryNews:
    """A new story with one match."""
    told = (a_match(),) if matches is None else tuple(matches)
    return StoryNews(story=story or a_story(), matches=told, reason=reason, more=more)


def news_of(outlets: Sequence[str], *, number: int = 12, title: str = "", **given: Any) -> StoryNews:
    """A story with one item from each outlet, five minutes apart."""
    title = title or a_story().title
    matches = [
        a_match(
            id=number * 100 + at,
            item=an_item(
                id=number * 100 + at,
                feed=outlet,
                feed_id=at + 1,
                title=title if at == 0 else f"{title}: what {outlet} found",
                url=f"https://{outlet.split()[0].lower()}.example/{number}/{at}",
                published_at=None,
                first_seen=NOON + timedelta(minutes=5 * at),
            ),
        )
        for at, outlet in enumerate(outlets)
    ]
    last = matches[-1].item.first_seen
    story = a_story(
        id=number,
        title=title,
        url=matches[0].item.url,
        last_seen=last,
        sources=len(set(outlets)),
        size=len(matches),
    )
    return some_news(story=replace(story, **given), matches=matches)


def a_digest(*, stories: Sequence[StoryNews] = (), **given: Any) -> Digest:
    """A digest of the day that ends at one o'clock."""
    ordinary = {
        "since": NOON - timedelta(hours=23),
        "until": NOON + timedelta(hours=1),
        "stories": tuple(stories),
    }
    return Digest(**{**ordinary, **given})


def a_trouble(**given: Any) -> FeedTrouble:
    """A feed that has been failing for three hours."""
    ordinary = {
        "id": 1,
        "title": "Harbour Post",
        "url": "https://post.example/feed.xml",
        "state": FeedState.FAILING,
        "since": NOON - timedelta(hours=3),
        "error": "HTTP 503: try again later",
    }
    return FeedTrouble(**{**ordinary, **given})


def a_message(**given: Any) -> Message:
    """A mail about a new story, text alone."""
    ordinary = {
        "id": "msg_1",
        "channel": "desk",
        "kind": "story.new",
        "subject": "[police-face-recognition] City council pauses face recognition (Harbour Post)",
        "body": b"City council pauses face recognition\n",
        "created_at": NOON,
    }
    return Message(**{**ordinary, **given})


def a_delivery(**given: Any) -> Delivery:
    """A leased delivery of that mail to the desk."""
    ordinary = {
        "id": "dlv_1",
        "message_id": "msg_1",
        "channel": "desk",
        "recipient": "desk@news.example",
        "state": DeliveryState.LEASED,
        "created_at": NOON,
    }
    return Delivery(**{**ordinary, **given})


def an_email_channel(**given: Any) -> Channel:
    """A mail channel without encryption, as a relay on loopback has it."""
    ordinary = {
        "name": "desk",
        "type": "email",
        "to": ("desk@news.example",),
        "sender": "storywatch@news.example",
        "host": "127.0.0.1",
        "security": "none",
    }
    return Channel(**{**ordinary, **given})


def a_webhook_channel(**given: Any) -> Channel:
    """A webhook that signs with one secret."""
    ordinary = {
        "name": "hook",
        "type": "webhook",
        "url": "http://127.0.0.1/hook",
        "secrets": ("whsec_c3Rvcnl3YXRjaC10ZXN0LXNlY3JldA==",),
    }
    return Channel(**{**ordinary, **given})


def a_channel(kind: str, **given: Any) -> Channel:
    """A channel of any type, named after it."""
    return Channel(name=kind, type=kind, **given)


def an_overview(**given: Any) -> Overview:
    """A ledger of three feeds, all well and just polled."""
    ordinary = {
        "feeds": {"ok": 3},
        "late_feeds": 0,
        "last_poll": NOON - timedelta(minutes=1),
        "next_poll": NOON,
        "saved_bytes": 0,
        "items": 9,
        "items_today": 1,
        "unmatched": 0,
        "stories_today": 0,
        "deliveries": {},
        "dead_letters": 0,
        "oldest_unsent": None,
        "next_digest": None,
        "network_down_since": None,
    }
    return Overview(**{**ordinary, **given})

"""A digest at seven, what arrives before and after it, and what it told."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fakes import WordJudge, a_topic, store

from alerts.desk import Desk
from alerts.digest import digest
from monitor.matching import Matching
from monitor.schedule import next_turn
from storage.database import Database
from storage.model import Channel, ChannelType, Message, Policy, Route, Updates

BERLIN = ZoneInfo("Europe/Berlin")
FEED = "https://example.org/feed"
EVENT = "Police halt trial of harbour cameras"
SEVEN = datetime(2026, 3, 5, 7, tzinfo=BERLIN)


def a_route(
    *channels: str,
    at: str | None = "0 7 * * *",
    name: str = "digest",
    topics: tuple[str, ...] = ("*",),
    cap: int = 20,
) -> Route:
    policy = Policy(
        group_wait=timedelta(0), updates=Updates.WHEN_IT_GROWS, max_per_hour=cap, quiet=None, timezone=BERLIN
    )
    return Route(name=name, topics=topics, channels=channels or ("hook",), policy=policy, at=at)


def a_desk(*routes: Route) -> Desk:
    names = {name for route in routes for name in route.channels}
    return Desk(
        channels={
            name: Channel(name=name, type=ChannelType.WEBHOOK, url="http://x.example") for name in names
        },
        routes=routes,
    )


DAILY = a_desk(a_route())


def arrive(
    database: Database,
    *titles: str,
    now: datetime,
    matched: datetime | None = None,
    topic: str = "police",
    **given: object,
) -> None:
    store(database, *titles, now=now, **given)
    Matching([a_topic(topic)], WordJudge(topic)).run(database, now=matched or now)


def run(database: Database, now: datetime, desk: Desk = DAILY) -> int:
    return digest(database, desk, next_turn=next_turn, now=now)


def messages(database: Database) -> list[Message]:
    with database.read() as ledger:
        found = {posting.message.id: posting.message for posting in ledger.outbox.postings()}
    return sorted(found.values(), key=lambda one: one.created_at)


def titles(message: Message) -> list[str]:
    data = json.loads(message.body)["data"]
    return sorted(item["title"] for story in data["stories"] for item in story["items"])

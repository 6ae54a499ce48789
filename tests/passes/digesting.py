"""A daily digest, items before and after it, and the items in it."""

from __future__ import annotations

import json
from datetime import datetime

from builders import BERLIN, a_policy
from fakes import WordJudge, a_desk, a_topic, store

from alerts.deciding.routing import Routing
from alerts.digest import digest
from monitor.matching.match import Matching
from monitor.service.cron import next_turn
from storage.database import Database
from storage.model import Message, Route

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
    policy = a_policy(max_per_hour=cap)
    return Route(name=name, topics=topics, channels=channels or ("hook",), policy=policy, at=at)


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


def run(database: Database, now: datetime, routing: Routing = DAILY) -> int:
    return digest(database, routing, next_turn=next_turn, now=now)


def messages(database: Database) -> list[Message]:
    with database.read() as ledger:
        found = {posting.message.id: posting.message for posting in ledger.outbox.postings()}
    return sorted(found.values(), key=lambda one: one.created_at)


def titles(message: Message) -> list[str]:
    data = json.loads(message.body)["data"]
    return sorted(item["title"] for story in data["stories"] for item in story["items"])

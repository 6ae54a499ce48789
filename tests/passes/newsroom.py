"""Shared parts of the alert tests: routes, arriving events, and the resulting alerts."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from builders import a_policy
from fakes import NOW, WordJudge, a_topic, store
from sqlalchemy import select

from monitor.matching.match import Matching
from storage import schema
from storage.database import Database
from storage.model import Message, Route
from storage.stores.alerts import Alert

FEEDS = [f"https://{number}.example/feed" for number in range(30)]
EVENT = "Police halt trial of harbour cameras"


def a_route(
    *channels: str,
    name: str = "route-1",
    topics: tuple[str, ...] = ("*",),
    at: str | None = None,
    **given: Any,
) -> Route:
    return Route(name=name, topics=topics, channels=channels or ("hook",), policy=a_policy(**given), at=at)


def arrive(database: Database, *titles: str, now: datetime = NOW, feed: str = FEEDS[0], **given: Any) -> None:
    """Store items and match them."""
    store(database, *titles, feed=feed, now=now, **given)
    Matching([a_topic("police")], WordJudge("police")).run(database, now=now)


def spread(database: Database, outlets: range, now: datetime = NOW) -> None:
    """Store the same event from these outlets."""
    for number in outlets:
        arrive(database, f"{EVENT}", feed=FEEDS[number], now=now)


def distinct(count: int, start: int = 0) -> list[str]:
    """Return titles of so many events that share only the topic's word."""
    return [
        f"police {''.join(chr(97 + int(d)) * 3 for d in str(n))} xx{n} yy{n} zz{n}"
        for n in range(start, start + count)
    ]


def messages(database: Database, channel: str | None = None) -> list[Message]:
    with database.read() as ledger:
        found = {posting.message.id: posting.message for posting in ledger.outbox.postings()}
    return sorted(
        (one for one in found.values() if channel in (None, one.channel)), key=lambda one: one.created_at
    )


def alerts_of(database: Database) -> list[Alert]:
    with database.read() as ledger:
        return ledger.alerts._load()


def silences(database: Database) -> dict[tuple[int, str], str]:
    with database.read() as ledger:
        rows = ledger.alerts._connection.execute(select(schema.silences)).all()
    return {(row.match_id, row.channel): row.reason for row in rows}


def story_ids(message: Message) -> list[str]:
    """Return the ids of the stories in a message."""
    told = json.loads(message.body)["data"]
    return [one["story"]["id"] for one in told.get("stories", [told])]


def explained(database: Database) -> set[int]:
    """Return the matches that are in a message, held with a reason, or silent with a reason."""
    told = {match for one in alerts_of(database) if one.message_id or one.held for match in one.match_ids}
    return told | {match for match, _ in silences(database)}


def every_match(database: Database) -> set[int]:
    with database.read() as ledger:
        return set(ledger.alerts._connection.execute(select(schema.matches.c.id)).scalars())

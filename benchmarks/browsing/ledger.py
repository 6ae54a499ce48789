"""A database as large as the figures ask for: items of many feeds in stories, told on one channel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, update

from monitor.actions.feeds.sync_subscriptions import sync_subscriptions
from monitor.config.load import load_settings
from monitor.polling.feed_state.schedule import Bounds
from storage import schema
from storage.database import Database

FEEDS, TOPICS = 200, ("harbour", "courts", "energy", "schools", "water")
PORT = 8650
TOKEN = "a-token-of-the-benchmark"
DAYS = 60  # over which the items came
TEXT = "The port authority says that the pilots of the harbour will not return before the court has decided. "
NEVER = datetime(2099, 1, 1, tzinfo=UTC)
SLICE = 5000  # rows of one statement


def fill(folder: Path, *, items: int, stories: int) -> Path:
    """Write a configuration and fill its database; return the configuration."""
    config = folder / "storywatch.toml"
    feeds = "".join(
        f'[[feeds]]\nurl = "https://outlet-{number}.example/feed"\ntitle = "Outlet {number}"\n'
        for number in range(FEEDS)
    )
    topics = "".join(f'[[topics]]\nname = "{name}"\nquery = "{name}"\n' for name in TOPICS)
    pages = f'[pages]\nlisten = "127.0.0.1:{PORT}"\ntoken = "{TOKEN}"\n'
    config.write_text(pages + topics + feeds, encoding="utf-8")
    config.chmod(0o600)
    settings, now = load_settings(config, environ={}), datetime.now(UTC)
    with closing(Database.open(settings.database)) as database:
        sync_subscriptions(database, settings, now=now)
        with database.write() as ledger:
            _fill(ledger._connection, items, stories, now)  # noqa: SLF001 - rows of every kind, a thousand at once
    print(f"{items:,} items of {FEEDS} feeds in {stories:,} stories on {len(TOPICS)} topics", flush=True)
    return config


def _fill(connection: Connection, items: int, stories: int, now: datetime) -> None:
    step = timedelta(days=DAYS) / stories
    each = items // stories
    polled = {"next_poll": NEVER, "last_poll": now, "first_success": now, "bounds": Bounds().text}
    connection.execute(update(schema.feeds).values(polled))
    connection.execute(
        insert(schema.rule_versions),
        [
            {"id": n, "topic": name, "hash": name, "rule": name, "made_at": now}
            for n, name in enumerate(TOPICS, 1)
        ],
    )
    _add(connection, schema.stories, (_story(n, each, now - n * step) for n in range(1, stories + 1)))
    _add(
        connection,
        schema.items,
        (_item(n, each, now - (n // each) * step) for n in range(each, items + each)),
    )
    _add(
        connection,
        schema.matches,
        (_match(n, each, now - (n // each) * step) for n in range(each, items + each)),
    )
    told = range(1, stories + 1, 2)
    _add(connection, schema.messages, (_message(n, now - n * step) for n in told))
    _add(connection, schema.alerts, (_alert(n, now - n * step) for n in told))
    _add(connection, schema.deliveries, (_delivery(n, now - n * step) for n in told))
    _add(connection, schema.alert_matches, ({"alert_id": n, "match_id": n * each} for n in told))
    silent = range(2, stories + 1, 2)
    _add(
        connection,
        schema.silences,
        ({"match_id": n * each, "channel": "*", "reason": "first-poll", "decided_at": now} for n in silent),
    )


def _add(connection: Connection, table: Any, rows: Iterator[dict[str, Any]]) -> None:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == SLICE:
            connection.execute(insert(table), batch)
            batch = []
    if batch:
        connection.execute(insert(table), batch)


def _story(number: int, each: int, seen: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "topic": TOPICS[number % len(TOPICS)],
        "title": f"Pilots of the harbour of town {number} go to court over the new port authority",
        "url": f"https://outlet-{number % FEEDS}.example/{number}",
        "first_seen": seen,
        "last_seen": seen,
        "sources": min(each, FEEDS),
        "size": each,
    }


def _item(number: int, each: int, seen: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "feed_id": number % FEEDS + 1,
        "title": f"Pilots of the harbour of town {number // each} go to court, report {number}",
        "summary": TEXT * 3,
        "content": TEXT * 30,
        "url": f"https://outlet-{number % FEEDS}.example/{number}",
        "published_at": seen,
        "first_seen": seen,
        "at_first_poll": False,
        "content_hash": str(number),
        "outlet": f"outlet-{number % FEEDS}.example",
        "revisions": 0,
    }


def _match(number: int, each: int, seen: datetime) -> dict[str, Any]:
    why = [{"term": term, "weight": 0.3, "where": "title"} for term in ("harbour", "pilots", "court")]
    return {
        "id": number,
        "item_id": number,
        "topic": TOPICS[number // each % len(TOPICS)],
        "rule_version_id": number // each % len(TOPICS) + 1,
        "score": 0.8,
        "why": why,
        "matched_at": seen,
        "story_id": number // each,
        "position": number,
        "before_topic": False,
    }


def _message(number: int, at: datetime) -> dict[str, Any]:
    return {
        "id": f"msg_{number}",
        "channel": "console",
        "kind": "story.new",
        "subject": f"Pilots of the harbour of town {number}",
        "body": TEXT.encode() * 5,
        "created_at": at,
    }


def _alert(number: int, at: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "story_id": number,
        "topic": TOPICS[number % len(TOPICS)],
        "reason": "new",
        "growth": 0,
        "channel": "console",
        "route": "1",
        "sources": 5,
        "decided_at": at,
        "message_id": f"msg_{number}",
    }


def _delivery(number: int, at: datetime) -> dict[str, Any]:
    return {
        "id": f"dlv_{number:08x}",
        "message_id": f"msg_{number}",
        "channel": "console",
        "recipient": "console",
        "state": "sent",
        "attempts": 1,
        "created_at": at,
        "finished_at": at,
    }

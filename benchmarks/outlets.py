"""How long older items take to get their outlets, and how long one write of it holds the database.

    python benchmarks/outlets.py [--items 300000]

The items are as an earlier storywatch stored them: 300 feeds, a third of the items in stories of five.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent.parent))

from sqlalchemy import insert

from monitor.polling.fill_outlets import fill_outlets
from storage import schema
from storage.database import Database
from storage.stores.feeds import Subscription

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.database import Ledger

NOW = datetime(2026, 11, 1, tzinfo=UTC)
FEEDS = 300
STORY = 5  # items
AT_ONCE = 10_000


class TimedDatabase(Database):
    """A database that measures its write transactions."""

    longest = 0.0

    @contextmanager
    def write(self, *turns: str) -> Iterator[Ledger]:
        """Yield a write transaction, and keep its time if it is the longest."""
        with super().write(*turns) as ledger:
            begun = time.perf_counter()
            yield ledger
            TimedDatabase.longest = max(TimedDatabase.longest, time.perf_counter() - begun)


def main() -> None:
    """Store the items, fill in their outlets, and print how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=300_000)
    count = parser.parse_args().items
    with tempfile.TemporaryDirectory() as folder:
        database = TimedDatabase.open(f"sqlite:///{folder}/ledger.db")
        _store(database, count)
        TimedDatabase.longest = 0.0
        begun = time.perf_counter()
        filled = fill_outlets(database)
        seconds = time.perf_counter() - begun
        database.close()
    print(f"{filled} items in {seconds:.1f} s, the longest write {1000 * TimedDatabase.longest:.0f} ms")


def _store(database: Database, count: int) -> None:
    with database.write() as ledger:
        feeds = [
            Subscription(
                url=f"https://f{number}.example/feed",
                title=f"Feed {number}",
                host=f"f{number}.example:443",
                access_hash=None,
                interval=timedelta(hours=1),
            )
            for number in range(FEEDS)
        ]
        ledger.feeds.subscribe(feeds, now=NOW)
        rule = {"id": 1, "topic": "t", "hash": "h", "rule": "r", "made_at": NOW}
        connection = ledger.items._connection  # noqa: SLF001  # rows as no store writes them any more
        connection.execute(insert(schema.rule_versions), [rule])
        for start in range(0, count, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, count))
            connection.execute(insert(schema.items), [_item(number) for number in numbers])
            if start < count // 3:
                stories = range(start // STORY, numbers.stop // STORY)
                connection.execute(insert(schema.stories), [_story() for _ in stories])
                connection.execute(insert(schema.matches), [_match(number) for number in numbers])


def _item(number: int) -> dict[str, object]:
    return {
        "feed_id": 1 + number % FEEDS,
        "content_hash": "h",
        "title": f"Title {number} of an article",
        "summary": "A summary of some length. " * 4,
        "content": "",
        "url": f"https://www.f{number % FEEDS}.example/news/{number}/its-title?utm_source=rss",
        "first_seen": NOW + timedelta(seconds=number),
    }


def _story() -> dict[str, object]:
    return {"topic": "t", "title": "T", "first_seen": NOW, "last_seen": NOW, "sources": STORY, "size": STORY}


def _match(number: int) -> dict[str, object]:
    return {
        "item_id": number + 1,
        "article_id": number + 1,
        "topic": "t",
        "rule_version_id": 1,
        "score": 0.9,
        "why": [],
        "matched_at": NOW,
        "story_id": number // STORY + 1,
        "position": number + 1,
    }


if __name__ == "__main__":
    main()

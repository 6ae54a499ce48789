"""A large database: `python benchmarks/million.py [--items 1000000] [--keep DIR] [--server URL]`.

Items of 2 kB by 1,000 feeds over 400 days. One of thirty is on a topic, in stories of
four. Printed: how long the words are indexed, bytes an item, and how long commands take as whole processes.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks" / "feedfarm")]

from articles import Articles  # noqa: E402
from sqlalchemy import insert  # noqa: E402

from monitor.polling.attribute import with_source  # noqa: E402
from monitor.polling.parsing.identity import identify, title_key  # noqa: E402
from storage import schema  # noqa: E402
from storage.database import Database  # noqa: E402
from storage.model import Publication  # noqa: E402
from storage.stores.feeds import Subscription  # noqa: E402
from storage.stores.item_rows import columns_of  # noqa: E402

if TYPE_CHECKING:
    from sqlalchemy import Table

    from storage.ledger import Ledger

END = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAYS = 400
FEEDS = 1_000
URLS = [f"https://www.outlet{number}.example/feed" for number in range(FEEDS)]
BODY_KBYTES = 2
POOL = 4_000  # texts, used again and again with other titles
AT_ONCE = 10_000
TOPIC = "live"
TOPICAL = 30  # one of so many items is on the topic
STORY = 4
COMMANDS = (
    ("items", "search", "climate market"),
    ("items", "search", "the"),
    ("items", "search", "tarlonkem*"),
    ("items", "search", "the", "--since", "60d"),
    ("items", "search", "climate", "--feed", URLS[7]),
    ("stories", "list"),
    ("stories", "show", "s1"),
    ("status",),
    ("feeds", "list"),
    ("digest",),
)
CONFIGURATION = f"""
[[topics]]
name = "{TOPIC}"
query = "orlvek"
"""


class Texts(Articles):
    """The farm's articles as plain values."""

    def __init__(self, count: int) -> None:
        self.summaries: list[str] = []
        self.contents: list[str] = []
        super().__init__(seed=1, count=count, mean_bytes=BODY_KBYTES * 1_000)

    def _add(self, markup: str) -> None:
        self.titles.append(self._title())
        self.summaries.append(self._sentence(28))
        self.contents.append(markup)


def main() -> None:
    """Fill a database and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="fill the database in this folder once, and use it again")
    parser.add_argument("--server", metavar="URL", help="an empty database on PostgreSQL")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        url = asked.server or f"sqlite:///{folder}/ledger.db"
        folder.mkdir(parents=True, exist_ok=True)
        feeds = "".join(f'[[feeds]]\nurl = "{feed}"\n' for feed in URLS)
        (folder / "storywatch.toml").write_text(
            f'database = "{url}"\n{CONFIGURATION}{feeds}', encoding="utf-8"
        )
        if asked.server or not (folder / "ledger.db").exists():
            fill(url, asked.items)
        if not asked.server:
            size = (folder / "ledger.db").stat().st_size
            print(f"{size / 1e9:.2f} GB, {size / asked.items:.0f} bytes an item", flush=True)
        measure(folder)


def fill(url: str, items: int) -> None:
    """Store the items, their stories and the words of the items, as the passes leave them."""
    database, texts = Database.open(url), Texts(POOL)
    feeds = _subscribed(database)
    patterns = _patterns(texts)
    begun = time.process_time()
    with database.write() as ledger:
        rule = {"id": 1, "topic": TOPIC, "hash": "h", "rule": "r", "made_at": END - timedelta(days=DAYS)}
        _store(ledger, schema.rule_versions, [rule])
    for first in range(0, items, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, items))
        rows = [_row(patterns, number, feeds, items) for number in numbers]
        with database.write() as ledger:
            _store(ledger, schema.items, rows)
            _store(ledger, schema.identities, [_key(row) for row in rows])
            _store(
                ledger, schema.stories, [_story(row) for row in rows if row["id"] % (TOPICAL * STORY) == 0]
            )
            _store(ledger, schema.matches, [_match(row) for row in rows if row["id"] % TOPICAL == 0])
    print(f"{items} items stored in {time.process_time() - begun:.0f} s of CPU", flush=True)
    begun, is_indexed = time.process_time(), False
    while not is_indexed:
        with database.write() as ledger:
            ledger.match_queue.index_words()
            is_indexed = not ledger.match_queue.unindexed()
    print(f"indexed in {time.process_time() - begun:.0f} s of CPU", flush=True)
    database.close()


def _store(ledger: Ledger, table: Table, rows: list[dict[str, Any]]) -> None:
    """Store rows in bulk, as no store writes them."""
    ledger.items._connection.execute(insert(table), rows)  # noqa: SLF001


def _patterns(texts: Texts) -> list[dict[str, Any]]:
    """Return the columns of an item with each text, as a poll stores it."""
    publications = [
        Publication(
            publisher_id="https://www.outlet.example/?p=1234567",
            title=title,
            summary=summary,
            content=content,
            url="https://www.outlet.example/news/1234567/a-title-of-an-article-as-publishers-write-it",
            author="A. Reporter",
        )
        for title, summary, content in zip(texts.titles, texts.summaries, texts.contents, strict=True)
    ]
    return [columns_of(with_source(one, None, 1)) for one in identify(publications)]


def _row(patterns: list[dict[str, Any]], number: int, feeds: list[int], items: int) -> dict[str, Any]:
    row = dict(patterns[number * 7919 % len(patterns)])
    feed = number // 10 % FEEDS
    row["id"], row["feed_id"] = number + 1, feeds[feed]
    row["first_seen"] = row["published_at"] = END - timedelta(days=DAYS) * (items - number) / items
    row["title"] = f"{row['title']} {number}"
    row["title_key"] = title_key(row["title"])
    row["outlet"] = f"outlet{feed}.example"
    for name in ("publisher_id", "url", "article_link"):
        row[name] = row[name].replace("outlet", f"outlet{feed}").replace("1234567", str(number))
    return row


def _key(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "feed_id": row["feed_id"],
        "key": f"id:{row['publisher_id']}",
        "item_id": row["id"],
        "first_seen": row["first_seen"],
    }


def _story(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"] // (TOPICAL * STORY),
        "topic": TOPIC,
        "title": row["title"],
        "url": row["url"],
        "first_seen": row["first_seen"],
        "last_seen": row["first_seen"],
        "sources": STORY,
        "size": STORY,
    }


def _match(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "item_id": row["id"],
        "article_id": row["id"],
        "topic": TOPIC,
        "rule_version_id": 1,
        "score": 0.9,
        "why": [{"term": "orlvek", "weight": 1.0, "where": "title"}],
        "matched_at": row["first_seen"],
        "story_id": row["id"] // (TOPICAL * STORY) or None,
        "position": row["id"] // TOPICAL,
    }


def _subscribed(database: Database) -> list[int]:
    with database.write() as ledger:
        ledger.feeds.subscribe(
            [
                Subscription(
                    url=url,
                    title=f"Outlet {number}",
                    host=f"www.outlet{number}.example:443",
                    access_hash=None,
                    interval=timedelta(hours=1),
                )
                for number, url in enumerate(URLS)
            ],
            now=END,
        )
        return [feed.id for feed in ledger.feeds.named(URLS)]


def measure(folder: Path) -> None:
    """Print the time of each command, as a whole process."""
    for command in COMMANDS:
        cpu, wall = [], []
        for _ in range(3):
            before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            done = subprocess.run(
                [Path(sys.executable).parent / "storywatch", *command, "--now", END.isoformat()],
                cwd=folder,
                env={**os.environ, "STORYWATCH_CONFIG": str(folder / "storywatch.toml")},
                capture_output=True,
                check=False,
            )
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            wall.append(time.perf_counter() - begun)
        print(
            f"{' '.join(command):24} {min(cpu):6.2f} s of CPU, {min(wall):6.2f} s by the clock, exit {done.returncode}"
            f"{': ' + done.stderr.decode().strip()[-200:] if done.returncode else ''}",
            flush=True,
        )


if __name__ == "__main__":
    main()

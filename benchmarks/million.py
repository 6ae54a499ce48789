"""A large database: `python benchmarks/million.py [--items 1000000] [--keep DIR] [--server URL]`.

Items of 2 kB are stored as 1,000 feeds bring them, in order of time over 400 days. One of thirty is on a topic, in stories of
four. Printed: how fast the items are stored and indexed, bytes an item, and how long the commands of an owner take.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks" / "feedfarm")]

from articles import Articles  # noqa: E402

from benchmarks.live import TOPIC, Judge  # noqa: E402
from monitor.matching.match import Matching, WatchedTopic  # noqa: E402
from monitor.polling.attribute import with_source  # noqa: E402
from monitor.polling.parsing.identity import identify  # noqa: E402
from storage.database import Database  # noqa: E402
from storage.model import Publication  # noqa: E402
from storage.stores.feeds import Subscription  # noqa: E402

END = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAYS = 400
FEEDS = 1_000
BODY_KBYTES = 2
POOL = 4_000  # texts, used again and again with other titles
AT_ONCE = 400
TOPICAL = 30  # one of so many items is on the topic
STORY = 4
COMMANDS = (
    ("items", "search", "climate market"),
    ("items", "search", "the"),
    ("items", "search", "tarlonkem*"),
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
        (folder / "storywatch.toml").write_text(f'database = "{url}"\n{CONFIGURATION}', encoding="utf-8")
        if asked.server or not (folder / "ledger.db").exists():
            fill(url, asked.items)
        if not asked.server:
            size = (folder / "ledger.db").stat().st_size
            print(f"{size / 1e9:.2f} GB, {size / asked.items:.0f} bytes an item", flush=True)
        measure(folder)


def fill(url: str, items: int) -> None:
    """Store, match and group the items, part by part."""
    database, texts = Database.open(url), Texts(POOL)
    feeds = _subscribed(database)
    matching = Matching(
        [WatchedTopic(name=TOPIC, text=TOPIC, hash=TOPIC)], Judge(lambda title: title.startswith("Orlvek"))
    )
    matching.watch(database, now=END - timedelta(days=DAYS))
    spent = {"store": 0.0, "match": 0.0, "group": 0.0}
    for first in range(0, items, AT_ONCE):
        now = END - timedelta(days=DAYS) * (items - first) / items
        begun = time.process_time()
        with database.write() as ledger:
            for part in range(0, AT_ONCE, 10):
                feed = (first + part) // 10 % FEEDS
                numbers = range(first + part, first + part + 10)
                found = identify([_publication(texts, number, feed) for number in numbers])
                ledger.items.add(
                    feeds[feed],
                    [with_source(item, None, feeds[feed]) for item in found],
                    now=now,
                    at_first_poll=False,
                )
        stored = time.process_time()
        while matching.match(database, now=now).items:
            pass
        matched = time.process_time()
        for topic in matching.ungrouped(database):
            matching.group(database, topic, now=now)
        spent["store"] += stored - begun
        spent["match"] += matched - stored
        spent["group"] += time.process_time() - matched
        if first and first % 100_000 == 0:
            print(f"{first} items, CPU: {_said(spent)}", flush=True)
    print(f"{items} items, CPU: {_said(spent)}", flush=True)
    database.close()


def _said(spent: dict[str, float]) -> str:
    return ", ".join(f"{doing} {seconds:.1f} s" for doing, seconds in spent.items())


def _subscribed(database: Database) -> list[int]:
    urls = [f"https://www.outlet{number}.example/feed" for number in range(FEEDS)]
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
                for number, url in enumerate(urls)
            ],
            now=END,
        )
        return [feed.id for feed in ledger.feeds.named(urls)]


def _publication(texts: Texts, number: int, feed: int) -> Publication:
    text = number * 7919 % len(texts.titles)
    title, summary = texts.titles[text], texts.summaries[text]
    if number % TOPICAL == 0:
        event = random.Random(number // TOPICAL // STORY)
        called = ["".join(event.choices("aeioubdklmnrst", k=7)).title() for _ in range(4)]
        title, summary = f"Orlvek {' '.join(called)} {title}", f"{' '.join(called)} {summary}"
    return Publication(
        publisher_id=f"https://www.outlet{feed}.example/?p={number}",
        title=f"{title} {number}",
        summary=summary,
        content=texts.contents[text],
        url=f"https://www.outlet{feed}.example/2026/10/{number}/{title.lower().replace(' ', '-')[:60]}",
        author="A. Reporter",
    )


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

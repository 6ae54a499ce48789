"""News sitemaps of 1,000 entries polled every 15 minutes, beside feeds of that size.

    python benchmarks/sitemaps.py                   # in a minute
    python benchmarks/sitemaps.py --sources 50 --polls 96

Every source is a document of 1,000 entries, of which some are new at each poll. The whole poll pass runs (parser
processes, items in SQLite) on answers that are made here, so that the network is left out. CPU is that of the process
and its children; bytes are those of a body as gzip sends it.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pollers.meter import cpu_seconds

from monitor.polling.feed_state.schedule import Bounds
from monitor.polling.http.outcome import Fetched, FetchRequest, Outcome
from monitor.polling.parsing.parser_pool import Parsers
from monitor.polling.poll import Polling
from monitor.polling.poll_rules import PollRules
from storage.database import Database
from storage.model import Validators
from storage.stores.feeds import Subscription

START = datetime(2026, 11, 30, tzinfo=UTC)
INTERVAL = timedelta(minutes=15)
ENTRIES = 1_000
NEW = 10  # at each poll: 1,000 entries of two days are five in 15 minutes
WORDS = [
    "council",
    "harbour",
    "ferry",
    "judge",
    "trial",
    "cameras",
    "police",
    "vote",
    "budget",
    "school",
    "river",
    "storm",
    "union",
    "strike",
    "bridge",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form of document: its name, and how one with these entries is written."""

    name: str
    written: Callable[[Iterable[int]], str]


def title_of(number: int) -> str:
    """Return a title that no other entry has."""
    return f"{' '.join(WORDS[number // 7**place % len(WORDS)] for place in range(7))} {number}"


def moment_of(number: int) -> datetime:
    """Return when an entry was published."""
    return START + INTERVAL * number / NEW


def rss(numbers: Iterable[int]) -> str:
    """Return a feed of these entries, titles alone."""
    entries = "".join(
        f"<item><title>{title_of(n)}</title><link>/{n}</link><guid>/{n}</guid>"
        f"<pubDate>{moment_of(n):%a, %d %b %Y %H:%M:%S +0000}</pubDate></item>"
        for n in numbers
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{entries}</channel></rss>'


def sitemap(numbers: Iterable[int]) -> str:
    """Return a news sitemap of these entries."""
    entries = "".join(
        f"<url><loc>/{n}</loc><news:news><news:publication><news:name>T</news:name><news:language>en"
        f"</news:language></news:publication><news:publication_date>{moment_of(n).isoformat()}"
        f"</news:publication_date><news:title>{title_of(n)}</news:title></news:news></url>"
        for n in numbers
    )
    return (
        '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{entries}</urlset>'
    )


class Answers:
    """A network whose sources all send the same document."""

    body = b""

    async def fetch(self, request: FetchRequest) -> Outcome:
        """Return the document."""
        return Fetched(body=self.body, url=request.url, status=200, validators=Validators(), headers={})


@contextmanager
def subscribed(folder: Path, sources: int) -> Iterator[Database]:
    """Return a database with so many sources."""
    urls = [f"https://site{number}.example/news.xml" for number in range(sources)]
    subscriptions = [
        Subscription(url=url, title=url, host=url, access_hash=None, interval=INTERVAL) for url in urls
    ]
    database = Database.open(f"sqlite:///{folder / 'ledger.db'}")
    with database.write() as ledger:
        ledger.feeds.subscribe(subscriptions, now=START)
    yield database
    database.close()


async def measured(form: Form, database: Database, polls: int) -> tuple[list[float], int]:
    """Poll every source so often; return the CPU seconds of each round and how many items were new."""
    answers, spent, new = Answers(), [], 0
    rules = PollRules(bounds=Bounds(own=INTERVAL), concurrency=100, host_delay=timedelta(0))
    async with Parsers() as parsers:
        polling = Polling(
            database=database,
            fetcher=answers,  # type: ignore[arg-type]  # as much of a fetcher as polling needs
            parsers=parsers,
            rules=rules,
            access={},
            clock=lambda: START,
        )
        for poll in range(polls):
            newest = ENTRIES + poll * NEW
            answers.body = form.written(range(newest - 1, newest - ENTRIES - 1, -1)).encode()
            with database.read() as ledger:
                feeds = ledger.feeds.subscribed()
            before = cpu_seconds(os.getpid())
            polled = await polling.poll(feeds, now=START + INTERVAL * poll)
            spent.append(cpu_seconds(os.getpid()) - before)
            assert not any(one.failed for one in polled)
            new += sum(one.fresh for one in polled)
    return spent, new


def show(form: Form, *, sources: int, polls: int) -> None:
    """Print a line for a form."""
    with tempfile.TemporaryDirectory() as folder, subscribed(Path(folder), sources) as database:
        spent, new = asyncio.run(measured(form, database, polls))
    first, later = 1_000 * spent[0] / sources, 1_000 * sum(spent[1:]) / sources / (polls - 1)
    size = len(gzip.compress(form.written(range(ENTRIES)).encode(), 6)) / 1_000
    print(f"{form.name:<13}{first:>11.1f} ms{later:>11.1f} ms{size:>9.1f} kB{new:>9,} new")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sources", type=int, default=20)
    parser.add_argument("--polls", type=int, default=12)
    asked = parser.parse_args()
    print(
        f"CPU a source and poll, {asked.sources} sources of {ENTRIES:,} entries, {NEW} new at each of {asked.polls} polls"
    )
    print(f"{'':<13}{'first poll':>14}{'later':>14}{'gzip':>12}")
    for form in (Form(name="feed", written=rss), Form(name="news sitemap", written=sitemap)):
        show(form, sources=asked.sources, polls=asked.polls)


if __name__ == "__main__":
    main()

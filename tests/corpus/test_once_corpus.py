"""The real feeds of the corpus through `once`, over HTTP: all items first, then only new ones."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.corpus import CORPUS, ledger_of, real_bodies, run, served, settings_for
from monitor.config.settings import Settings
from monitor.polling.http.outcome import ParseFailure
from monitor.polling.parsing.read_body import read_document
from monitor.polling.record import Polled
from monitor.service.app import ConsoleOutput, open_app
from monitor.service.engine import open_engine
from storage.model import ItemStatus

pytestmark = pytest.mark.skipif(
    not (CORPUS / "MANIFEST.tsv").exists(), reason="the corpus is not here; set STORYWATCH_CORPUS"
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
VERSIONS = 12  # bodies of each series, polled one after the other
HOUR = timedelta(hours=1)


def items_in(path: Path) -> int | None:
    """Return the number of items in a body, or None if it is no feed."""
    read = read_document(path.read_bytes(), url="https://example.org/", headers={}, now=NOW)
    if isinstance(read, ParseFailure):
        return None
    return len(read.items)


async def polled_by(settings: Settings, *, now: datetime) -> list[Polled]:
    """Poll until no feed is due, and return the polls with their items."""
    with open_app(settings, now=now) as app:
        async with open_engine(app, console=ConsoleOutput(out=io.StringIO())) as engine:
            stored: list[Polled] = []
            engine.polling.on_stored = stored.extend
            await engine.polling.run_all(now=now)
            return stored


@pytest.mark.slow
def test_every_real_feed_gives_its_items(tmp_path: Path) -> None:
    """After one round the database has the items that parsing finds, for each of some 900 feeds."""
    bodies = [body.path for body in real_bodies()]
    with served(bodies) as base:
        settings = settings_for(base, len(bodies), tmp_path)
        run(settings, now=NOW)
    with ledger_of(settings) as ledger:
        stored = {int(feed.title): feed for feed in ledger.feeds.subscribed()}
    wrong = {}
    for number, path in enumerate(bodies):
        expected = items_in(path)
        found = None if stored[number].last_error else stored[number].items
        if found != expected:
            wrong[str(path.relative_to(CORPUS))] = (expected, found)
    assert wrong == {}


def test_successive_versions_of_a_series_give_only_new_items(tmp_path: Path) -> None:
    """Each item is new once, and a changed date or build stamp makes none new."""
    series = sorted({body.path.parent for body in real_bodies() if body.kind == "real-series"})
    versions = [sorted(folder.iterdir())[:VERSIONS] for folder in series]
    current = [files[0] for files in versions]
    titles: list[set[str]] = [set() for _ in series]
    with served(current) as base:
        settings = settings_for(base, len(series), tmp_path)
        for number in range(VERSIONS):
            current[:] = [files[min(number, len(files) - 1)] for files in versions]
            round_ = asyncio.run(polled_by(settings, now=NOW + number * 30 * HOUR))
            assert len(round_) == len(series)
            for polled in round_:
                fresh = [
                    noted for noted in polled.noted if noted.seen in {ItemStatus.NEW, ItemStatus.FIRST_POLL}
                ]
                assert all(
                    noted.seen is (ItemStatus.NEW if number else ItemStatus.FIRST_POLL) for noted in fresh
                )
                known = titles[int(polled.feed.title)]
                named = [noted.publication.title for noted in fresh]
                if number < 5:  # within seven days, in which a returning title is not news (P19)
                    long = [title for title in named if noted_words(title) >= 4]
                    assert not known.intersection(long)
                known.update(named)


def noted_words(title: str) -> int:
    """Return how many words a title has."""
    return len(title.split())

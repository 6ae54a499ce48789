"""Workers survive kills, stops beyond their lease, a crashing server, and one event in all feeds at once."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import shell
from fleet import EVERYTHING, PATIENCE_SECONDS, Fleet, configure, farm_of, freeze, opml_of, thaw
from oracle import LONG_AGO, is_told, news, polled, publish
from postgresql import Server, server_of
from tellers import Receiver

from monitor.matching.item_document import document_of, story_time
from monitor.stories.index import StoryIndex
from storage.database import Database

pytestmark = pytest.mark.slow
WORKERS, FEEDS, HOSTS, ITEMS = 8, 240, 40, 3
OUTLETS = 20


@pytest.fixture
def server(server_folder: Path) -> Iterator[Server]:
    """A PostgreSQL server for this test alone."""
    with server_of(server_folder) as running:
        yield running


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """The database that the workers share."""
    opened = Database.open(server.url.format(name="postgres"))
    yield opened
    opened.close()


def test_claims_of_dead_and_frozen_workers_are_taken_over(
    database: Database, server: Server, fleet: Fleet, hook: Receiver
) -> None:
    """Two workers are frozen beyond their lease and one is killed; late answers change nothing (W1, W2)."""
    with farm_of(feeds=FEEDS, hosts=HOSTS, latency=200) as farm:
        url = server.url.format(name="postgres")
        configure(fleet.folder, database=url, opml=farm.ask("opml"), hook=hook.url, delay="100ms")
        frozen = fleet.hire(2)
        fleet.until(lambda: farm.stats()["requests"] > HOSTS / 2, what="the first are polling")
        for worker in frozen:
            freeze(worker)
        [killed] = fleet.hire(1)
        fleet.until(lambda: polled(database) > FEEDS / 10, what="the third polls")
        killed.kill()
        others = fleet.hire(WORKERS - 3)
        fleet.until(lambda: polled(database) == FEEDS, what="all is polled by others")
        for worker in frozen:
            thaw(worker)
        items = FEEDS * ITEMS + publish(database, farm)
        fleet.until(lambda: is_told(database, hook, items=items), what="all is told")
        seen = farm.stats()
        for worker in [*frozen, *others]:
            worker.send_signal(signal.SIGTERM)
        assert {worker.wait(timeout=PATIENCE_SECONDS) for worker in [*frozen, *others]} == {0}
    assert seen["side_by_side"] == 0
    assert seen["most_hits"] == 1
    assert sorted(hook.titles()) == news(database)


def test_workers_survive_a_crash_of_the_server(
    database: Database, server: Server, fleet: Fleet, hook: Receiver
) -> None:
    """It crashes while feeds are polled and while messages are sent, and workers reconnect (W3)."""
    with farm_of(feeds=FEEDS, hosts=HOSTS, latency=50) as farm:
        url = server.url.format(name="postgres")
        configure(fleet.folder, database=url, opml=farm.ask("opml"), hook=hook.url, delay="50ms")
        fleet.hire(4)
        fleet.until(lambda: polled(database) > FEEDS / 10, what="polling has begun")
        crash(server)
        fleet.until(lambda: polled(database) == FEEDS, what="all is polled after the crash")
        hook.slow = 0.2
        items = FEEDS * ITEMS + publish(database, farm)
        fleet.until(lambda: bool(hook.posts), what="the first messages go out")
        crash(server)
        fleet.until(lambda: is_told(database, hook, items=items), what="all is told after the crash")
        assert farm.stats()["side_by_side"] == 0
    assert sorted(hook.titles()) == news(database)


def crash(server: Server) -> None:
    """Stop the server immediately, as a crash would, and start it again."""
    server.stop()
    server.start()


def test_one_event_in_twenty_outlets_at_once_is_one_story_and_one_alert(
    database: Database, server: Server, fleet: Fleet, hook: Receiver
) -> None:
    """Eight workers match it concurrently, and regrouping in stored order gives the same story (W4)."""
    with ExitStack() as stack:
        sites = [
            stack.enter_context(shell.serving(feed=shell.rss(f"Weather town {number}")))
            for number in range(OUTLETS)
        ]
        configure(
            fleet.folder,
            database=server.url.format(name="postgres"),
            opml=opml_of(*(f"{site.url}/feed" for site in sites)),
            hook=hook.url,
            interval="2s",
            query=f"police OR {EVERYTHING}",
            group_wait="10s",
            updates="when-it-grows",
        )
        fleet.hire(WORKERS)
        fleet.until(lambda: polled(database) == OUTLETS, what="the first look")
        for number, site in enumerate(sites):
            news_of_it = f"Police halt the trial of harbour cameras after protest {number}"
            site.pages["/feed"] = (200, shell.rss(news_of_it, f"Weather town {number}"))
        fleet.until(lambda: bool(hook.posts), what="the alert")
        fleet.until(lambda: len(news(database)) == OUTLETS, what="every outlet is grouped")
    [told] = hook.messages().values()
    assert told["type"] == "story.new"
    assert regrouped(database) == grouped(database)
    assert len(grouped(database)) == 1


def test_pages_and_feeds_of_a_host_are_requested_one_at_a_time(
    database: Database, server: Server, fleet: Fleet
) -> None:
    """The worker that reads pages takes turns with those that poll, with the host's pause (P12, W1)."""
    pytest.importorskip("trafilatura", reason="the fulltext extra is not installed")
    titles = [f"Police find boat {number} in the harbour" for number in range(OUTLETS)]
    names = [f"page{number}" for number in range(OUTLETS)]
    pages = {
        name: f"<html><body><p>{title}. </p></body></html>".encode()
        for name, title in zip(names, titles, strict=True)
    }
    with shell.serving(feed=shell.rss("Weather"), other=shell.rss("Weather"), **pages) as site:
        site.slow = 0.1
        shell.configure(fleet.folder, f"{site.url}/feed", f"{site.url}/other")
        config = fleet.folder / "storywatch.toml"
        text = config.read_text().replace('host_delay = "0s"', 'host_delay = "100ms"\nfulltext = true')
        text = text.replace('interval = "1h"', 'interval = "1s"\nmax_interval = "1s"\ntimeout = "3s"')
        config.write_text(f'database = "{server.url.format(name="postgres")}"\n{text}')
        fleet.hire(3)
        fleet.until(lambda: polled(database) == 2, what="the first look")
        links = "".join(
            f"<item><guid>{name}</guid><title>{title}</title><link>{site.url}/{name}</link></item>"
            for name, title in zip(names, titles, strict=True)
        )
        site.pages["/feed"] = (
            200,
            f"<rss version='2.0'><channel><title>Feed</title>{links}</channel></rss>".encode(),
        )
        fleet.until(lambda: len(news(database)) == OUTLETS, what="all pages are read and grouped")
    asked = site.requests[: len(site.spans)]
    assert {f"/{name}" for name in names} <= set(asked)
    assert asked.count("/robots.txt") <= 3
    spans = sorted(site.spans)
    assert min(after[0] - before[1] for before, after in itertools.pairwise(spans)) > 0.09


def grouped(database: Database) -> list[list[int]]:
    """Return the items of each story, in the order they were grouped."""
    with database.read() as ledger:
        stories = [ledger.matches.of_story(story.id) for story in ledger.stories.since(LONG_AGO)]
    return sorted([match.item.id for match in story] for story in stories)


def regrouped(database: Database) -> list[list[int]]:
    """Return the stories when the same items are grouped again in stored order."""
    index, stories = StoryIndex(), {}
    with database.read() as ledger:
        rows = ledger.placements.grouped_after("everything", 0)
    for row in rows:
        document, at = document_of(row.match.item), story_time(row.match.item)
        found = index.find(document, at)
        story = found.story if found else len(stories) + 1
        stories.setdefault(story, []).append(row.match.item.id)
        index.add(document, at, story)
    return sorted(stories.values())

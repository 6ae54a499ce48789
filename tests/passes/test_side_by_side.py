"""Two writers at once on PostgreSQL: an owner's action while a worker works is neither lost nor undone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from builders import HOUR
from fakes import NOW, WordJudge, a_topic, store, subscribe
from newsroom import FEEDS
from sqlalchemy import Connection, event, text

from alerts.deciding.routing import ALERT_TURN
from monitor.actions.corrections import merge
from monitor.actions.topics.mark import MARK_TURN, ItemVerdict, mark
from monitor.config.settings import TopicConfig
from monitor.matching.configured import ConfiguredTopics, marks_in
from monitor.matching.match import Matching
from storage.database import Database
from storage.engine.engines import STOPPED_WRITER_SECONDS
from storage.model import Verdict
from storage.stores.story_counts import stories_turn

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
EVENT = "Police search sunken ferry off Brevik"
STRIKE = "Police union calls strike over wages"


@pytest.fixture
def server(postgresql_ledger_url: str) -> Iterator[Database]:
    """A ledger on PostgreSQL with thirty outlets."""
    database = Database.open(postgresql_ledger_url)
    subscribe(database, *FEEDS)
    yield database
    database.close()


@contextmanager
def beside(database: Database, work: Any) -> Iterator[Future[Any]]:
    """Run `work` in a thread; enter the block when it has ended or waits for a lock, and join it at the end."""
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(work)
        ended = threading.Event()
        running.add_done_callback(lambda _: ended.set())
        with database._engine.connect() as connection:
            while not (ended.wait(0.01) or connection.execute(WAITING).scalar_one()):
                connection.rollback()  # statistics stand still within a transaction
        yield running


def test_marks_are_read_in_the_order_of_commits(server: Database) -> None:
    """A reader that has seen the newest mark has seen all marks."""
    one, two = store(server, EVENT, STRIKE, feed=FEEDS[0])
    topic = TopicConfig(name="police", query="police", path=Path("storywatch.toml"), line=1)
    with server.read() as ledger:
        items = {number: ledger.items.get(number) for number in (one, two)}
    live = ConfiguredTopics([topic], marks_in(server))

    def second() -> None:
        said = ItemVerdict(item=items[two], verdict=Verdict.NO)  # type: ignore[arg-type]
        mark(server, topic, [said], write=False, since=NOW - HOUR, now=NOW)

    first = server.write(MARK_TURN)
    ledger = first.__enter__()
    ledger.marks.add("police", items[one], Verdict.NO, now=NOW)  # type: ignore[arg-type]
    with beside(server, second):
        live.match_news(server, now=NOW)
        first.__exit__(None, None, None)
    live.match_news(server, now=NOW)
    assert [known.item_id for known in live._marks.active] == [one, two]


def test_an_item_is_not_grouped_into_a_story_that_is_being_merged(server: Database) -> None:
    """Grouping waits for the merge, and then uses the surviving story."""
    matching = Matching([a_topic("police")], WordJudge("police"))
    store(server, EVENT, STRIKE, feed=FEEDS[0])
    matching.run(server, now=NOW)
    store(server, f"{STRIKE} again", feed=FEEDS[1], now=NOW + HOUR)
    merging = server.write(ALERT_TURN, stories_turn("police"))
    ledger = merging.__enter__()
    stories = ledger.stories.get([1, 2])
    merge(ledger, stories[0], stories[1:], now=NOW)
    with beside(server, lambda: matching.run(server, now=NOW + HOUR)) as grouping:
        merging.__exit__(None, None, None)
        grouping.result()
    with server.read() as after:
        assert [match.item.title for match in after.matches.of_story(1)] == [EVENT, STRIKE, f"{STRIKE} again"]


def test_the_server_ends_every_write_of_a_frozen_process(server: Database) -> None:
    """Each transaction that may lock a row has a limit on its idle time, the proof that a write works as well."""
    limits = []

    @event.listens_for(server._engine, "commit")
    def note_limit(connection: Connection) -> None:
        limits.append(connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one())

    Database(server._engine).prove_writable()
    with server.write("a turn"):
        pass
    assert limits == [f"{STOPPED_WRITER_SECONDS}s"] * 2


def test_sitemaps_of_one_index_are_stored_one_after_the_other(server: Database) -> None:
    """Two workers that poll the same article from two sitemaps store it once: the second one sees the first one's."""
    with server.read() as ledger:
        [index] = ledger.feeds.named([FEEDS[0]])

    def second() -> Any:
        with server.write() as ledger:
            ledger.sitemap_children.hold_indexes({index.id})
            return ledger.feeds.named([FEEDS[0]])[0].next_poll

    with ThreadPoolExecutor(1) as pool, server._engine.connect() as connection:
        with server.write() as ledger:
            ledger.sitemap_children.hold_indexes({index.id})
            running = pool.submit(second)
            while not (running.done() or connection.execute(WAITING).scalar_one()):
                connection.rollback()  # statistics stand still within a transaction
            ledger.feed_controls.make_due([index.id], now=NOW + 9 * HOUR)
        assert running.result(timeout=60) == NOW + 9 * HOUR

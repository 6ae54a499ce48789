"""Full-text search gives the same items on both databases, for any input."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import NOON
from fakes import subscribe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text
from statements import statements

from storage import schema
from storage.database import Database, Ledger
from storage.model import Publication
from storage.stores.item_rows import NewItem
from storage.stores.search import read_search

SATELLITES = (schema.revisions, schema.identities, schema.to_match)
TITLES = [
    "Police halt trial of harbour cameras",
    "Harbour festival: police, no incidents",
    "Żółw wins the race",
]


@pytest.fixture
def stocked(database: Database) -> Database:
    """A ledger with three items."""
    subscribe(database, "https://a.example/feed")
    with database.write() as ledger:
        [feed] = ledger.feeds.subscribed()
        for number, title in enumerate(TITLES):
            ledger.items.add(
                feed.id, [_an_item(title)], now=NOON + timedelta(hours=number), at_first_poll=False
            )
        ledger.match_queue.remove([1, 2, 3])
        ledger.match_queue.index_words()
    return database


def _an_item(title: str, summary: str = "") -> NewItem:
    publication = Publication(title=title, summary=summary, url="https://a.example/1")
    return NewItem(publication=publication, key=title, content_hash=title, title_key=None)


def found(database: Database, query: str, **given: object) -> list[str]:
    """Return the titles that a search finds."""
    with database.read() as ledger:
        return [item.title for item in ledger.search.items(read_search(query), limit=9, **given)]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("harbour", [1, 0]),
        ("HARBOUR cameras", [0]),
        ("harb*", [1, 0]),
        ("harb", []),
        ('"police halt"', [0]),
        ('"halt police"', []),
        ("police -cameras", [1]),
        ('police -"no incidents"', [0]),
        ("race", [2]),
        ("Żółw", [2]),
        ("it's", []),
    ],
)
def test_words_phrases_prefixes_and_exclusions_are_found(
    stocked: Database, query: str, numbers: list[int]
) -> None:
    """The search words work as typed, newest items first."""
    assert found(stocked, query) == [TITLES[number] for number in numbers]


def test_an_edit_is_found_by_its_new_words_alone(stocked: Database) -> None:
    """The index follows edits automatically."""
    with stocked.write() as ledger:
        [item] = ledger.search.items(read_search("race"), limit=1)
        ledger.items.revise(item.id, _an_item("Tortoise wins", "by a <b>length</b>"), now=NOON)
        assert [title for _, title in ledger.search.revisions_of(item.id)] == [TITLES[2]]
    assert found(stocked, "race") == []
    assert found(stocked, "tortoise length") == ["Tortoise wins"]


def test_long_texts_are_compressed_and_found(sqlite_database: Database) -> None:
    """A long text takes less space, is read whole, and the index follows its edits and its pruning."""
    long = "Café <p>sails</p> " * 100
    subscribe(sqlite_database, "https://a.example/feed")
    with sqlite_database.write() as ledger:
        [feed] = ledger.feeds.subscribed()
        [first] = ledger.items.add(feed.id, [_an_item("one", long)], now=NOON, at_first_poll=False)
        ledger.match_queue.remove([first])
        ledger.match_queue.index_words()
        connection = ledger.items._connection
        size = connection.execute(text("SELECT length(CAST(summary AS BLOB)) FROM items")).scalar_one()
        assert size < len(long.encode()) / 4
        assert [item.summary for item in ledger.search.items(read_search('"cafe p sails"'), limit=9)] == [
            long
        ]
        ledger.items.revise(first, _an_item("one", long.replace("sails", "anchors")), now=NOON)
        assert [one.summary for one in ledger.search.texts_before(first)] == [long]
        _check_index(ledger)
    assert found(sqlite_database, "sails") == []
    assert found(sqlite_database, "anchors") == ["one"]


def test_long_texts_from_before_compression_are_read_and_found(sqlite_database: Database) -> None:
    """A row that a former version wrote is read as it is, and compressed by its next edit."""
    long = "a harbour without end " * 100
    subscribe(sqlite_database, "https://a.example/feed")
    with sqlite_database.write() as ledger:
        [feed] = ledger.feeds.subscribed()
        [first] = ledger.items.add(feed.id, [_an_item("one")], now=NOON, at_first_poll=False)
        connection = ledger.items._connection
        connection.execute(text("UPDATE items SET content = :long"), {"long": long})
        ledger.match_queue.remove([first])
        ledger.match_queue.index_words()
        assert [item.content for item in ledger.search.items(read_search("harbour"), limit=9)] == [long]
        ledger.items.revise(first, _an_item("two", long), now=NOON)
        _check_index(ledger)
        assert connection.execute(text("SELECT typeof(summary) FROM items")).scalar_one() == "blob"
    assert found(sqlite_database, "harbour") == ["two"]


def _check_index(ledger: Ledger) -> None:
    """Compare the index with the texts; its own view of them, `item_texts`, does not unpack them, so that any program can read it."""
    connection = ledger.items._connection
    aside = connection.begin_nested()
    connection.execute(text("DROP VIEW item_texts"))
    connection.execute(
        text(
            "CREATE VIEW item_texts AS SELECT id, title, unpacked(summary) AS summary, "
            "substr(unpacked(content), 1, 1000) AS content FROM items"
        )
    )
    connection.execute(text("INSERT INTO item_words (item_words, rank) VALUES ('integrity-check', 1)"))
    aside.rollback()


def test_the_index_follows_the_matching(sqlite_database: Database) -> None:
    """On SQLite an item is found once matched, also after edits, pruning and reuse of ids."""
    subscribe(sqlite_database, "https://a.example/feed")
    with sqlite_database.write() as ledger:
        [feed] = ledger.feeds.subscribed()

        def add(*titles: str) -> list[int]:
            new = [_an_item(title) for title in titles]
            return ledger.items.add(feed.id, new, now=NOON, at_first_poll=False)

        def prune(*ids: int) -> None:
            connection = ledger.items._connection
            for column in (*(table.c.item_id for table in SATELLITES), schema.items.c.id):
                connection.execute(delete(column.table).where(column.in_(ids)))

        first, second, third = add("harbour one", "harbour two", "harbour three")
        ledger.items.revise(second, _an_item("edited before it was indexed"), now=NOON)
        ledger.match_queue.remove([first])
        ledger.match_queue.index_words()
        prune(third)
        ledger.match_queue.remove([second])
        ledger.match_queue.index_words()
        prune(first, second)
        assert add("harbour with an old id") == [first]
        ledger.match_queue.remove([first])
        ledger.match_queue.index_words()
        _check_index(ledger)
    assert found(sqlite_database, "harbour") == ["harbour with an old id"]
    assert found(sqlite_database, "edited") == []


def test_a_search_keeps_to_a_time_and_a_feed(stocked: Database) -> None:
    """Both options narrow the result."""
    assert found(stocked, "harbour", since=NOON) == [TITLES[1]]
    assert found(stocked, "harbour", feed_id=99) == []


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(st.text(alphabet=st.sampled_from("ab*\"'-():^&|!\\%_ \0\u0301é NEAR AND OR NOT title"), max_size=24))
def test_no_input_is_read_as_search_syntax(stocked: Database, query: str) -> None:
    """Every search is answered, and none raises (R20)."""
    terms = read_search(query)
    if any(not term.absent for term in terms):
        found(stocked, query)


def test_a_search_without_words_has_no_terms() -> None:
    """Punctuation alone gives no terms."""
    assert read_search(' *** "" - _ ') == ()


def test_the_server_knows_that_words_take_long_to_compute(postgresql_database: Database) -> None:
    """PostgreSQL is told what the words of an item cost; otherwise it computes those of all items for a rare word."""
    with postgresql_database.read() as ledger:
        asked = text("SELECT procost FROM pg_proc WHERE proname = 'without_marks'")
        assert ledger.search._connection.execute(asked).scalar_one() >= 1_000


def test_only_the_newest_items_are_looked_through_without_the_index(
    stocked: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older items are found too, by the index; on PostgreSQL that statement has no limit that would lead away from it."""
    monkeypatch.setattr("storage.stores.search.NEWEST", 1)
    with statements(stocked) as executed:
        assert found(stocked, "harbour") == [TITLES[1], TITLES[0]]
        assert found(stocked, "harbour", below=2) == [TITLES[0]]
    if stocked.path is None:
        assert sum("AS MATERIALIZED" in one for one in executed) == 2

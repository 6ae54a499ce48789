"""Known items of a feed are not parsed again, and their hashes are stored with the items or not at all."""

from __future__ import annotations

import asyncio

import pytest
from builders import DAY
from fakes import NOW, FakeFetcher, FakeParsers, a_polling, fetched, rss, subscribe
from rounds import poll

from monitor.polling.http.outcome import Fetched
from monitor.polling.parsing.read_body import ReadFeed
from storage.database import Database

FEED = "https://example.org/feed"
TITLE = "Council pauses face recognition"


class WatchedParsers(FakeParsers):
    """Records the result of reading each body."""

    def __init__(self) -> None:
        super().__init__()
        self.readings: list[ReadFeed] = []

    async def read(self, body: bytes, **asked: object) -> ReadFeed:  # type: ignore[override]
        read = await super().read(body, **asked)  # type: ignore[arg-type]
        assert isinstance(read, ReadFeed)
        self.readings.append(read)
        return read


def poll_all(database: Database, *answers: Fetched) -> tuple[list[list[str]], list[int]]:
    """Poll a feed once a day; return the new items of each poll, and how many were recognised without parsing."""
    subscribe(database, FEED)
    parsers, fetcher = WatchedParsers(), FakeFetcher({})
    polling = a_polling(database, fetcher, parsers=parsers)
    told = []
    for day, answer in enumerate(answers):
        fetcher.answers[FEED] = answer
        [polled] = poll(polling, NOW + day * DAY)
        told.append([f"{noted.seen}:{noted.publication.publisher_id}" for noted in polled.noted])
    return told, [read.recognised for read in parsers.readings]


def test_unchanged_items_are_recognised_without_parsing(database: Database) -> None:
    """New, edited, removed and returning items are handled as with full parsing."""
    a, b, c = ("a", "First"), ("b", "Second"), ("c", "Third")
    told, recognised = poll_all(
        database,
        fetched(b, a),
        fetched(c, b, a),
        fetched(c, ("b", "Second edited"), a),
        fetched(c, a),
        fetched(c, b, a),
    )
    assert told == [["first-poll:a", "first-poll:b"], ["new:c"], ["revision:b"], [], ["revision:b"]]
    assert recognised == [0, 2, 2, 2, 2]


def test_an_item_under_two_ids_is_read_with_the_whole(sqlite_database: Database) -> None:
    """The id that counts cannot be determined from a part of the document."""
    old, new = ("a", TITLE, "older"), ("b", TITLE, "newer")
    told, recognised = poll_all(
        sqlite_database,
        fetched(old),
        fetched(new),
        *(fetched(("x", f"Filler {n}"), new, old) for n in range(3)),
    )
    assert recognised == [0, 0, 0, 0, 0]
    assert told[1] == ["republished:b"]
    assert [one for later in told[2:] for one in later if one[-1] in "ab"] == []


def test_a_partial_answer_and_the_next_body_are_read_whole(sqlite_database: Database) -> None:
    """A 226 holds only the changed items (RFC 3229)."""
    part = Fetched(
        body=rss(("c", "Third")), url=FEED, status=226, validators=fetched().validators, headers={}
    )
    told, recognised = poll_all(
        sqlite_database, fetched(("a", "First")), part, fetched(("c", "Third"), ("a", "First"))
    )
    assert told == [["first-poll:a"], ["new:c"], []]
    assert recognised == [0, 0, 0]


def test_known_keys_are_stored_with_the_items(database: Database) -> None:
    """A failed commit stores neither."""
    subscribe(database, FEED)
    asyncio.run(a_polling(database, FakeFetcher({FEED: fetched(("a", "First"))})).run(now=NOW))
    with database.read() as ledger:
        before = ledger.items.document_hashes(1)
    assert before
    with pytest.raises(OSError, match="disk full"), database.write() as ledger:
        ledger.items.store_document_hashes({1: b"other"})
        raise OSError("disk full")
    with database.read() as ledger:
        assert ledger.items.document_hashes(1) == before

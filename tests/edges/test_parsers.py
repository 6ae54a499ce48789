"""Bodies are parsed in processes that may time out, run out of memory or crash; the next body is parsed all the same."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from multiprocessing import active_children
from multiprocessing.connection import wait

import pytest
from hostile import serving

from monitor.polling.http.outcome import FailureKind, ParseFailure
from monitor.polling.parsing import process_pool
from monitor.polling.parsing.parser_pool import MEMORY_BYTES, Parsers
from monitor.polling.parsing.read_body import ReadFeed, read_news

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL = "https://news.example/feed.xml"
GOOD = b"<rss version='2.0'><channel><title>D</title><item><guid>1</guid><title>One</title></item></channel></rss>"
DOUBTFUL = b"<pubDate>soon</pubDate>"  # feedparser has to read it
# An address that sends feedparser's expression for authors back and forth for minutes.
SLOW = GOOD.replace(b"<guid>", DOUBTFUL + b"<author>a@" + b"a." * 60_000 + b"</author><guid>")
# Each reference becomes a string of its own before they are joined.
HUNGRY = (
    b"<rss version='2.0'><channel><item>"
    + DOUBTFUL
    + b"<title>"
    + b"&amp;" * 900_000
    + b"</title></item></channel></rss>"
)


def read_all(
    *bodies: bytes, seconds: float = 10, memory_bytes: int = MEMORY_BYTES
) -> list[ReadFeed | ParseFailure]:
    """Read bodies one after the other with one worker."""

    async def whole() -> list[ReadFeed | ParseFailure]:
        async with Parsers(workers=1, seconds=seconds, memory_bytes=memory_bytes) as parsers:
            return [await parsers.read(body, url=URL, headers={}, now=NOW) for body in bodies]

    return asyncio.run(whole())


def test_a_worker_gives_the_same_result_as_this_process() -> None:
    """Feeds and failures cross the process boundary unchanged."""
    bodies = [GOOD, b"", b"<html></html>", GOOD]
    assert read_all(*bodies) == [read_news(body, url=URL, content_type="", now=NOW) for body in bodies]


def test_a_body_that_takes_too_long_is_stopped_and_the_next_is_read() -> None:
    """The timeout kills one worker and fails one body."""
    started = time.perf_counter()
    slow, good = read_all(SLOW, GOOD, seconds=3)
    assert isinstance(slow, ParseFailure)
    assert slow.kind is FailureKind.PARSER_KILLED
    assert isinstance(good, ReadFeed)
    assert time.perf_counter() - started < 60


def test_a_body_that_takes_too_much_memory_is_stopped_and_the_next_is_read() -> None:
    """The limit is the worker's own, and its failure has a name."""
    hungry, good = read_all(HUNGRY, GOOD, memory_bytes=40_000_000)
    assert isinstance(hungry, ParseFailure)
    assert hungry.kind is FailureKind.PARSER_KILLED
    assert isinstance(good, ReadFeed)


def test_a_worker_without_bodies_ends_and_the_next_body_starts_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A daemon that polls little does not keep the memory of its workers."""
    monkeypatch.setattr(process_pool, "IDLE_SECONDS", 0.2)

    async def ended() -> bool:
        async with Parsers(workers=1) as parsers:
            await parsers.read(GOOD, url=URL, headers={}, now=NOW)
            [worker] = active_children()
            ends = await asyncio.to_thread(wait, [worker.sentinel], 30)
            again = await parsers.read(GOOD, url=URL, headers={}, now=NOW)
            return bool(ends) and isinstance(again, ReadFeed)

    assert asyncio.run(ended())


@pytest.mark.slow
def test_many_bodies_at_once_all_come_back() -> None:
    """Bodies queue for the workers, and a slow one delays its own worker only."""

    async def whole() -> list[ReadFeed | ParseFailure]:
        async with Parsers(workers=2, seconds=5) as parsers:
            bodies = [SLOW] + [GOOD] * 30
            return list(
                await asyncio.gather(*(parsers.read(body, url=URL, headers={}, now=NOW) for body in bodies))
            )

    slow, *good = asyncio.run(whole())
    assert isinstance(slow, ParseFailure)
    assert all(isinstance(result, ReadFeed) for result in good)


def test_a_pool_that_was_never_used_closes_at_once() -> None:
    """Workers start with the first body."""
    assert read_all() == []


def test_a_document_causes_no_network_access() -> None:
    """External entities, DTDs, parameter entities and stylesheets cause no connection."""

    async def whole() -> int:
        async with serving({}) as server, Parsers(workers=1) as parsers:
            there = server.url("/x")
            declared = f'<!ENTITY a SYSTEM "{there}"><!ENTITY % p SYSTEM "{there}"> %p;'
            prolog = f'<?xml-stylesheet href="{there}"?><!DOCTYPE rss PUBLIC "x" "{there}" [{declared}]>'
            included = f'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{there}"/>'
            for charset in ("utf-8", "utf-16"):
                body = f"{prolog}<rss version='2.0'><channel><item><title>&a;{included}</title></item></channel></rss>"
                read = await parsers.read(body.encode(charset), url=there, headers={}, now=NOW)
                assert isinstance(read, ReadFeed)
            await parsers.read(there.encode(), url=there, headers={}, now=NOW)
            return server.connections

    assert asyncio.run(whole()) == 0

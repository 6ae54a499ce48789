"""Reads pushed bodies like answers to polls: in the parsers' processes, and recorded by the same rules.

If a body is not a feed or belongs to another feed, it is discarded and the subscribed feed is polled.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.polling.http.outcome import Fetched, ParseFailure
from monitor.polling.push.offer import is_topic
from monitor.polling.record import PARTIAL, Polled, Received, record
from storage.model import FeedKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.polling.parsing.parser_pool import Parsers
    from monitor.polling.parsing.read_body import ReadFeed
    from monitor.polling.poll import Polling
    from storage.database import Database, Ledger
    from storage.model import Feed
    from storage.model.pushed import PushedBody

log = logging.getLogger(__name__)

AT_ONCE = 20  # bodies read at once; the others wait
HINT_PAUSE = timedelta(minutes=1)  # between two polls caused by pushes


class ReadPushes:
    """The pass over waiting pushed bodies. Use it from the event loop of polling."""

    def __init__(self, *, database: Database, polling: Polling, parsers: Parsers) -> None:
        self._database = database
        self._polling = polling
        self._parsers = parsers

    async def run(self, *, now: datetime) -> list[Polled]:
        """Read the waiting bodies, except those of feeds that are being polled, and return the results.

        Raises:
            DatabaseUnavailable, DatabaseRefused, ResourceShortage: as for polls; the bodies remain waiting.
        """
        with self._database.read() as ledger:
            waiting = ledger.pushes.waiting(limit=AT_ONCE)
        if not waiting:
            return []
        with self._polling.holding(waiting) as held:
            pushed = await asyncio.to_thread(self._load, sorted(held))
            read = await asyncio.gather(*(self._read(feed, body, now=now) for feed, body in pushed))
            return await asyncio.to_thread(self._store, sorted(held), read, now)

    def _load(self, feed_ids: Sequence[int]) -> list[tuple[Feed, PushedBody]]:
        with self._database.read() as ledger:
            bodies = {one.feed_id: one for one in ledger.pushes.of(feed_ids)}
            feeds = [feed for one in bodies for feed in ledger.feeds.subscribed(only=one)]
        # A failing feed keeps its schedule, and a feed that was never read has no items to compare with.
        return [(feed, bodies[feed.id]) for feed in feeds if feed.first_success and not feed.failures]

    async def _read(self, feed: Feed, push: PushedBody, *, now: datetime) -> Received | None:
        """Return a pushed body as an answer to a poll of its feed; None if it cannot be one."""
        headers = {"content-type": push.content_type}
        read = await self._parsers.read(push.body, url=feed.current_url, headers=headers, now=now)
        if isinstance(read, ParseFailure) or not _fits(read, push, feed):
            log.info("push feed=%d outcome=unread", feed.id)
            return None
        log.info("push feed=%d outcome=read", feed.id)
        answer = Fetched(
            body=push.body,
            url=feed.current_url,
            status=PARTIAL,  # hubs may push only the changed items
            validators=feed.validators,
            headers=headers,
        )
        return Received(feed=feed, outcome=answer, read=read, bounds=self._polling.bounds_of(feed))

    def _store(self, held: Sequence[int], read: Sequence[Received | None], now: datetime) -> list[Polled]:
        received = [one for one in read if one is not None]
        with self._database.write() as ledger:
            polled = record(ledger, received, now=now, backfill=False)
            ledger.pushes.forget(held)
            for feed_id in set(held) - {one.feed.id for one in received}:
                hint(ledger, feed_id, now=now)
        return polled


def hint(ledger: Ledger, feed_id: int, *, now: datetime) -> None:
    """Make a feed due because its hub announces news; at most once a minute."""
    ledger.pushes.hasten(feed_id, at=now, polled_before=now - HINT_PAUSE)
    ledger.pushes.hasten(feed_id, at=now + HINT_PAUSE, polled_before=now)


def _fits(read: ReadFeed, push: PushedBody, feed: Feed) -> bool:
    """Whether a document may belong to the feed: its own address is the topic, or it names no address."""
    if read.facts.kind is not FeedKind.FEED:
        return False
    own = read.facts.self_url
    return own is None or any(is_topic(own, known) for known in (push.topic, feed.current_url, feed.url))

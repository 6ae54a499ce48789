"""Reads pushed bodies like answers to polls: in the parsers' processes, and recorded by the same rules.

If a body is not a feed or belongs to another feed, it is discarded and the subscribed feed is polled.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.polling.host_claim import SOLE_CLAIM
from monitor.polling.http.outcome import Fetched, ParseFailure
from monitor.polling.push.offer import is_topic
from monitor.polling.record import PARTIAL, Polled, Received, record
from storage.model import FeedKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.polling.host_claim import Claim
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

    def hosts(self) -> set[str]:
        """Return the hosts of the feeds whose bodies wait to be read."""
        with self._database.read() as ledger:
            waiting = ledger.pushes.waiting(limit=AT_ONCE)
            return {feed.host for one in waiting for feed in ledger.feeds.subscribed(only=one)}

    async def run(self, *, now: datetime, claim: Claim = SOLE_CLAIM) -> list[Polled]:
        """Read the waiting bodies, except those of feeds that are being polled, and return the results.

        Bodies of feeds on hosts that another worker uses, by `claim`, go on waiting.

        Raises:
            DatabaseUnavailable, DatabaseRefused, ResourceShortage: as for polls; the bodies remain waiting.
        """
        with self._database.read() as ledger:
            waiting = ledger.pushes.waiting(limit=AT_ONCE)
        if not waiting:
            return []
        with self._polling.holding(waiting) as held:
            pushed = await asyncio.to_thread(self._load, sorted(held), claim)
            read = await asyncio.gather(*(self._read(feed, body, now=now) for feed, body in pushed))
            return await asyncio.to_thread(self._store, [feed for feed, _ in pushed], read, now, claim)

    def _load(self, feed_ids: Sequence[int], claim: Claim) -> list[tuple[Feed, PushedBody]]:
        with self._database.read() as ledger:
            bodies = {one.feed_id: one for one in ledger.pushes.of(feed_ids)}
            feeds = [feed for one in bodies for feed in ledger.feeds.subscribed(only=one)]
        return [(feed, bodies[feed.id]) for feed in feeds if claim.may_ask(feed.host)]

    async def _read(self, feed: Feed, push: PushedBody, *, now: datetime) -> Received | None:
        """Return a pushed body as an answer to a poll of its feed; None if it cannot be one."""
        if not feed.first_success or feed.failures:
            return None  # it keeps its schedule; if it was never read, it has no items to compare with
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

    def _store(
        self, feeds: Sequence[Feed], read: Sequence[Received | None], now: datetime, claim: Claim
    ) -> list[Polled]:
        with self._database.write() as ledger:
            ours = claim.may_store(ledger, feeds)
            received = [one for one in read if one is not None and one.feed.id in ours]
            polled = record(ledger, received, now=now, backfill=False)
            ledger.pushes.forget(sorted(ours))
            for feed_id in ours - {one.feed.id for one in received}:
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

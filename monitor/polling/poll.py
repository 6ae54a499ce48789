"""The poll pass: due feeds → fetch → read → items, validators and next due time, in one transaction.

Fetches run side by side, one at a time to a host; what they bring is committed in slices, since a commit costs as
much as thirty feeds. No transaction is open while the network is awaited.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import replace
from datetime import timedelta
from time import perf_counter
from typing import TYPE_CHECKING

from monitor.polling.batching import Batches, weight_of
from monitor.polling.feed_state.schedule import MAX_RETRY_AFTER, quiet_until
from monitor.polling.feed_state.transition import body_hash
from monitor.polling.host_claim import ALONE
from monitor.polling.host_queue import Backlog, HostQueue
from monitor.polling.http.outcome import FailureKind, Fetched, FetchRequest, ParseFailure, Throttled
from monitor.polling.http.shortage import OwnShortage, own_shortage
from monitor.polling.malloc_trim import MemoryTrimmer
from monitor.polling.parsing.parser_pool import is_large
from monitor.polling.poll_rules import ORDINARY
from monitor.polling.record import Polled, Received, record
from storage.engine.errors import DatabaseRefused, LedgerAway

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from monitor.polling.host_claim import Claim
    from monitor.polling.http.fetch import Fetcher
    from monitor.polling.http.outcome import Outcome
    from monitor.polling.parsing.parser_pool import Parsers
    from monitor.polling.parsing.read_body import ReadFeed
    from monitor.polling.poll_rules import Access, PollRules
    from storage.database import Database
    from storage.model import Feed

log = logging.getLogger(__name__)

OK = 200
# Faults of the database or of this machine: they say nothing of a feed, which stays due.
NOT_OF_FEEDS = (LedgerAway, DatabaseRefused, OwnShortage)
ROUND = 2_000  # feeds taken up at once; the rest stays due
LONGEST_QUIET = 2 * MAX_RETRY_AFTER  # a later time was set by a clock that was ahead
IN_STEP = timedelta(seconds=5)  # a round starts within this of the time it decides by, or that time is fixed
UNREAD_BYTES = (
    4_000_000  # of bodies sure to come, unread, or read and not stored; with more, no feed is asked
)
LARGE_UNREAD_BYTES = 20_000_000  # of large bodies, which have a reader of their own: three hold nobody up
FIRST_BODY_BYTES = (
    25_000  # what a feed never polled is taken to send, packed; another mostly sends nothing new
)
GATHER_SECONDS = 0.05  # how long finished feeds wait at a time for others to be committed with
GATHERINGS = 3  # so often at most


class Polling:
    """The pass, and what is under way. Use it from one event loop."""

    def __init__(
        self,
        *,
        database: Database,
        fetcher: Fetcher,
        parsers: Parsers,
        rules: PollRules,
        access: Mapping[str, Access],
        clock: Callable[[], datetime],
        backfill: bool = False,
        claim: Claim = ALONE,
    ) -> None:
        """Join the parts; `access` is by feed URL. With `backfill` a first poll's items count as new."""
        self._database = database
        self._fetcher = fetcher
        self._parsers = parsers
        self._rules = rules
        self._access = access
        self._clock = clock
        self._backfill = backfill
        self._claim = claim
        self._lanes = HostQueue(concurrency=rules.concurrency, host_delay=rules.host_delay)
        self._under_way: set[int] = set()
        self._quiet: dict[str, datetime] = {}
        self._slices = Batches()
        self._freed = MemoryTrimmer()
        self._unread = Backlog(UNREAD_BYTES)
        self._large_unread = Backlog(LARGE_UNREAD_BYTES)
        self.heard: Callable[[Sequence[Polled]], None] = lambda _: None  # told of what is stored, as it is

    @property
    def lanes(self) -> HostQueue:
        """The turns of hosts, for what else asks them."""
        return self._lanes

    async def run(self, *, now: datetime) -> list[Polled]:
        """Poll every feed that is due and not under way already; return what came of each.

        Raises:
            LedgerAway, DatabaseRefused: the database takes nothing; the feeds stay due.
            OwnShortage: this machine lacks descriptors, memory or threads; the feeds stay due.
        """
        with self._database.read() as ledger:
            due = ledger.feeds.due(now=now, limit=ROUND + len(self._under_way))
        if any(feed.id not in self._under_way for feed in due):
            await asyncio.to_thread(
                self._database.prove_writable
            )  # nobody is asked for what cannot be stored
        return await self.poll(due, now=now)

    async def run_all(self, *, now: datetime) -> list[Polled]:
        """Poll until nothing is due any more at that time; return what came of each feed."""
        polled: list[Polled] = []
        while batch := await self.run(now=now):
            polled += batch
        return polled

    async def poll(self, asked: Sequence[Feed], *, now: datetime) -> list[Polled]:
        """Poll these feeds, due or not, but for those under way already; return what came of each."""
        feeds = [feed for feed in asked if feed.id not in self._under_way]
        if not feeds:
            return []
        unfinished = {feed.id for feed in feeds}
        self._under_way |= unfinished
        try:
            return await self._round(feeds, unfinished, now=now)
        finally:
            self._under_way -= unfinished

    async def _round(self, feeds: Sequence[Feed], unfinished: set[int], *, now: datetime) -> list[Polled]:
        """Receive every feed side by side while what has come is committed in slices.

        What is committed is under way no more, and taken out of `unfinished`: it may be due again before the slowest
        feed of its round has answered.
        """
        arrived: deque[Received] = deque()
        receiving = [asyncio.create_task(self._receive(feed, arrived, now=now)) for feed in feeds]
        everything = asyncio.gather(*receiving, return_exceptions=True)
        polled: list[Polled] = []
        try:
            while not everything.done() or arrived:
                await self._gather(arrived, everything)
                if arrived:
                    committed = await self._commit_slice(self._slices.take(arrived), now=now)
                    polled += committed
                    self.heard(committed)
                    done = {one.feed.id for one in committed}
                    unfinished -= done
                    self._under_way -= done
        finally:
            for task in receiving:
                task.cancel()
            self._let_go(arrived)
            faults = [fault for fault in await everything if isinstance(fault, Exception)]
        if faults:  # of the feeds' own faults none gets here
            raise faults[0]
        return polled

    async def _gather(self, arrived: deque[Received], everything: asyncio.Future[Any]) -> None:
        """Let more arrive until a slice is full, for a moment: a slice of one feed costs as much as one of ten."""
        for _ in range(GATHERINGS):
            if everything.done() or self._slices.is_full(arrived):
                return
            await asyncio.wait([everything], timeout=GATHER_SECONDS)

    async def _commit_slice(self, taken: list[Received], *, now: datetime) -> list[Polled]:
        started = perf_counter()
        try:
            polled = await asyncio.to_thread(self._commit, taken, now)
        finally:
            self._let_go(taken)
        self._slices.lasted(taken, perf_counter() - started)
        return polled

    def _let_go(self, taken: Iterable[Received]) -> None:
        """Note that what these hold is waited for no more: a slow disk must not fill the memory with readings."""
        for one in taken:
            self._backlog_of(one.outcome).remove(_weight(one.outcome))

    def _commit(self, ready: Sequence[Received], now: datetime) -> list[Polled]:
        """Store a slice; where that fails, feed by feed, so that what cannot be stored fails alone."""
        try:
            return self._store(ready, now)
        except NOT_OF_FEEDS:
            raise
        except Exception as error:
            if len(ready) > 1:
                return [polled for one in ready for polled in self._commit([one], now)]
            if isinstance(ready[0].read, ParseFailure):
                raise  # not even a failure can be stored: it is the ledger's fault, not the feed's
            log.exception("poll feed=%d outcome=fault", ready[0].feed.id)
            return self._commit([self._faulty(ready[0].feed, error)], now)

    def _store(self, ready: Sequence[Received], now: datetime) -> list[Polled]:
        with self._database.write() as ledger:
            wanted = self._claim.may_store(ledger, [one.feed for one in ready])
            ready = [one for one in ready if one.feed.id in wanted]
            polled = [one.without_texts() for one in record(ledger, ready, now=now, backfill=self._backfill)]
        self._freed.note(sum(map(weight_of, ready)) - len(ready))
        return polled

    async def _receive(self, feed: Feed, arrived: deque[Received], *, now: datetime) -> None:
        """Fetch and read one feed; this is the loop over feeds, where a fault of one must not touch the others."""
        started = self._clock()
        try:
            received = await self._received(feed, now=now, started=started)
        except NOT_OF_FEEDS:
            raise
        except Exception as error:
            if shortage := own_shortage(error):
                raise shortage from error
            log.exception("poll feed=%d outcome=fault", feed.id)
            received = self._faulty(feed, error)
        if received is None:
            return  # its host answered 429 meanwhile, or is another's to ask; the feed stays due
        spent = self._clock() - started
        log.info("poll feed=%d outcome=%s ms=%d", feed.id, received.name, spent.total_seconds() * 1000)
        self._backlog_of(received.outcome).add(_weight(received.outcome))
        arrived.append(received)

    async def _received(self, feed: Feed, *, now: datetime, started: datetime) -> Received | None:
        """Fetch in the host's turn and read after it: who waits for a reader keeps nobody from asking."""
        first = feed.first_success is None
        async with self._lanes.turn(feed.host, first=first):
            async with self._large_unread.adding(0), self._unread.adding(FIRST_BODY_BYTES if first else 0):
                if self._is_quiet(feed.host, now) or not self._claim.may_ask(feed.host):
                    return None
                outcome = await self._ask(feed)
            late = self._late(now, started)
            if isinstance(outcome, Throttled):
                self._quiet[outcome.host_key] = quiet_until(now=now, headers=outcome.headers) + late
        read = await self._read(feed, outcome, now=now)
        bounds = self._rules.bounds
        own = self._access[feed.url].interval if feed.url in self._access else None
        bounds = replace(bounds, own=own) if own is not None else bounds
        return Received(feed=feed, outcome=outcome, read=read, bounds=bounds, late=late)

    async def _ask(self, feed: Feed) -> Outcome:
        access = self._access.get(feed.url, ORDINARY)
        request = FetchRequest(
            url=feed.current_url,
            home=feed.url,
            validators=feed.validators,
            headers=access.headers,
            credentials=access.credentials,
        )
        return await self._fetcher.fetch(request)

    def _late(self, now: datetime, started: datetime) -> timedelta:
        """Return how long after `now` an answer came, where `now` is the time at which its round started."""
        if abs(started - now) > IN_STEP:
            return timedelta(0)  # the owner fixed the clock of decisions
        return max(self._clock() - started, timedelta(0))

    async def _read(self, feed: Feed, outcome: Outcome, *, now: datetime) -> ReadFeed | ParseFailure | None:
        """Return what a body holds; None where there is none, or it is the one we know (P4)."""
        if not isinstance(outcome, Fetched):
            return None
        if outcome.status == OK and body_hash(outcome.body) == feed.body_hash:
            return None
        before = self._stood(feed) if outcome.status == OK else b""
        with self._backlog_of(outcome).holding(_weight(outcome)):
            return await self._parsers.read(
                outcome.body, url=outcome.url, headers=outcome.headers, now=now, before=before
            )

    def _backlog_of(self, outcome: Outcome | None) -> Backlog:
        is_heavy = isinstance(outcome, Fetched) and is_large(outcome.body)
        return self._large_unread if is_heavy else self._unread

    def _stood(self, feed: Feed) -> bytes:
        if feed.first_success is None:
            return b""
        with self._database.read() as ledger:
            return ledger.items.stood(feed.id)

    def _is_quiet(self, host: str, now: datetime) -> bool:
        """Whether the host asked for quiet while a feed stood in line for it; the ledger knows of earlier times."""
        until = self._quiet.get(host, now)
        return now < until < now + LONGEST_QUIET

    def _faulty(self, feed: Feed, error: Exception) -> Received:
        words = f"storywatch failed while polling: {type(error).__name__}"
        failure = ParseFailure(kind=FailureKind.PARSER_FAILED, words=words)
        return Received(feed=feed, outcome=None, read=failure, bounds=self._rules.bounds)


def _weight(outcome: Outcome | None) -> int:
    return len(outcome.body) if isinstance(outcome, Fetched) else 0

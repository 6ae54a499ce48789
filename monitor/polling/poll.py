"""The poll pass: due feeds → fetch → parse → items, validators and next due time, in one transaction.

Fetches run concurrently, one at a time to a host. Their results are committed in batches, since a commit costs as much
as thirty feeds. No transaction is open while the pass waits for the network.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from time import perf_counter
from typing import TYPE_CHECKING

from monitor.polling.batching import Batches, weight_of
from monitor.polling.due_feeds import DueFeeds
from monitor.polling.feed_state.schedule import MAX_RETRY_AFTER, quiet_until
from monitor.polling.feed_state.transition import body_hash
from monitor.polling.host_claim import SOLE_CLAIM
from monitor.polling.host_queue import Backlog, HostQueue
from monitor.polling.http.outcome import FailureKind, Fetched, FetchRequest, ParseFailure, Throttled
from monitor.polling.parsing.parser_pool import is_large
from monitor.polling.poll_rules import ORDINARY
from monitor.polling.record import Polled, Received, record
from storage.engine.errors import DatabaseRefused, DatabaseUnavailable
from storage.engine.malloc_trim import MemoryTrimmer
from storage.shortage import ResourceShortage, resource_shortage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from monitor.polling.feed_state.schedule import Bounds
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
# Faults of the database or of this machine: they do not count against the feed, which stays due.
SYSTEM_FAULTS = (DatabaseUnavailable, DatabaseRefused, ResourceShortage)
LONGEST_QUIET = 2 * MAX_RETRY_AFTER  # a later time was set by a clock that was wrong
CLOCK_TOLERANCE = timedelta(
    seconds=5
)  # if a round's `now` differs more from the clock, `now` was fixed by the owner
UNREAD_BYTES = 4_000_000  # of bodies expected, unparsed, or not yet stored; with more, no request is started
LARGE_UNREAD_BYTES = 20_000_000  # the same for large bodies, which have a parser process of their own
FIRST_BODY_BYTES = (
    25_000  # expected from a feed that was never polled, compressed; other feeds mostly send nothing new
)
WAIT_SECONDS = 0.05  # how long received feeds wait for more to fill a batch, each time
MAX_WAITS = 3  # how often at most


class Polling:
    """The pass and the feeds that are being polled. Use it from one event loop."""

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
        claim: Claim = SOLE_CLAIM,
    ) -> None:
        """Connect the parts; `access` is by feed URL. With `backfill` a first poll's items count as new."""
        self._database = database
        self._fetcher = fetcher
        self._parsers = parsers
        self._rules = rules
        self._access = access
        self._clock = clock
        self._backfill = backfill
        self._claim = claim
        self._host_queue = HostQueue(concurrency=rules.concurrency, host_delay=rules.host_delay)
        self._under_way: set[int] = set()
        self._due_feeds = DueFeeds(database, concurrency=rules.concurrency)
        self._choosing = asyncio.Lock()
        self._quiet: dict[str, datetime] = {}
        self._batches = Batches()
        self._memory = MemoryTrimmer()
        self._unread = Backlog(UNREAD_BYTES)
        self._large_unread = Backlog(LARGE_UNREAD_BYTES)
        self.on_stored: Callable[[Sequence[Polled]], None] = lambda _: None  # called with each stored batch

    @property
    def host_queue(self) -> HostQueue:
        """The queue of requests by host, for other users of the network."""
        return self._host_queue

    async def run(self, *, now: datetime) -> list[Polled]:
        """Poll every feed that is due and not being polled already; return the results.

        Raises:
            DatabaseUnavailable, DatabaseRefused: the database cannot be written to; the feeds stay due.
            ResourceShortage: this machine is out of descriptors, memory or threads; the feeds stay due.
        """
        with ExitStack() as held:
            async with self._choosing:  # else two rounds could choose a feed while the database is slow
                due = await asyncio.to_thread(self._due_feeds.choose, frozenset(self._under_way), now=now)
                unfinished = held.enter_context(self.holding(feed.id for feed in due))
            return await self._round(due, unfinished, now=now)

    async def run_all(self, *, now: datetime) -> list[Polled]:
        """Poll until no feed is due at `now`; return the results."""
        polled: list[Polled] = []
        while batch := await self.run(now=now):
            polled += batch
        return polled

    async def poll(self, asked: Sequence[Feed], *, now: datetime) -> list[Polled]:
        """Poll these feeds, due or not, except those being polled already; return the results."""
        with self.holding(feed.id for feed in asked) as unfinished:
            return await self._round(asked, unfinished, now=now)

    @contextmanager
    def holding(self, feed_ids: Iterable[int]) -> Iterator[set[int]]:
        """Keep these feeds from being polled for a block, and yield their ids, without those being polled already."""
        held = set(feed_ids) - self._under_way
        self._under_way |= held
        try:
            yield held
        finally:
            self._under_way -= held

    async def _round(self, feeds: Sequence[Feed], unfinished: set[int], *, now: datetime) -> list[Polled]:
        """Receive the unfinished feeds concurrently, and commit them in batches meanwhile.

        A committed feed is removed from `unfinished` and from the feeds being polled: it may be due again before the
        slowest feed of its round has answered.
        """
        arrived: deque[Received] = deque()
        chosen = [feed for feed in feeds if feed.id in unfinished]
        receiving = [asyncio.create_task(self._receive(feed, arrived, now=now)) for feed in chosen]
        all_received = asyncio.gather(*receiving, return_exceptions=True)
        polled: list[Polled] = []
        try:
            while not all_received.done() or arrived:
                await self._wait_for_more(arrived, all_received)
                if arrived:
                    committed = await self._commit_batch(self._batches.take(arrived), now=now)
                    polled += [one.without_texts() for one in committed]
                    self.on_stored(committed)
                    done = {one.feed.id for one in committed}
                    unfinished -= done
                    self._under_way -= done
        finally:
            for task in receiving:
                task.cancel()
            self._release(arrived)
            faults = [fault for fault in await all_received if isinstance(fault, Exception)]
        if faults:  # faults of single feeds were recorded and do not get here
            raise faults[0]
        return polled

    async def _wait_for_more(self, arrived: deque[Received], all_received: asyncio.Future[Any]) -> None:
        """Wait briefly for a batch to fill: committing one feed costs as much as committing ten."""
        for _ in range(MAX_WAITS):
            if all_received.done() or self._batches.is_full(arrived):
                return
            await asyncio.wait([all_received], timeout=WAIT_SECONDS)

    async def _commit_batch(self, batch: list[Received], *, now: datetime) -> list[Polled]:
        started = perf_counter()
        try:
            polled = await asyncio.to_thread(self._commit, batch, now)
        finally:
            self._release(batch)
        self._batches.record_duration(batch, perf_counter() - started)
        return polled

    def _release(self, batch: Iterable[Received]) -> None:
        """Remove these bodies from the backlog, which bounds the memory when the disk is slow."""
        for one in batch:
            self._backlog_of(one.outcome).remove(_weight(one.outcome))

    def _commit(self, ready: Sequence[Received], now: datetime) -> list[Polled]:
        """Store a batch; if that fails, store feed by feed, so that only the faulty feed fails."""
        try:
            return self._store(ready, now)
        except SYSTEM_FAULTS:
            raise
        except Exception as error:
            if len(ready) > 1:
                return [polled for one in ready for polled in self._commit([one], now)]
            if isinstance(ready[0].read, ParseFailure):
                raise  # not even the failure can be stored: the fault is the database's, not the feed's
            log.exception("poll feed=%d outcome=fault", ready[0].feed.id)
            return self._commit([self._failed(ready[0].feed, error)], now)

    def _store(self, ready: Sequence[Received], now: datetime) -> list[Polled]:
        with self._database.write() as ledger:
            wanted = self._claim.may_store(ledger, [one.feed for one in ready])
            ready = [one for one in ready if one.feed.id in wanted]
            polled = record(ledger, ready, now=now, backfill=self._backfill)
        self._memory.note(sum(map(weight_of, ready)) - len(ready))
        return polled

    async def _receive(self, feed: Feed, arrived: deque[Received], *, now: datetime) -> None:
        """Fetch and parse one feed; its faults are caught here, so that they do not affect other feeds."""
        started = self._clock()
        try:
            received = await self._fetch_and_parse(feed, now=now, started=started)
        except SYSTEM_FAULTS:
            raise
        except Exception as error:
            if shortage := resource_shortage(error):
                raise shortage from error
            log.exception("poll feed=%d outcome=fault", feed.id)
            received = self._failed(feed, error)
        if received is None:
            return  # its host answered 429 meanwhile, or belongs to another worker; the feed stays due
        spent = self._clock() - started
        log.info("poll feed=%d outcome=%s ms=%d", feed.id, received.name, spent.total_seconds() * 1000)
        self._backlog_of(received.outcome).add(_weight(received.outcome))
        arrived.append(received)

    async def _fetch_and_parse(self, feed: Feed, *, now: datetime, started: datetime) -> Received | None:
        """Fetch in the host's turn and parse after it, so that waiting for a parser does not block the host."""
        first = feed.first_success is None
        async with self._host_queue.turn(feed.host, first=first):
            async with self._large_unread.adding(0), self._unread.adding(FIRST_BODY_BYTES if first else 0):
                if self._is_quiet(feed.host, now) or not self._claim.may_ask(feed.host):
                    return None
                outcome = await self._fetch(feed)
            late = self._lateness(now, started)
            if isinstance(outcome, Throttled):
                self._quiet[outcome.host_key] = quiet_until(now=now, headers=outcome.headers) + late
        read = await self._read(feed, outcome, now=now)
        return Received(feed=feed, outcome=outcome, read=read, bounds=self.bounds_of(feed), late=late)

    def bounds_of(self, feed: Feed) -> Bounds:
        """Return the owner's intervals for a feed."""
        return self._rules.bounds_of(self._access.get(feed.configured_url, ORDINARY))

    async def _fetch(self, feed: Feed) -> Outcome:
        access = self._access.get(feed.configured_url, ORDINARY)
        request = FetchRequest(
            url=feed.current_url,
            configured_url=feed.configured_url,
            validators=feed.validators,
            headers=access.headers,
            credentials=access.credentials,
        )
        return await self._fetcher.fetch(request)

    def _lateness(self, now: datetime, started: datetime) -> timedelta:
        """Return how long after the start of its round a response came."""
        if abs(started - now) > CLOCK_TOLERANCE:
            return timedelta(0)  # the owner fixed `now`
        return max(self._clock() - started, timedelta(0))

    async def _read(self, feed: Feed, outcome: Outcome, *, now: datetime) -> ReadFeed | ParseFailure | None:
        """Return the contents of a body; None if there is no body, or it is unchanged (P4)."""
        if not isinstance(outcome, Fetched):
            return None
        if outcome.status == OK and feed.body_hash and body_hash(outcome.body) == feed.body_hash:
            return None
        before = self._known_hashes(feed) if outcome.status == OK else b""
        with self._backlog_of(outcome).counting(_weight(outcome)):
            return await self._parsers.read(
                outcome.body, url=outcome.url, headers=outcome.headers, now=now, before=before
            )

    def _backlog_of(self, outcome: Outcome | None) -> Backlog:
        is_heavy = isinstance(outcome, Fetched) and is_large(outcome.body)
        return self._large_unread if is_heavy else self._unread

    def _known_hashes(self, feed: Feed) -> bytes:
        if feed.first_success is None:
            return b""
        with self._database.read() as ledger:
            return ledger.items.document_hashes(feed.id)

    def _is_quiet(self, host: str, now: datetime) -> bool:
        """Whether the host answered 429 while a feed waited for its turn; earlier 429s are in the database."""
        until = self._quiet.get(host, now)
        return now < until < now + LONGEST_QUIET

    def _failed(self, feed: Feed, error: Exception) -> Received:
        words = f"storywatch failed while polling: {type(error).__name__}"
        failure = ParseFailure(kind=FailureKind.PARSER_FAILED, words=words)
        return Received(feed=feed, outcome=None, read=failure, bounds=self.bounds_of(feed))


def _weight(outcome: Outcome | None) -> int:
    return len(outcome.body) if isinstance(outcome, Fetched) else 0

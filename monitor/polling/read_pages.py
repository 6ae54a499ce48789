"""The page pass: waiting pages of matched items → fetch → article text, before their items are grouped.

It works like polling and alongside it: the same guarded fetcher, one request at a time to a host with the same pause,
limits and deadlines, and parsing in processes that can be killed. It obeys robots.txt. A page is tried once; its item
is grouped in any case.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin

from monitor.polling.feed_state.schedule import quiet_until
from monitor.polling.host_claim import SOLE_CLAIM
from monitor.polling.http.address import Forbidden, parse_target
from monitor.polling.http.outcome import Failed, FailureKind, Fetched, FetchRequest, Gone, Throttled
from monitor.polling.http.robots import CLOSED, OPEN, Robots
from monitor.polling.parsing.page_text import article_text
from monitor.polling.parsing.process_pool import NoWorker, ProcessPool, ReadingFault, WorkerDied

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.polling.host_claim import Claim
    from monitor.polling.host_queue import HostQueue
    from monitor.polling.http.fetch import Fetcher
    from monitor.polling.http.outcome import Outcome
    from storage.database import Database
    from storage.stores.page_texts import WantedPage

log = logging.getLogger(__name__)

AGENT = "storywatch"  # our name in robots.txt
ROUND = 100  # pages read at once; the others keep waiting
PATIENCE = timedelta(seconds=60)  # for a page, with the host's pauses; then its item is grouped without it
ROBOTS_FRESH = timedelta(hours=24)  # RFC 9309: no longer
SECONDS_PER_PAGE = 10.0  # to parse it; a long article takes 0.05 s
MEMORY_BYTES = 300_000_000  # of the parser process: lxml's trees are ten times the page
READERS = 1
SERVER_FAULT = 500


class NotOurs(Exception):  # noqa: N818 (a state, not an error)
    """Another worker holds the page's host; the page keeps waiting."""


def host_of(page: WantedPage) -> str | None:
    """Return the host of a page, or None if its URL cannot be requested."""
    target = parse_target(page.url)
    return None if isinstance(target, Forbidden) else target.host_key


class Fulltext:
    """The pass and its cache of robots.txt files. Use it from one event loop; close it when done."""

    def __init__(self, *, database: Database, fetcher: Fetcher, host_queue: HostQueue) -> None:
        """Connect the parts; `host_queue` is polling's."""
        self._database = database
        self._fetcher = fetcher
        self._host_queue = host_queue
        self._readers = ProcessPool(READERS, article_text, memory_bytes=MEMORY_BYTES)
        self._robots: dict[str, tuple[datetime, Robots]] = {}
        self._asking: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._readers.aclose()

    def waiting(self) -> list[WantedPage]:
        """Return the waiting pages, the longest waiting first."""
        with self._database.read() as ledger:
            return ledger.page_texts.waiting(limit=ROUND)

    async def run(self, *, now: datetime) -> int:
        """Read waiting pages and return how many are done."""
        return await self.read(await asyncio.to_thread(self.waiting), now=now)

    async def read(self, pages: Sequence[WantedPage], *, now: datetime, claim: Claim = SOLE_CLAIM) -> int:
        """Read these pages, except those of hosts that another worker holds, and return how many are done."""
        return sum(await asyncio.gather(*(self._settle(page, claim, now=now) for page in pages)))

    def delay_of(self, host: str) -> timedelta:
        """Return the pause that the host's robots.txt asks for, or zero while it is not known."""
        known = self._robots.get(host)
        return timedelta(0) if known is None else known[1].delay

    async def _settle(self, page: WantedPage, claim: Claim, *, now: datetime) -> bool:
        """Read a page and store the result, or let it wait; a fault does not affect other pages."""
        text, error = "", None
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                outcome = await self._ask(page.url, claim, now=now)
            if isinstance(outcome, Fetched):
                text = await self._readers.read(outcome.body, {}, seconds=SECONDS_PER_PAGE)
            else:
                error = outcome
        except NotOurs:
            return False
        except TimeoutError:
            error = "it could not be read in time"
        except (MemoryError, NoWorker, ReadingFault, WorkerDied) as fault:
            error = f"it could not be read: {type(fault).__name__}"
        except Exception as fault:
            log.exception("page item=%d outcome=fault", page.item_id)
            error = f"storywatch failed while reading it: {type(fault).__name__}"
        log.info("page item=%d outcome=%s", page.item_id, "failed" if error else "read")
        await asyncio.to_thread(self._keep, page, text, error, now)
        return True

    def _keep(self, page: WantedPage, text: str, error: str | None, now: datetime) -> None:
        with self._database.write() as ledger:
            ledger.page_texts.done(page.item_id, text=text, error=error, now=now)

    async def _ask(self, url: str, claim: Claim, *, now: datetime) -> Fetched | str:
        """Return a page, or a phrase that says why there is none; robots.txt is obeyed.

        Raises:
            NotOurs: another worker holds its host, or may take it before the page arrives.
        """
        target = parse_target(url)
        if isinstance(target, Forbidden):
            return target.words
        host = target.host_key
        if await asyncio.to_thread(self._is_quiet, host, now):
            return f"{target.host} asks for fewer requests"
        robots = await self._robots_of(host, url, claim, now=now)
        if not robots.allow(url, AGENT):
            return "robots.txt forbids reading it"
        outcome = await self._fetch(host, url, claim, pause=robots.delay, now=now)
        if isinstance(outcome, Fetched):
            return outcome
        return getattr(outcome, "words", "the server sent no page")

    async def _robots_of(self, host: str, url: str, claim: Claim, *, now: datetime) -> Robots:
        async with self._asking[host]:  # the pages of a site share one request for robots.txt
            known = self._robots.get(host)
            if known is not None and now - known[0] < ROBOTS_FRESH:
                return known[1]
            address = urljoin(url, "/robots.txt")
            outcome = await self._fetch(host, address, claim, pause=timedelta(0), now=now)
            self._robots[host] = (now, robots_from(outcome))
            return self._robots[host][1]

    async def _fetch(self, host: str, url: str, claim: Claim, *, pause: timedelta, now: datetime) -> Outcome:
        async with self._host_queue.turn(host, pause=pause):
            if not claim.may_ask(host):
                raise NotOurs
            outcome = await self._fetcher.fetch(FetchRequest(url=url))
        if isinstance(outcome, Throttled):
            until = quiet_until(now=now, headers=outcome.headers)
            await asyncio.to_thread(self._quiet, outcome.host_key, until)
        return outcome

    def _is_quiet(self, host: str, now: datetime) -> bool:
        with self._database.read() as ledger:
            return ledger.feeds.is_quiet(host, now=now)

    def _quiet(self, host: str, until: datetime) -> None:
        with self._database.write() as ledger:
            ledger.feeds.quiet_host(host, until=until)


def robots_from(outcome: Outcome) -> Robots:
    """Return the rules in an answer to a request for robots.txt (RFC 9309)."""
    match outcome:
        case Fetched():
            return Robots.read(outcome.body, AGENT)
        case Gone():
            return OPEN
        case Failed(kind=FailureKind.HTTP, status=int(status)) if status < SERVER_FAULT:
            return OPEN
        case _:
            return CLOSED

"""The page pass: waiting pages of matched items → fetch → article text, before their items are grouped.

The pass shares with polling the guarded fetcher, the queue of requests by host with its pauses, and the limits and
deadlines. Pages are parsed in processes that can be killed. robots.txt is obeyed. A page is requested once; its item is
grouped whether or not that succeeds.
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
from monitor.polling.http.robots import AGENT, CLOSED, OPEN, Robots
from monitor.polling.page_heads import BEGINNING, HeadLimit, is_late, keep_head
from monitor.polling.parsing.page_facts import PageHead
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

ROUND = 100  # pages read at once; the others wait
PATIENCE = timedelta(
    seconds=60
)  # for one page, including the host's pauses; then its item is grouped without it
ROBOTS_FRESH = timedelta(hours=24)  # the longest time that RFC 9309 allows
SECONDS_PER_PAGE = 10.0  # for parsing; a long article takes 0.05 s
MEMORY_BYTES = 300_000_000  # of the parser process: lxml's trees are ten times the page
READERS = 1
NO_HEADS = HeadLimit()
SERVER_FAULT = 500


class NotOurs(Exception):  # noqa: N818 (a state, not an error)
    """Another worker holds the page's host, so the page waits."""


def host_of(page: WantedPage) -> str | None:
    """Return the host of a page; None if its URL cannot be requested."""
    target = parse_target(page.url)
    return None if isinstance(target, Forbidden) else target.host_key


class Fulltext:
    """The pass and its cache of robots.txt files. Use it from one event loop; close it when done."""

    def __init__(
        self, *, database: Database, fetcher: Fetcher, host_queue: HostQueue, heads: HeadLimit = NO_HEADS
    ) -> None:
        """Connect the parts; `host_queue` is that of polling."""
        self._database = database
        self._fetcher = fetcher
        self._host_queue = host_queue
        self._heads = heads
        self._readers = ProcessPool(READERS, article_text, memory_bytes=MEMORY_BYTES)
        self._head_readers: ProcessPool[PageHead] | None = None
        self._robots: dict[str, tuple[datetime, Robots]] = {}
        self._asking: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._readers.aclose()
        if self._head_readers is not None:
            await self._head_readers.aclose()

    def waiting(self, *, now: datetime) -> list[WantedPage]:
        """Return the waiting heads that may be read now, then the waiting pages; in each group the oldest first."""
        with self._database.read() as ledger:
            return self._heads.waiting(ledger, limit=ROUND, now=now) + ledger.page_texts.waiting(limit=ROUND)

    async def run(self, *, now: datetime) -> int:
        """Read waiting pages and return how many are done."""
        return await self.read(await asyncio.to_thread(self.waiting, now=now), now=now)

    async def read(self, pages: Sequence[WantedPage], *, now: datetime, claim: Claim = SOLE_CLAIM) -> int:
        """Read these pages, except on hosts that another worker holds, and return how many are done."""
        return sum(await asyncio.gather(*(self._settle(page, claim, now=now) for page in pages)))

    def delay_of(self, host: str) -> timedelta:
        """Return the pause that the host's robots.txt requests; zero before it has been read."""
        known = self._robots.get(host)
        return timedelta(0) if known is None else known[1].delay

    async def _settle(self, page: WantedPage, claim: Claim, *, now: datetime) -> bool:
        """Read a page and store the result, unless it has to wait. An error does not affect other pages."""
        found: str | PageHead = ""
        error: str | None = None
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                outcome = (
                    self._heads.too_late if is_late(page, now=now) else await self._ask(page, claim, now=now)
                )
            if isinstance(outcome, Fetched):
                found = await self._read(page, outcome, now=now)
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
        await asyncio.to_thread(self._keep, page, found, error, now)
        return True

    async def _read(self, page: WantedPage, fetched: Fetched, *, now: datetime) -> str | PageHead:
        """Return the text of a page, or the content of its head if only that is wanted."""
        if page.head_wanted_at is None:
            text: str = await self._readers.read(fetched.body, {}, seconds=SECONDS_PER_PAGE)
            return text
        if self._head_readers is None:
            from monitor.polling.parsing.page_head import read_head  # noqa: PLC0415  # for the first head

            self._head_readers = ProcessPool(READERS, read_head, memory_bytes=MEMORY_BYTES)
        asked = {"content_type": fetched.headers.get("content-type", ""), "now": now}
        return await self._head_readers.read(fetched.body, asked, seconds=SECONDS_PER_PAGE)

    def _keep(self, page: WantedPage, found: str | PageHead, error: str | None, now: datetime) -> None:
        with self._database.write() as ledger:
            if isinstance(found, PageHead):
                keep_head(ledger, page, found, now=now)
            elif page.head_wanted_at is not None:
                ledger.page_heads.failed(page.item_id, error=error or "", now=now)
            else:
                ledger.page_texts.done(page.item_id, text=found, error=error, now=now)

    async def _ask(self, page: WantedPage, claim: Claim, *, now: datetime) -> Fetched | str:
        """Request a page in accordance with robots.txt; return it, or a phrase with the reason why there is none.

        Raises:
            NotOurs: another worker holds its host, or may take it before the page arrives.
        """
        url, beginning = page.url, None
        target = parse_target(url)
        if isinstance(target, Forbidden):
            return target.words
        host = target.host_key
        if await asyncio.to_thread(self._is_quiet, host, now):
            return f"{target.host} asks for fewer requests"
        robots = await self._robots_of(host, url, claim, now=now)
        if not robots.allow(url, AGENT):
            return "robots.txt forbids reading it"
        if page.head_wanted_at is not None:
            beginning = BEGINNING
            await asyncio.to_thread(self._note_asked, page, now)
        request = FetchRequest(url=url, beginning=beginning)
        outcome = await self._fetch(host, request, claim, pause=robots.delay, now=now)
        if isinstance(outcome, Fetched):
            return outcome
        return getattr(outcome, "words", "the server sent no page")

    async def _robots_of(self, host: str, url: str, claim: Claim, *, now: datetime) -> Robots:
        async with self._asking[host]:  # the pages of a host share one request for robots.txt
            known = self._robots.get(host)
            if known is not None and now - known[0] < ROBOTS_FRESH:
                return known[1]
            request = FetchRequest(url=urljoin(url, "/robots.txt"))
            outcome = await self._fetch(host, request, claim, pause=timedelta(0), now=now)
            self._robots[host] = (now, robots_from(outcome))
            return self._robots[host][1]

    def _note_asked(self, page: WantedPage, now: datetime) -> None:
        with self._database.write() as ledger:
            ledger.page_heads.asked(page.item_id, now=now)

    async def _fetch(
        self, host: str, request: FetchRequest, claim: Claim, *, pause: timedelta, now: datetime
    ) -> Outcome:
        async with self._host_queue.turn(host, pause=pause):
            if not claim.may_ask(host):
                raise NotOurs
            outcome = await self._fetcher.fetch(request)
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
    """Return the rules in the response to a request for robots.txt (RFC 9309)."""
    match outcome:
        case Fetched():
            return Robots.read(outcome.body, AGENT)
        case Gone():
            return OPEN
        case Failed(kind=FailureKind.HTTP, status=int(status)) if status < SERVER_FAULT:
            return OPEN
        case _:
            return CLOSED

"""Reads bodies in worker processes, which can be killed without harm to anything else.

    async with Parsers(workers=2) as parsers:
        result = await parsers.read(body, url=..., headers=..., now=...)

feedparser can be made to run for hours or to take gigabytes by a small body; a worker has a deadline and a memory
limit, and what kills it costs one feed one poll. Workers start with the first body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from monitor.polling.http.outcome import FailureKind, ParseFailure
from monitor.polling.http.shortage import OwnShortage
from monitor.polling.parsing.process_pool import NoWorker, ProcessPool, WorkerDied
from monitor.polling.parsing.read_body import read_news

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monitor.polling.parsing.read_body import ReadFeed

SECONDS_PER_BODY = 10.0  # a 5 MB feed of 1,000 items takes under 2 s
MEMORY_PER_BYTE = 30  # of the largest body; real feeds of that size take up to 23
MEMORY_BYTES = 5_000_000 * MEMORY_PER_BYTE
LARGE_BODY = 400_000  # bytes: five times a large feed; it takes its reader a second and more
NICENESS = 5  # of the reader of large bodies: on two busy cores the others go first
PATIENCE = 3  # times as long for a large body, since its reader goes last
DEFAULT_WORKERS = 2


class Parsers:
    """Reading processes. Safe to use from one event loop; close it when done.

    `seconds` bounds one body. `memory_bytes` is what a worker may take beyond its own size at the start: give
    `max_bytes * MEMORY_PER_BYTE`. Large bodies have a worker of their own, so that no other body waits for them.
    """

    def __init__(
        self,
        *,
        workers: int = DEFAULT_WORKERS,
        seconds: float = SECONDS_PER_BODY,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._ordinary = ProcessPool(workers, read_news, memory_bytes=memory_bytes)
        self._for_large = ProcessPool(1, read_news, memory_bytes=memory_bytes, niceness=NICENESS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def read(
        self, body: bytes, *, url: str, headers: Mapping[str, str], now: datetime, before: bytes = b""
    ) -> ReadFeed | ParseFailure:
        """Read one body in a worker, without the items that stood in it `before`.

        A worker that is too slow, too big or dies is a `ParseFailure`.
        """
        asked = {"url": url, "content_type": headers.get("content-type", ""), "now": now, "before": before}
        pool, seconds = self._ordinary, self._seconds
        if is_large(body):
            pool, seconds = self._for_large, PATIENCE * self._seconds
        try:
            return await pool.read(body, asked, seconds=seconds)
        except TimeoutError:
            words = f"reading the body took more than {seconds:g} seconds and was stopped"
        except NoWorker as error:
            raise OwnShortage(
                "no process can be started to read a body; raise the machine's memory or process limits (ulimit -u)"
            ) from error
        except WorkerDied:
            words = "reading the body crashed its process"
        except MemoryError:
            words = f"reading the body takes more than {self._memory_bytes // 1_000_000} MB of memory"
        return ParseFailure(kind=FailureKind.PARSER_KILLED, words=words)

    async def aclose(self) -> None:
        """Stop the workers, whatever they do."""
        await self._ordinary.aclose()
        await self._for_large.aclose()


def is_large(body: bytes) -> bool:
    """Whether a body is read by the worker for large ones."""
    return len(body) >= LARGE_BODY

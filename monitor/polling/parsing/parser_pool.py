"""Parses bodies in worker processes, which can be killed without affecting anything else.

    async with Parsers(workers=2) as parsers:
        result = await parsers.read(body, url=..., headers=..., now=...)

A small body can make feedparser run for hours or take gigabytes. A worker has a deadline and a memory limit; if it is
killed, one feed loses one poll. Workers start with the first body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from monitor.polling.http.outcome import FailureKind, ParseFailure
from monitor.polling.parsing.process_pool import NoWorker, ProcessPool, WorkerDied
from storage.shortage import ResourceShortage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monitor.polling.parsing.read_body import ReadFeed

SECONDS_PER_BODY = 10.0  # a 5 MB feed of 1,000 items takes under 2 s
MEMORY_PER_BYTE = 30  # of the largest body; real feeds of that size take up to 23
MEMORY_BYTES = 5_000_000 * MEMORY_PER_BYTE
LARGE_BODY = 400_000  # bytes: five times a large feed; parsing it takes a second or more
NICENESS = 5  # of the worker for large bodies: the others have priority when the CPU is busy
PATIENCE = 3  # factor on the deadline of large bodies, since their worker has low priority
DEFAULT_WORKERS = 2


class Parsers:
    """The worker processes. Use them from one event loop; close them when done.

    `seconds` is the deadline of one body. `memory_bytes` is what a worker may use beyond its size at the start: pass
    `max_bytes * MEMORY_PER_BYTE`. Large bodies have a worker of their own, so that other bodies need not wait. With
    `packs` the workers pack the texts of first bodies for SQLite, so that the process that stores them need not.
    """

    def __init__(
        self,
        *,
        workers: int = DEFAULT_WORKERS,
        seconds: float = SECONDS_PER_BODY,
        memory_bytes: int = MEMORY_BYTES,
        packs: bool = False,
    ) -> None:
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._workers = workers
        self._packs = packs
        self._pools: dict[
            bool, ProcessPool[ReadFeed | ParseFailure]
        ] = {}  # by whether they are for large bodies

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def read(
        self, body: bytes, *, url: str, headers: Mapping[str, str], now: datetime, before: bytes = b""
    ) -> ReadFeed | ParseFailure:
        """Parse one body in a worker, without the items that were in it `before`.

        If the worker is too slow, too large or dies, the result is a `ParseFailure`.
        """
        asked = {
            "url": url,
            "content_type": headers.get("content-type", ""),
            "now": now,
            "before": before,
            "packs": self._packs,
        }
        seconds = PATIENCE * self._seconds if is_large(body) else self._seconds
        try:
            return await self._pool(is_large=is_large(body)).read(body, asked, seconds=seconds)
        except TimeoutError:
            words = f"reading the body took more than {seconds:g} seconds and was stopped"
        except NoWorker as error:
            raise ResourceShortage(
                "no process can be started to read a body; raise the machine's memory or process limits (ulimit -u)"
            ) from error
        except WorkerDied:
            words = "reading the body crashed its process"
        except MemoryError:
            words = f"reading the body takes more than {self._memory_bytes // 1_000_000} MB of memory"
        return ParseFailure(kind=FailureKind.PARSER_KILLED, words=words)

    def _pool(self, *, is_large: bool) -> ProcessPool[ReadFeed | ParseFailure]:
        if is_large not in self._pools:
            from monitor.polling.parsing.read_body import read_news  # noqa: PLC0415  # for the first body

            workers, niceness = (1, NICENESS) if is_large else (self._workers, 0)
            self._pools[is_large] = ProcessPool(
                workers, read_news, memory_bytes=self._memory_bytes, niceness=niceness
            )
        return self._pools[is_large]

    async def aclose(self) -> None:
        """Stop the workers, even busy ones."""
        for pool in self._pools.values():
            await pool.aclose()


def is_large(body: bytes) -> bool:
    """Whether a body is parsed by the worker for large ones."""
    return len(body) >= LARGE_BODY

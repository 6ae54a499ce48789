"""Worker processes that read bodies: each may be killed without harm to the others.

    async with Parsers(workers=2) as parsers:
        result = await parsers.read(body, url=..., headers=..., now=...)

feedparser can be made to run for hours or to take gigabytes by a small body; a worker has a deadline and a memory
limit, and what kills it costs one feed one poll. Workers start with the first body.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pebble import ProcessExpired, ProcessPool

from monitor.polling.outcome import FailureKind, ParseFailure
from monitor.polling.reading import ReadFeed, read_news

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

SECONDS_PER_BODY = 10.0  # a 5 MB feed of 1,000 items takes under 2 s
MEMORY_PER_BYTE = 30  # of the largest body; real feeds of that size take up to 23
MEMORY_BYTES = 5_000_000 * MEMORY_PER_BYTE
LARGE_BODY = 400_000  # bytes: five times a large feed; it takes its reader a second and more
BODIES_PER_WORKER = 500  # then a fresh process: what fragmented is given back
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
        self._ordinary = _Crew(workers, memory_bytes)
        self._for_large = _Crew(1, memory_bytes)

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
        crew = self._ordinary if len(body) < LARGE_BODY else self._for_large
        try:
            return await crew.read(body, asked, self._seconds)
        except TimeoutError:
            words = f"reading the body took more than {self._seconds:g} seconds and was stopped"
        except BrokenProcessPool:
            words = "no process could be started to read the body; look at the machine's memory and process limits"
        except ProcessExpired:
            words = "reading the body crashed its process"
        except MemoryError:
            words = f"reading the body takes more than {self._memory_bytes // 1_000_000} MB of memory"
        return ParseFailure(kind=FailureKind.PARSER_KILLED, words=words)

    async def aclose(self) -> None:
        """Stop the workers, whatever they do."""
        await self._ordinary.aclose()
        await self._for_large.aclose()


class _Crew:
    """Some workers that share a queue; they start with the first body."""

    def __init__(self, workers: int, memory_bytes: int) -> None:
        self._workers = workers
        self._memory_bytes = memory_bytes
        self._pool: ProcessPool | None = None

    async def read(self, body: bytes, asked: dict[str, Any], seconds: float) -> ReadFeed | ParseFailure:
        try:
            return await self._future(body, asked, seconds)
        except (BrokenProcessPool, CancelledError):
            # All workers died between two bodies (the kernel's memory killer): one fresh start.
            if asyncio.current_task() is not None and asyncio.current_task().cancelling():  # type: ignore[union-attr]
                raise
            self._pool = None
        try:
            return await self._future(body, asked, seconds)
        except BrokenProcessPool:
            self._pool = None
            raise

    def _future(
        self, body: bytes, asked: dict[str, Any], seconds: float
    ) -> asyncio.Future[ReadFeed | ParseFailure]:
        if self._pool is None or not self._pool.active:
            self._pool = self._started()
        job = self._pool.schedule(read_news, args=(body,), kwargs=asked, timeout=seconds)
        return asyncio.wrap_future(job)

    def _started(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self._workers,
            max_tasks=BODIES_PER_WORKER,
            initializer=_limit_worker,
            initargs=(self._memory_bytes,),
            context=_context(),
        )

    async def aclose(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]
            await asyncio.to_thread(pool.join)


def _context() -> multiprocessing.context.BaseContext:
    """Fork from a clean server where there is one: quick to start, and no thread or lock of ours is copied."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["monitor.polling.reading"])
    return context


def _limit_worker(memory_bytes: int) -> None:
    """Bound a worker's memory, and leave Ctrl-C to the parent, which stops its workers itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        import resource  # noqa: PLC0415 (not on Windows)
    except ImportError:
        return
    own_size = _pages_of_this_process() * resource.getpagesize()
    if not own_size:
        return  # without /proc (macOS) the kernel does not keep this limit either
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = own_size + memory_bytes
    resource.setrlimit(
        resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard)
    )


def _pages_of_this_process() -> int:
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return 0

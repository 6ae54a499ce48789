"""Queues requests: one at a time to a host with a pause between two, and a limited number in all.

    async with host_queue.turn("example.org:443"):
        ...  # one request

The turns of a host are served in the order in which they were requested. Feeds that were never polled take at most
half of the slots, so that an import of thousands does not delay the other feeds.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager

NO_PAUSE = timedelta(0)
NO_LIMIT: AbstractAsyncContextManager[None] = nullcontext()


@dataclass(slots=True)
class _HostState:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0  # on the loop's clock, seconds
    waiting: int = 0


class HostQueue:
    """The hosts with a running, waiting or very recent request."""

    def __init__(self, *, concurrency: int, host_delay: timedelta) -> None:
        """Allow `concurrency` requests in all, and leave `host_delay` of real time between two to the same host."""
        self._slots = asyncio.Semaphore(concurrency)
        self._first_slots = asyncio.Semaphore(max(1, concurrency // 2))
        self._delay = host_delay.total_seconds()
        self._hosts: dict[str, _HostState] = {}

    @asynccontextmanager
    async def turn(
        self, host: str, *, first: bool = False, pause: timedelta = NO_PAUSE
    ) -> AsyncIterator[None]:
        """Wait for the host's pause and for a free slot, and hold both during the block.

        `first` marks a feed that was never polled; `pause` asks for a longer pause after the block.
        """
        state = self._hosts.get(host)
        if state is None:
            state = self._hosts[host] = _HostState()
        state.waiting += 1
        try:
            async with state.lock:
                left = state.free_at - asyncio.get_running_loop().time()
                if left > 0:
                    await asyncio.sleep(left)
                async with self._first_slots if first else NO_LIMIT, self._slots:
                    try:
                        yield
                    finally:
                        longest = max(self._delay, pause.total_seconds())
                        state.free_at = asyncio.get_running_loop().time() + longest
        finally:
            state.waiting -= 1
            self._forget_idle()

    def _forget_idle(self) -> None:
        """Occasionally drop hosts whose pause is over, so that 100,000 hosts do not stay in memory."""
        if len(self._hosts) < 2 * self._sweep_size():
            return
        now = asyncio.get_running_loop().time()
        self._hosts = {
            host: state for host, state in self._hosts.items() if state.waiting or state.free_at > now
        }

    def _sweep_size(self) -> int:
        return max(1024, len(self._hosts) // 2)


class Backlog:
    """The bytes that were received and not yet stored; callers wait in line while there are too many."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting = 0
        self._line: deque[asyncio.Future[None]] = deque()

    def adding(self, size: int) -> _Addition:
        """Wait until the backlog is below its limit, then count `size` bytes during the block.

        A caller with 0 bytes is first in line.
        """
        return _Addition(self, size)

    async def begin(self, size: int) -> None:
        """Wait as `adding` does, then count `size` bytes until they are removed."""
        if self._waiting >= self._limit or (size and self._line):
            await self._wait_in_line(self._line.append if size else self._line.appendleft)
        self.add(size)
        self._wake_next()

    async def _wait_in_line(self, enqueue: Callable[[asyncio.Future[None]], None]) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        enqueue(turn)
        try:
            await turn
        except asyncio.CancelledError:
            self._wake_next()
            raise

    @contextmanager
    def counting(self, size: int) -> Iterator[None]:
        """Count `size` bytes as waiting during the block."""
        self.add(size)
        try:
            yield
        finally:
            self.remove(size)

    def add(self, size: int) -> None:
        """Count `size` bytes as waiting until they are removed."""
        self._waiting += size

    def remove(self, size: int) -> None:
        """Count `size` bytes as stored."""
        self._waiting -= size
        self._wake_next()

    def _wake_next(self) -> None:
        """Wake the first caller in line if there is room; it wakes the next. All at once would exceed the limit."""
        while self._line and self._waiting < self._limit:
            turn = self._line.popleft()
            if not turn.done():
                turn.set_result(None)
                return


class _Addition:
    """The context of `Backlog.adding`. Every poll uses two; `asynccontextmanager` would double their cost."""

    __slots__ = ("_backlog", "_size")

    def __init__(self, backlog: Backlog, size: int) -> None:
        self._backlog = backlog
        self._size = size

    async def __aenter__(self) -> None:
        await self._backlog.begin(self._size)

    async def __aexit__(self, *_: object) -> None:
        self._backlog.remove(self._size)

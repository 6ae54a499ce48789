"""One request at a time to a host, with a pause between two, and so many in all at once.

    async with lanes.turn("example.org:443"):
        ...  # one request

Turns of one host are served in the order they were asked for. Feeds never polled take half of the room at most, so that
an import of thousands keeps nobody else waiting.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

NO_LONGER = timedelta(0)


@dataclass(slots=True)
class _Lane:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0  # on the loop's clock, seconds
    waiting: int = 0


class HostQueue:
    """The hosts that are asked or were just asked."""

    def __init__(self, *, concurrency: int, host_delay: timedelta) -> None:
        """Allow `concurrency` requests in all, and `host_delay` of real time between two to one host."""
        self._room = asyncio.Semaphore(concurrency)
        self._for_first = asyncio.Semaphore(max(1, concurrency // 2))
        self._delay = host_delay.total_seconds()
        self._lanes: dict[str, _Lane] = {}

    @asynccontextmanager
    async def turn(
        self, host: str, *, first: bool = False, pause: timedelta = NO_LONGER
    ) -> AsyncIterator[None]:
        """Wait for the host's pause and for room, and hold both for the block.

        `first` is for a feed never polled; `pause` asks for a longer one after the block.
        """
        lane = self._lanes.setdefault(host, _Lane())
        lane.waiting += 1
        try:
            async with lane.lock, AsyncExitStack() as room:
                await self._pause(lane)
                if first:
                    await room.enter_async_context(self._for_first)
                await room.enter_async_context(self._room)
                try:
                    yield
                finally:
                    longest = max(self._delay, pause.total_seconds())
                    lane.free_at = asyncio.get_running_loop().time() + longest
        finally:
            lane.waiting -= 1
            self._forget_idle()

    async def _pause(self, lane: _Lane) -> None:
        left = lane.free_at - asyncio.get_running_loop().time()
        if left > 0:
            await asyncio.sleep(left)

    def _forget_idle(self) -> None:
        """Drop hosts whose pause is over, now and then: 100,000 hosts must not stay in memory."""
        if len(self._lanes) < 2 * self._room_size():
            return
        now = asyncio.get_running_loop().time()
        self._lanes = {host: lane for host, lane in self._lanes.items() if lane.waiting or lane.free_at > now}

    def _room_size(self) -> int:
        return max(1024, len(self._lanes) // 2)


class Backlog:
    """What was received and waits to be worked off, in bytes; who would add to too much of it waits in line."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting = 0
        self._line: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def adding(self, size: int) -> AsyncIterator[None]:
        """Wait until less than the limit waits, then count `size` bytes for the block; who adds none goes ahead."""
        if self._waiting >= self._limit or (size and self._line):
            await self._turn(self._line.append if size else self._line.appendleft)
        with self.holding(size):
            self._call()
            yield

    async def _turn(self, stand: Callable[[asyncio.Future[None]], None]) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        stand(turn)
        try:
            await turn
        except asyncio.CancelledError:
            self._call()
            raise

    @contextmanager
    def holding(self, size: int) -> Iterator[None]:
        """Count `size` bytes as waiting for the block."""
        self.add(size)
        try:
            yield
        finally:
            self.remove(size)

    def add(self, size: int) -> None:
        """Count `size` bytes as waiting until they are removed."""
        self._waiting += size

    def remove(self, size: int) -> None:
        """Count `size` bytes as worked off."""
        self._waiting -= size
        self._call()

    def _call(self) -> None:
        """Call the first in line if there is room: one, who calls the next. A crowd would fill it many times over."""
        while self._line and self._waiting < self._limit:
            turn = self._line.popleft()
            if not turn.done():
                turn.set_result(None)
                return

"""One request at a time to a host, with a pause between two, and so many in all at once.

    async with lanes.turn("example.org:443"):
        ...  # one request

Turns of one host are served in the order they were asked for.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from datetime import timedelta


@dataclass(slots=True)
class _Lane:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0  # on the loop's clock, seconds
    waiting: int = 0


class Lanes:
    """The hosts that are asked or were just asked."""

    def __init__(self, *, concurrency: int, host_delay: timedelta) -> None:
        """Allow `concurrency` requests in all, and `host_delay` of real time between two to one host."""
        self._room = asyncio.Semaphore(concurrency)
        self._delay = host_delay.total_seconds()
        self._lanes: dict[str, _Lane] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for the host's pause and for room, and hold both for the block."""
        lane = self._lanes.setdefault(host, _Lane())
        lane.waiting += 1
        try:
            async with lane.lock:
                await self._pause(lane)
                async with self._room:
                    try:
                        yield
                    finally:
                        lane.free_at = asyncio.get_running_loop().time() + self._delay
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
    """What was received and waits to be worked off, in bytes; `room` holds back who would add to too much of it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting = 0
        self._has_room = asyncio.Event()
        self._has_room.set()

    async def room(self) -> None:
        """Return once less than the limit waits."""
        await self._has_room.wait()

    @contextmanager
    def holding(self, size: int) -> Iterator[None]:
        """Count `size` bytes as waiting for the block."""
        self._add(size)
        try:
            yield
        finally:
            self._add(-size)

    def _add(self, size: int) -> None:
        self._waiting += size
        if self._waiting < self._limit:
            self._has_room.set()
        else:
            self._has_room.clear()

"""The order of polls: one at a time per host, new feeds after the others, never more than can be parsed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from datetime import timedelta

from monitor.polling.host_queue import Backlog, HostQueue

AT_ONCE = timedelta(0)


async def settled() -> None:
    """Run the event loop until no task can go further."""
    for _ in range(20):
        await asyncio.sleep(0)


@asynccontextmanager
async def entering(*blocks: AbstractAsyncContextManager[None]) -> AsyncIterator[list[int]]:
    """Enter blocks concurrently and stay in them; return the numbers entered, in order."""
    entered: list[int] = []
    leave = asyncio.Event()

    async def enter(number: int, block: AbstractAsyncContextManager[None]) -> None:
        async with block:
            entered.append(number)
            await leave.wait()

    tasks = [asyncio.create_task(enter(number, block)) for number, block in enumerate(blocks)]
    try:
        await settled()
        yield entered
    finally:
        leave.set()
        await asyncio.gather(*tasks)


def host_queue(concurrency: int) -> HostQueue:
    return HostQueue(concurrency=concurrency, host_delay=AT_ONCE)


def test_a_full_backlog_delays_tasks_that_add_to_it() -> None:
    """Beyond the limit tasks wait, and each released task may fill the backlog before the next one is released."""

    async def whole() -> tuple[list[int], list[int]]:
        backlog = Backlog(100)
        with ExitStack() as full:
            full.enter_context(backlog.counting(100))
            async with entering(*(backlog.adding(60) for _ in range(5))) as entered:
                held = list(entered)
                full.close()
                await settled()
                return held, list(entered)

    assert asyncio.run(whole()) == ([], [0, 1])


def test_tasks_that_add_nothing_go_first() -> None:
    """A feed that mostly answers 304 does not wait behind an import of thousands."""

    async def whole() -> list[int]:
        backlog = Backlog(100)
        with ExitStack() as full:
            full.enter_context(backlog.counting(100))
            async with entering(backlog.adding(100), backlog.adding(100), backlog.adding(0)) as entered:
                full.close()
                await settled()
                return list(entered)

    assert asyncio.run(whole()) == [2, 0]


def test_a_cancelled_turn_is_passed_on() -> None:
    """A task cancelled while it is released hands its turn to the next one."""

    async def whole() -> bool:
        backlog = Backlog(100)

        async def add() -> None:
            async with backlog.adding(1):
                pass

        with backlog.counting(100):
            first, second = asyncio.create_task(add()), asyncio.create_task(add())
            await settled()
        first.cancel()
        await settled()
        return second.done() and not second.cancelled()

    assert asyncio.run(whole())


def held_back(first: Callable[[int], bool], concurrency: int) -> list[int]:
    """Return which of ten hosts' tasks are let in; `first` says which feeds were never polled."""

    async def whole() -> list[int]:
        room = host_queue(concurrency)
        turns = [room.turn(f"host{number}", first=first(number)) for number in range(10)]
        async with entering(*turns) as entered:
            return sorted(entered)

    return asyncio.run(whole())


def test_new_feeds_use_at_most_half_of_the_requests() -> None:
    """A known feed queued behind an import of many feeds is polled at once."""
    assert held_back(lambda number: number < 9, concurrency=4) == [0, 1, 9]
    assert held_back(lambda _: True, concurrency=1) == [0]


def test_turns_of_one_host_are_served_in_order() -> None:
    """Requests to one host run one at a time, first come, first served."""

    async def whole() -> list[int]:
        room, order = host_queue(8), []

        async def ask(number: int) -> None:
            async with room.turn("host"):
                order.append(number)
                await asyncio.sleep(0)
                order.append(number)

        await asyncio.gather(*(ask(number) for number in range(3)))
        return order

    assert asyncio.run(whole()) == [0, 0, 1, 1, 2, 2]

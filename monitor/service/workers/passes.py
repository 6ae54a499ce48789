"""The passes of a worker, which takes a lease for work that only one worker may do, and gives it back afterwards.

    poll      the hosts of a batch of due feeds: request the feeds, store the results
    settle    news: match, group the topics with waiting matches; alert, report, digest; the same with parts of the backlog
    deliver   the channels with something due: send it

It does not matter which worker calls: rows of the database say what there is to do and which worker may do it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.deliver import deliver
from alerts.sending.channel_health import may_try
from monitor.actions.prune import prune
from monitor.matching.portion import GROUPED_AT_ONCE, MATCHED_AT_ONCE, Portion, part_of_backlog
from monitor.polling.read_pages import host_of
from monitor.service.driving.settle import compose_due
from monitor.service.workers.leases import HostClaim
from storage.stores.worker_leases import HOST

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from monitor.service.app import App
    from monitor.service.engine import Engine
    from monitor.service.workers.leases import HeldLeases, LeaseManager
    from storage.database import Ledger
    from storage.model import Feed

log = logging.getLogger(__name__)

POLL, SETTLE, DELIVER = "poll", "settle", "deliver"
BATCH = 300  # feeds considered for one job: a job's start and end cost as much as ten polls
BATCH_SECONDS = 60.0  # total pauses at one host in a job; with more feeds due, other hosts go first
LAST_ANSWERS_SECONDS = 5.0  # for requests in progress when the worker has to stop
PRUNE_EVERY = timedelta(days=1)
OLD_CLAIMS = timedelta(days=7)  # of hosts that are not polled any more


class Passes:
    """The passes on one database; `wake` requests another pass soon, by any worker."""

    def __init__(
        self,
        app: App,
        engine: Engine,
        *,
        lease_manager: LeaseManager,
        batches: int,
        stop: asyncio.Event,
        wake: Callable[[str], Awaitable[None]],
    ) -> None:
        self._app = app
        self._engine = engine
        self._lease_manager = lease_manager
        self._clock = lease_manager.clock
        self._batches = batches
        self._stop = stop
        self._wake = wake
        self._send_context = replace(engine.context, closing=stop.is_set)
        self._settling = CoalescingRunner(self._settle_once)

    async def poll(self) -> None:
        """Poll a batch of due feeds that no other worker polls, if there are any."""
        held, feeds = await asyncio.to_thread(self._take_batch)
        if not held.names or self._stop.is_set():
            return
        async with self._lease_manager.renewing(held, pause=self._pause_of):
            await self._wake(POLL)  # another worker may take a further batch
            if await self._poll_held(held, feeds):
                await self._wake(SETTLE)

    def _take_batch(self) -> tuple[HeldLeases, list[Feed]]:
        pause = self._app.settings.polling.host_delay.total_seconds()
        each = BATCH if pause == 0 else max(1, int(BATCH_SECONDS / pause))
        return self._lease_manager.take_batch(feeds=BATCH, each=min(each, BATCH))

    def _pause_of(self, name: str) -> timedelta:
        """Return the pause after requests to a host: the one of its robots.txt, if that was read."""
        asked_for = self._engine.fulltext.delay_of(name.removeprefix(HOST))
        return max(asked_for, self._app.settings.polling.host_delay)

    async def _poll_held(self, held: HeldLeases, feeds: Sequence[Feed]) -> bool:
        """Poll the held hosts' feeds; return whether there is anything to match or report."""
        share = max(1, self._app.settings.polling.concurrency // self._batches)
        asking = self._engine.polling_under(self._claim(held), share)
        polling = asyncio.create_task(asking.poll(feeds, now=self._clock()))
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait([polling, stopped], return_when=asyncio.FIRST_COMPLETED)
            if not polling.done():
                await asyncio.wait([polling], timeout=LAST_ANSWERS_SECONDS)
        finally:
            stopped.cancel()
            polling.cancel()
            await asyncio.wait([polling])
        return not polling.cancelled() and any(one.noted or one.failed for one in polling.result())

    async def settle(self) -> None:
        """Match, group, alert, report and digest; if called again meanwhile, repeat at the end."""
        await self._settling.run()

    async def _settle_once(self) -> None:
        matching, database = self._app.matching, self._app.database
        is_more = True
        while is_more and not self._stop.is_set():
            await asyncio.to_thread(matching.match_news, database, now=self._clock())
            await self._group(Portion(news_only=True))
            if await asyncio.to_thread(compose_due, self._app, now=self._clock()):
                await self._wake(DELIVER)
            is_more = await self._settle_backlog()

    async def _settle_backlog(self) -> bool:
        """Group what was matched of the backlog, or match a part of it; return whether more may wait."""
        matching, database = self._app.matching, self._app.database
        grouped = part_of_backlog(database, GROUPED_AT_ONCE)
        await self._group(grouped)
        matched = part_of_backlog(database, MATCHED_AT_ONCE)
        return grouped.is_done or await asyncio.to_thread(
            matching.match_backlog, database, matched, now=self._clock()
        )

    async def _group(self, portion: Portion) -> None:
        """Group a portion of the waiting matches of the topics that no other worker groups now."""
        topics = await asyncio.to_thread(self._app.matching.ungrouped, self._app.database, portion)
        if not topics:
            return
        held = await asyncio.to_thread(self._lease_manager.take, {f"topic:{topic}" for topic in topics})
        async with self._lease_manager.renewing(held):
            for topic in sorted(topics):
                if not portion.is_done:
                    await asyncio.to_thread(self._group_topic, held, topic, portion)

    def _group_topic(self, held: HeldLeases, topic: str, portion: Portion) -> None:
        name = f"topic:{topic}"
        if name not in held.names:
            return  # another worker groups this topic and finds its waiting matches

        def may_store(ledger: Ledger) -> bool:
            return bool(ledger.worker_leases.still_held(held.token, {name}))

        self._app.matching.group(self._app.database, topic, portion, now=self._clock(), may_store=may_store)

    async def deliver(self) -> None:
        """Send due deliveries on the channels that no other worker sends on."""
        due = await asyncio.to_thread(self._due_channels)
        await asyncio.gather(*(self._deliver_to(channel) for channel in due))

    def _due_channels(self) -> list[str]:
        now = self._clock()
        with self._app.database.read() as ledger:
            return [
                name
                for name in self._app.routing.channels
                if may_try(ledger.channels.trouble(name), now=now)
                and ledger.delivery_leases.has_due(name, now=now, clock=now)
            ]

    async def _deliver_to(self, channel: str) -> None:
        """Send due deliveries on a channel unless another worker does: only one worker at a time uses a channel."""
        held = await asyncio.to_thread(self._lease_manager.take, {f"channel:{channel}"})
        if held.names:
            async with self._lease_manager.renewing(held):
                await deliver(self._app.database, self._send_context, now=self._clock(), channel=channel)

    async def pages(self) -> None:
        """Read the waiting pages, unless another worker does; pages of hosts that another worker uses continue to wait."""
        if not await asyncio.to_thread(self._engine.fulltext.waiting, now=self._clock()):
            return
        reading = await asyncio.to_thread(self._lease_manager.take, {"pages"})
        if not reading.names:
            return
        async with self._lease_manager.renewing(reading):
            pages = await asyncio.to_thread(self._engine.fulltext.waiting, now=self._clock())
            hosts = {f"{HOST}{host}" for host in map(host_of, pages) if host is not None}
            held = await asyncio.to_thread(self._lease_manager.take, hosts)
            async with self._lease_manager.renewing(held, pause=self._pause_of):
                read = await self._engine.fulltext.read(pages, now=self._clock(), claim=self._claim(held))
            if read:
                await self._wake(SETTLE)

    async def pushes(self) -> None:
        """Ask hubs and read what they pushed, unless another worker does; a body waits while its feed's host is in use."""
        hubs, pushes = self._engine.hubs, self._engine.pushes
        has_work = await asyncio.to_thread(hubs.has_work, now=self._clock())
        if not has_work and not await asyncio.to_thread(pushes.hosts):
            return
        alone = await asyncio.to_thread(self._lease_manager.take, {"pushes"})
        if not alone.names:
            return
        async with self._lease_manager.renewing(alone):
            await hubs.run(now=self._clock())
            hosts = {f"{HOST}{host}" for host in await asyncio.to_thread(pushes.hosts)}
            held = await asyncio.to_thread(self._lease_manager.take, hosts)
            async with self._lease_manager.renewing(held):
                read = await pushes.run(now=self._clock(), claim=self._claim(held))
            if any(one.noted or one.failed for one in read):
                await self._wake(SETTLE)

    def _claim(self, held: HeldLeases) -> HostClaim:
        patience = self._app.settings.polling.timeout
        return HostClaim(held, leases=self._lease_manager, patience=patience, stopping=self._stop.is_set)

    def prune(self) -> None:
        """Delete what is older than `keep`, if no worker did so in the last day."""
        if self._lease_manager.take_for(PRUNE_EVERY, "prune"):
            pruned = prune(self._app.database, keep=self._app.settings.storage.keep, now=self._clock())
            log.info("pass=prune items=%d stories=%d", pruned.items, pruned.stories)

    def forget(self) -> None:
        """Delete leases that expired long ago."""
        with self._app.database.write() as ledger:
            ledger.worker_leases.forget(before=self._clock() - OLD_CLAIMS)


class CoalescingRunner:
    """Work that runs once at a time; if it is called meanwhile, it runs again."""

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self._work = work
        self._running = False
        self._again = False

    async def run(self) -> None:
        """Run now, or make the run under way repeat when it ends."""
        self._again = True
        if self._running:
            return
        self._running = True
        try:
            while self._again:
                self._again = False
                await self._work()
        finally:
            self._running = False

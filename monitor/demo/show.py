"""Runs the demo: the real daemon polls the demo's feeds, and alerts when news is published, twice.

Each step waits for a condition in the database, never for a fixed time.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from monitor.demo.prepare import prepare
from monitor.demo.web import DemoWeb
from monitor.service.app import App, ConsoleOutput, open_app, real_clock
from monitor.service.daemon import Daemon, DaemonListener
from monitor.service.engine import Engine, open_engine
from monitor.views.history.stories import read_stories
from monitor.views.poll_result import poll_results
from storage.model import DeliveryState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime
    from pathlib import Path

    from monitor.polling.record import Polled
    from monitor.views.history.stories import StoryRow
    from monitor.views.poll_result import PollResult

STEP_SECONDS = 12.0  # a step that takes longer is shown unfinished
UNSETTLED = {DeliveryState.PENDING, DeliveryState.LEASED}
LAST_ROUND = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The result of the silent first poll."""

    polled: tuple[PollResult, ...]
    stories: tuple[StoryRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The result of the demo: its database, and the number of signed messages that the webhook received."""

    app: App
    webhooks: int


async def perform(
    folder: Path, console: ConsoleOutput, *, opened: Callable[[Opening], None]
) -> AsyncIterator[Closing]:
    """Run the demo in a folder, with alerts on `console`; yield once at its end, before its files are deleted."""
    now = real_clock()
    async with DemoWeb(now=now) as web:
        settings = prepare(folder, web, (files("monitor.demo") / "demo.toml").read_text(encoding="utf-8"))
        with open_app(settings, now=now) as app, app.alone(now=now):
            async with open_engine(app, console=console) as engine:
                await _watch(app, engine, web, opened)
            yield Closing(app=app, webhooks=len(web.received))


async def _watch(app: App, engine: Engine, web: DemoWeb, opened: Callable[[Opening], None]) -> None:
    stage = _Stage(app)
    daemon = Daemon(
        app, engine, clock=real_clock, reports=DaemonListener(polled=stage.collect, settled=stage.wake)
    )
    running = asyncio.create_task(daemon.run())
    try:
        await stage.settled(since=None)
        with app.database.read() as ledger:
            since = min(feed.first_success or real_clock() for feed in ledger.feeds.subscribed())
            stories = read_stories(ledger, since=since)
        opened(Opening(polled=poll_results(stage.first.values()), stories=stories))
        for round_ in range(2, LAST_ROUND + 1):
            published = real_clock()
            web.publish(round_)
            await stage.settled(since=published)
    finally:
        daemon.stop()
        await running


class _Stage:
    """Watches the database until everything published is polled, decided and delivered."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._woken = asyncio.Event()
        self.first: dict[int, Polled] = {}

    def collect(self, polled: list[Polled]) -> None:
        for one in polled:
            self.first.setdefault(one.feed.id, one)
        self._woken.set()

    def wake(self) -> None:
        self._woken.set()

    async def settled(self, *, since: datetime | None) -> None:
        """Wait until every feed was polled after `since` and no row waits for a pass."""
        try:
            async with asyncio.timeout(STEP_SECONDS):
                while self._is_unsettled(since):
                    self._woken.clear()
                    await self._woken.wait()
        except TimeoutError:
            return

    def _is_unsettled(self, since: datetime | None) -> bool:
        with self._app.database.read() as ledger:
            polls = [feed.last_poll for feed in ledger.feeds.subscribed()]
            behind = any(poll is None or (since is not None and poll <= since) for poll in polls)
            unread = ledger.match_queue.first(limit=1) or ledger.page_heads.waiting(limit=1)
            ungrouped = ledger.candidates.waiting_topics() | ledger.placements.ungrouped_topics()
            waiting = unread or ungrouped or ledger.stories.waiting()
            return bool(
                behind
                or waiting
                or ledger.alerts.waiting(now=real_clock())
                or any(posting.delivery.state in UNSETTLED for posting in ledger.outbox.postings())
            )

"""The engine of a single round, opened by the first pass that needs the network: most rounds of a cron job do not."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.service.app import App, ConsoleOutput
    from monitor.service.engine import Engine


class EngineWhenNeeded:
    """An engine that is opened at most once and closed at the end of the block."""

    def __init__(self, app: App, *, console: ConsoleOutput, backfill: bool) -> None:
        self._app = app
        self._console = console
        self._backfill = backfill
        self._stack = AsyncExitStack()
        self._engine: Engine | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def open(self) -> Engine:
        """Return the engine."""
        if self._engine is None:
            from monitor.service.engine import open_engine  # noqa: PLC0415  # the network, parsers and senders

            opening = open_engine(self._app, console=self._console, backfill=self._backfill)
            self._engine = await self._stack.enter_async_context(opening)
        return self._engine


def has_pages(app: App) -> bool:
    """Return whether pages or heads of pages wait to be read."""
    with app.database.read() as ledger:
        return bool(ledger.page_texts.waiting(limit=1) or ledger.page_heads.waiting(limit=1))


def has_pushes(app: App) -> bool:
    """Return whether bodies that hubs pushed wait to be read: never without pages, at which hubs call."""
    if app.settings.pages.served_url is None:
        return False
    with app.database.read() as ledger:
        return bool(ledger.pushes.waiting(limit=1))


def needs_hubs(app: App, *, now: datetime) -> bool:
    """Return whether a hub is to be asked: never without pages, at which hubs call."""
    pages = app.settings.pages.served_url
    if pages is None:
        return False
    with app.database.read() as ledger:
        return ledger.hubs.has_work(pages, now=now)


def has_deliveries(app: App, *, now: datetime) -> bool:
    """Return whether a delivery is due on any channel."""
    clock = app.database.clock()
    with app.database.read() as ledger:
        return any(
            ledger.delivery_leases.has_due(name, now=now, clock=clock) for name in app.routing.channels
        )

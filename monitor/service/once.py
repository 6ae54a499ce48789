"""One round of every pass, for cron, and a dry run of it on a copy of the database."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from alerts.alert import alert
from alerts.channels.registry import DEFAULT_TYPE
from alerts.deliver import Delivered, deliver
from alerts.digest import digest
from monitor.polling.notify_operators import report
from monitor.service.app import open_app
from monitor.service.cron import next_turn
from monitor.service.engine_when_needed import (
    EngineWhenNeeded,
    has_deliveries,
    has_pages,
    has_pushes,
    needs_hubs,
)
from monitor.service.match_behind import matching_behind
from monitor.service.poll_round import has_due_feeds, poll_all, unwatched
from monitor.service.process.event_loop import run_async
from monitor.views.poll_result import poll_results
from storage.database import Database
from storage.model import Channel
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from alerts.deciding.routing import Routing
    from monitor.config.settings import Settings
    from monitor.polling.record import Polled
    from monitor.service.app import App, ConsoleOutput
    from monitor.service.poll_round import ProgressWatch
    from monitor.views.poll_result import PollResult
    from storage.model import Feed

AT_ONCE = 1_000  # largest number of feeds polled at once by a command: each is a task


@value
class RoundResult:
    """The result of a round."""

    polled: tuple[PollResult, ...]
    delivered: Delivered

    @property
    def failed(self) -> bool:
        """Return whether any feed or delivery failed."""
        return any(one.failed for one in self.polled) or bool(self.delivered.failed)


def run_once(
    settings: Settings,
    *,
    now: datetime,
    console: ConsoleOutput,
    backfill: bool,
    watch: ProgressWatch = unwatched,
) -> RoundResult:
    """Run every pass once.

    Raises:
        AlreadyRunning: a daemon or another round holds the database.
    """
    with open_app(settings, now=now) as app, app.alone(now=now):
        return run_async(_round(app, now=now, console=console, backfill=backfill, watch=watch))


def run_dry(
    settings: Settings,
    *,
    now: datetime,
    console: ConsoleOutput,
    backfill: bool,
    watch: ProgressWatch = unwatched,
) -> RoundResult:
    """Run every pass once on a temporary copy of the database, and print what would be sent."""
    with tempfile.TemporaryDirectory(prefix="storywatch-dry-run-") as folder:
        copy = Path(folder) / "ledger.db"
        if Database.is_there(settings.database):
            _copy(settings.database, copy)
        printed = tuple(_printed(channel) for channel in settings.channels)
        pages = replace(settings.pages, listen=None)  # no hub is asked
        dry = replace(settings, database=f"sqlite:///{copy}", channels=printed, pages=pages)
        return run_once(dry, now=now, console=console, backfill=backfill, watch=watch)


def poll_feeds(
    settings: Settings,
    make_due: Callable[[Database], Sequence[Feed]],
    *,
    now: datetime,
    console: ConsoleOutput,
) -> tuple[PollResult, ...]:
    """Poll the feeds that `make_due` makes due.

    Raises:
        AlreadyRunning: a daemon holds the database; it polls the feeds, which are due now.
    """
    with open_app(settings, now=now) as app:
        feeds = make_due(app.database)
        with app.database.hold():
            return poll_results(run_async(_poll_feeds(app, feeds, now=now, console=console)))


async def _poll_feeds(
    app: App, feeds: Sequence[Feed], *, now: datetime, console: ConsoleOutput
) -> list[Polled]:
    polled: list[Polled] = []
    from monitor.service.engine import open_engine  # noqa: PLC0415  # see EngineWhenNeeded

    async with open_engine(app, console=console) as engine:
        for start in range(0, len(feeds), AT_ONCE):
            some = feeds[start : start + AT_ONCE]
            polled += await engine.polling.poll(some, now=now)
            with app.database.read() as ledger:
                sitemaps = ledger.sitemap_children.due([feed.id for feed in some], now=now)
            polled += await engine.polling.poll(sitemaps, now=now)
    return polled


def _copy(url: str, path: Path) -> None:
    database = Database.open(url)
    try:
        database.copy_to(path)
    finally:
        database.close()


def _printed(channel: Channel) -> Channel:
    return Channel(name=channel.name, type=DEFAULT_TYPE)


def without_group_wait(routing: Routing) -> Routing:
    """Return a routing without group waits: a single round has no later time at which to send."""
    routes = tuple(
        replace(route, policy=replace(route.policy, group_wait=timedelta(0))) for route in routing.routes
    )
    return replace(routing, routes=routes)


async def _round(
    app: App, *, now: datetime, console: ConsoleOutput, backfill: bool, watch: ProgressWatch
) -> RoundResult:
    async with EngineWhenNeeded(app, console=console, backfill=backfill) as engine:
        polled: list[Polled] = []
        if has_pushes(app):
            polled += await (await engine.open()).pushes.run(now=now)
        if has_due_feeds(app, now=now):
            opened = await engine.open()
            async with matching_behind(app.matching, app.database, now=now) as behind:
                polled += await poll_all(app, opened, now=now, watch=watch, on_stored=behind.note)
        if needs_hubs(app, now=now):
            await (await engine.open()).hubs.run(now=now)
        app.matching.run(app.database, now=now)
        while has_pages(app) and await (await engine.open()).fulltext.run(now=now):
            app.matching.run(app.database, now=now)
        # A single round ends here, so its stories are alerted now, not after their group wait.
        alert(app.database, without_group_wait(app.routing), now=now)
        report(app.database, app.routing, now=now)
        digest(app.database, app.routing, next_turn=next_turn, now=now)
        delivered = await _deliver(app, engine, now=now)
        # The failure of a channel is reported over another one now, not in the next round.
        if report(app.database, app.routing, now=now):
            delivered += await _deliver(app, engine, now=now)
    return RoundResult(polled=poll_results(polled), delivered=delivered)


async def _deliver(app: App, engine: EngineWhenNeeded, *, now: datetime) -> Delivered:
    if not has_deliveries(app, now=now):
        return Delivered()
    return await deliver(app.database, (await engine.open()).context, now=now)

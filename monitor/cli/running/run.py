"""`storywatch run`: the daemon, in the foreground."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

import click

from monitor.cli.shared.context import CommandContext, common, moment_or_now, real_clock, say

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from datetime import datetime

    from monitor.polling.record import Polled
    from monitor.service.app import App
    from monitor.service.process.systemd import ProgressTimer, ServiceManager
    from monitor.views.poll_result import PollResult
    from storage.database import Database, Hold


@click.command()
@click.option(
    "--listen",
    metavar="HOST:PORT",
    envvar="STORYWATCH_LISTEN",
    help="Serve /metrics (Prometheus) and /healthz at this loopback address, such as 127.0.0.1:9464.",
)
@real_clock
@common
def run(context: CommandContext, *, listen: str | None) -> None:
    """Watch the feeds until SIGTERM or Ctrl-C; SIGHUP reloads the configuration.

    After the first round it prints what it read, what failed, which stories already match the topics, and when it
    polls next. Exits with 75 if another storywatch holds the database.

    Example: storywatch run --listen 127.0.0.1:9464
    """
    context.refuse_second()
    from monitor.cli.shared.phrases import count
    from monitor.service.app import open_app
    from monitor.service.process.container_init import leave_process_one
    from monitor.service.process.event_loop import run_async
    from monitor.service.process.import_all import import_all
    from monitor.service.process.systemd import ProgressTimer, ServiceManager
    from monitor.service.process.upgrade_apart import upgrade_apart

    leave_process_one()
    settings = context.checked_settings()
    upgrade_apart(settings.database)
    import_all()
    now = moment_or_now()
    with open_app(settings, now=now) as app, app.alone(now=now) as hold:
        watched = f"{count(len(settings.feeds), 'feed')} for {count(len(settings.topics), 'topic')}"
        say(f"storywatch watches {watched}; Ctrl-C ends it")
        service_manager, progress = ServiceManager(os.environ), ProgressTimer(monotonic)
        with _metrics_served(app, listen, progress):
            alive = partial(_report_alive, service_manager, progress)
            run_async(_watch(app, context, hold, now, alive=alive, since_progress=progress.elapsed))
        service_manager.stopping()
    say("storywatch ended; nothing is lost")


@contextmanager
def _metrics_served(app: App, listen: str | None, progress: ProgressTimer) -> Iterator[None]:
    """Serve metrics and health at an address for the length of a block, if one was given."""
    if not listen:
        yield
        return
    from monitor.service.metrics import exposed, read_address

    with exposed(app.database, read_address(listen), since_progress=progress.elapsed) as port:
        say(f"metrics and health: port {port} of this machine")
        yield


def _report_alive(service_manager: ServiceManager, progress: ProgressTimer) -> None:
    service_manager.alive()
    progress.record()


async def _watch(
    app: App,
    context: CommandContext,
    hold: Hold,
    now: datetime,
    *,
    alive: Callable[[], None],
    since_progress: Callable[[], float],
) -> None:
    from monitor.cli.running.reload import reloaded
    from monitor.cli.running.serve_pages import embedded_pages
    from monitor.service.app import real_clock
    from monitor.service.daemon import Daemon, DaemonListener
    from monitor.service.engine import Engine, open_engine
    from monitor.service.reload import Reloader

    first = FirstRound(database=app.database, since=now)
    reports = DaemonListener(polled=first.collect, settled=first.print_result, alive=alive)

    @asynccontextmanager
    async def engine_and_pages(app: App) -> AsyncIterator[Engine]:
        await pages.renew(app)
        async with open_engine(app, console=context.console()) as engine:
            yield engine

    watch = Reloader(
        engine_of=engine_and_pages,
        renewed=partial(reloaded, context),
        driver_of=partial(Daemon, clock=real_clock, reports=reports),
        clock=real_clock,
        hold=hold,
    )
    async with embedded_pages(app, reload=watch.reload, since_progress=since_progress) as pages:
        await watch.run(app)


@dataclass(slots=True)
class FirstRound:
    """Collects the results of the first round and prints them once every feed that was due by `since` is polled and matched."""

    database: Database
    since: datetime
    results: dict[int, PollResult] = field(default_factory=dict)
    printed: bool = False

    def collect(self, polled: list[Polled]) -> None:
        """Collect polled feeds; after the first round, print feeds that begin to fail."""
        from monitor.cli.shared.phrases import failure_lines
        from monitor.views.poll_result import poll_result

        if self.printed:
            for line in failure_lines(poll_result(one) for one in polled if one.feed.failures == 1):
                say(line)
            return
        # A feed may be polled again before the slowest has answered: only its first poll is reported.
        for one in polled:
            key = -one.feed.id if one.is_index_failure else one.feed.id
            earlier = self.results.get(key)
            if earlier is None or not earlier.first_poll:
                self.results[key] = poll_result(one)

    def print_result(self) -> None:
        """Print the result of the first round once it is complete."""
        from monitor.cli.shared.phrases import failure_lines, next_poll, round_summary, standing_lines
        from monitor.views.health.first_round import read_first_round

        if self.printed:
            return
        now = moment_or_now()
        with self.database.read() as ledger:
            seen = read_first_round(ledger, since=self.since, now=now)
        if seen is None:
            return
        self.printed = True
        polled = list(self.results.values())
        self.results.clear()
        lines = [
            *round_summary(polled),
            *failure_lines(polled),
            *standing_lines(seen.stories),
            next_poll(seen.next_poll, now=now),
        ]
        for line in lines:
            say(line)

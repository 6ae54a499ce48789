"""`storywatch worker`: one of many processes that work on a PostgreSQL database."""

from __future__ import annotations

import os
import socket
from functools import partial
from typing import TYPE_CHECKING

import click

from monitor.cli.shared.context import CommandContext, Duration, common, moment_or_now, real_clock, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from monitor.config.settings import Settings
    from monitor.service.app import App
    from monitor.service.workers.worker import WorkerSettings
    from storage.database import Hold

LEASE = "1m"  # after this long without a renewal, other workers take over a worker's leases
SENDS = 10  # the lease of a message being sent, in multiples of the worker's lease: longer than any attempt
BATCHES = (
    2  # batches of feeds polled at once: one uses the processor while another waits for its slowest feed
)
QUEUES = ("poll", "settle", "deliver")


@click.command()
@click.option(
    "--queue",
    "queues",
    multiple=True,
    type=click.Choice(QUEUES),
    help="Work on this queue only (default: all).",
)
@click.option(
    "--batches",
    type=click.IntRange(1, 64),
    default=BATCHES,
    show_default=True,
    help="The number of batches of feeds polled at once.",
)
@click.option(
    "--lease",
    type=Duration(),
    default=LEASE,
    show_default=True,
    help="Other workers take over if this one does not renew its leases for this long.",
)
@click.option("--name", help="The name shown in `status` (default: machine and process).")
@real_clock
@common
def worker(
    context: CommandContext, *, queues: Sequence[str], batches: int, lease: timedelta, name: str | None
) -> None:
    """Run as one of many workers on a PostgreSQL database until SIGTERM or Ctrl-C; SIGHUP reloads the configuration.

    Any number of workers may run, on any machines, all with the same configuration. Exits with 75 while `run` or
    `once` holds the database.

    Example: storywatch worker --queue poll
    """
    from monitor.service.app import open_app
    from monitor.service.process.container_init import leave_process_one
    from monitor.service.process.event_loop import run_async
    from monitor.service.process.import_all import import_all
    from monitor.service.process.upgrade_apart import upgrade_apart

    leave_process_one()
    settings = context.checked_settings()
    upgrade_apart(settings.database)
    import_all()
    _refuse_short_lease(lease, settings)
    worker_settings = _worker_settings(
        name=name or f"{socket.gethostname()}:{os.getpid()}",
        queues=queues or QUEUES,
        batches=batches,
        lease=lease,
    )
    with open_app(settings, now=moment_or_now()) as app, app.database.join() as hold:
        say(f"worker {worker_settings.name} works on {', '.join(worker_settings.queues)}; Ctrl-C ends it")
        run_async(_work(app, context, worker_settings, hold))
    say("worker ended; other workers take over its work")


def _worker_settings(*, name: str, queues: Sequence[str], batches: int, lease: timedelta) -> WorkerSettings:
    try:
        from monitor.service.workers.worker import WorkerSettings
    except ModuleNotFoundError as error:
        raise click.UsageError(
            f"workers need {error.name}; install it with: pip install 'storywatch[scale]'"
        ) from None
    return WorkerSettings(name=name, queues=queues, batches=batches, lease=lease)


def _refuse_short_lease(lease: timedelta, settings: Settings) -> None:
    """Refuse a lease that could end before a request does."""
    if lease < 2 * settings.polling.timeout:
        seconds = 2 * settings.polling.timeout.total_seconds()
        raise click.UsageError(
            f"--lease must be at least twice [polling] timeout, {seconds:g}s here; write a longer one"
        )


async def _work(app: App, context: CommandContext, worker_settings: WorkerSettings, hold: Hold) -> None:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from monitor.cli.running.reload import reloaded
    from monitor.service.engine import open_engine
    from monitor.service.reload import Reloader
    from monitor.service.workers.leases import LeaseManager, ServerClock
    from monitor.service.workers.worker import THREADS, Worker

    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
    clock = ServerClock(app.database)
    lease_manager = LeaseManager(
        app.database, name=worker_settings.name, clock=clock, lease=worker_settings.lease
    )
    watch = Reloader(
        engine_of=partial(
            open_engine,
            console=context.console(),
            clock=clock,
            owner=f"worker {worker_settings.name}",
            lease=SENDS * worker_settings.lease,
        ),
        renewed=partial(reloaded, context, refuse=partial(_refuse_short_lease, worker_settings.lease)),
        driver_of=partial(Worker, settings=worker_settings, lease_manager=lease_manager, clock=clock),
        clock=clock,
        hold=hold,
    )
    await watch.run(app)

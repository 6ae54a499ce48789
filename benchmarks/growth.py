"""Memory of the daemon's passes over a day of virtual time at a steady load.

    python benchmarks/growth.py [--feeds 300] [--hours 24]

Every quarter of an hour all feeds are due and a tenth of them has two new items; a topic takes some of these, and each
story is told on the console. The passes are those of `storywatch run`, in one process with its readers, by a clock that
moves from round to round. Memory is the PSS of these processes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from pollers.contest import BETWEEN_ROUNDS, Farm, configuration, farm_of  # noqa: E402
from pollers.meter import pss_megabytes  # noqa: E402

from alerts.deliver import deliver  # noqa: E402
from monitor.config.load import load_settings  # noqa: E402
from monitor.service.app import App, ConsoleOutput, open_app  # noqa: E402
from monitor.service.driving.settle import settle_all  # noqa: E402
from monitor.service.engine import Engine, open_engine  # noqa: E402
from monitor.service.process.event_loop import run_async  # noqa: E402
from monitor.service.process.import_all import import_all  # noqa: E402
from monitor.service.process.upgrade_apart import upgrade_apart  # noqa: E402

PORT = 8_640
ROUND = timedelta(minutes=16)  # a quarter of an hour and the jitter
TELL_AT = (0, 1, 3, 6, 12, 18, 24)  # hours
PACE = """[polling]
interval = "15m"
min_interval = "15m"
max_interval = "15m"
"""
WATCHED = """
[[topics]]
name = "watched"
query = "{query}"
[[routes]]
topics = ["*"]
group_wait = "0s"
"""


async def a_day(app: App, farm: Farm, *, hours: int, console: ConsoleOutput) -> None:
    """Run the rounds of a day and print the memory at some hours."""
    began = now = datetime.now(UTC)
    async with open_engine(app, console=console) as engine:
        for hour in TELL_AT:
            while now - began <= timedelta(hours=min(hour, hours)):
                await _round(app, engine, farm, now)
                now += ROUND
            if hour <= hours:
                _tell(app, farm, hour)


async def _round(app: App, engine: Engine, farm: Farm, now: datetime) -> None:
    farm.ask("round?changed=0.1")
    await engine.polling.run_all(now=now)
    await asyncio.to_thread(settle_all, app, now=now)
    await deliver(app.database, engine.context, now=now)
    await asyncio.sleep(BETWEEN_ROUNDS)  # the pause between two requests to a host is real


def _tell(app: App, farm: Farm, hour: int) -> None:
    with app.database.read() as ledger:
        items, matches = ledger.items.count(), ledger.matches.count()
    own = pss_megabytes(os.getpid()) - pss_megabytes(farm.pid)
    print(f"hour {hour:3d}   {own:5.1f} MB   {items:7,} items, {matches:6,} matches", flush=True)


def main() -> None:
    """Measure a day."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--feeds", type=int, default=300)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--query", default="earthquake AND vaccine AND court")
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        farm = stack.enter_context(farm_of(given.feeds, port=PORT))
        config = configuration(folder, farm.urls(), concurrency=100)
        text = config.read_text(encoding="utf-8").replace("[polling]\n", PACE, 1)
        config.write_text(text + WATCHED.format(query=given.query), encoding="utf-8")
        settings = load_settings(config, environ={})
        upgrade_apart(settings.database)
        import_all()
        started = time.process_time()
        app = stack.enter_context(open_app(settings, now=datetime.now(UTC)))
        # What is printed must not count as memory, as a list of messages would.
        nowhere = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
        run_async(a_day(app, farm, hours=given.hours, console=ConsoleOutput(out=nowhere)))
        print(f"{time.process_time() - started:.0f} s of CPU without the readers")


if __name__ == "__main__":
    main()

"""Rounds of storywatch in one process, as the daemon runs them: each line of standard input is the time of a round.

It uses the parts of `storywatch once` and `run`: the configuration file, the real database, the engine with all its
limits. Each answer is a line of JSON: seconds until the last feed was committed, then until every item was matched.
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.service.app import App
    from monitor.service.engine import Engine


async def rounds(app: App) -> None:
    """Run a round for each line."""
    from monitor.service.app import ConsoleOutput  # noqa: PLC0415  # worker processes import this file and do not need it
    from monitor.service.engine import open_engine  # noqa: PLC0415  # worker processes import this file and do not need it

    if app.settings.pages.listen is not None:
        await serve_pages(app)
    async with open_engine(app, console=ConsoleOutput(out=io.StringIO())) as engine:
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await one_round(app, engine, datetime.fromisoformat(line.strip()))), flush=True)


async def serve_pages(app: App) -> None:
    """Serve the pages as `run` does, until the process ends."""
    from monitor.service.app import real_clock  # noqa: PLC0415
    from monitor.web.serving import PagesServer, ServerContext  # noqa: PLC0415

    await PagesServer(ServerContext(clock=real_clock, reload=lambda: None)).follow(app)


async def one_round(app: App, engine: Engine, now: datetime) -> dict[str, float]:
    """Poll the due feeds and match the new items."""
    started = time.perf_counter()
    feeds = failed = 0
    while polled := await engine.polling.run(now=now):
        feeds += len(polled)
        failed += sum(one.failed for one in polled)
    committed = time.perf_counter()
    app.matching.run(app.database, now=now)
    return {
        "feeds": feeds,
        "failed": failed,
        "wall": committed - started,
        "matching": time.perf_counter() - committed,
    }


def main() -> None:
    """Open the configured database and run rounds until standard input ends."""
    from monitor.config.load import load_settings  # noqa: PLC0415
    from monitor.service.app import open_app  # noqa: PLC0415  # see above
    from monitor.service.process.event_loop import run_async  # noqa: PLC0415

    settings = load_settings(Path(sys.argv[1]), environ={})
    with open_app(settings, now=datetime.now(UTC)) as app:
        run_async(rounds(app))


if __name__ == "__main__":
    main()

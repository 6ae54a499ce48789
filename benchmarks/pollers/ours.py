"""storywatch's rounds in one process, as the daemon makes them: a line of standard input with a time is one round.

What runs is what `storywatch once` and `run` run: the configuration file, the real ledger, the engine with all its
guards. Answers with a line of JSON: seconds until the last feed was committed, then until every item was matched.
"""

from __future__ import annotations

import io
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.service.app import App, Engine


async def rounds(app: App) -> None:
    """Make a round for each line."""
    from monitor.service.app import ConsoleOutput, open_engine  # noqa: PLC0415  # workers import this file, and need none of it

    async with open_engine(app, console=ConsoleOutput(out=io.StringIO())) as engine:
        for line in iter(sys.stdin.readline, ""):
            print(json.dumps(await one_round(app, engine, datetime.fromisoformat(line.strip()))), flush=True)


async def one_round(app: App, engine: Engine, now: datetime) -> dict[str, float]:
    """Poll what is due and match what is new."""
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
    """Open the configured ledger and make rounds until standard input ends."""
    from monitor.config.load import load_settings  # noqa: PLC0415
    from monitor.service.app import open_app  # noqa: PLC0415  # see above
    from monitor.service.event_loop import run_async  # noqa: PLC0415

    settings = load_settings(Path(sys.argv[1]), environ={})
    with open_app(settings, now=datetime.now(UTC)) as app:
        run_async(rounds(app))


if __name__ == "__main__":
    main()

"""Latency from the last byte of a body to the alert at a webhook receiver, with the real daemon on loopback.

    python benchmarks/latency.py [--seconds 60]
    python benchmarks/latency.py --feeds 20000 --interval 60 --seconds 180 --first 0

1. 300 live feeds, each polled every ten seconds (`--interval`).
2. 50 live feeds, each polled every two seconds, while 1,000 feeds of 40 items are fetched for the first time.

Live feeds publish two items a second in total, each a story of its own. There is no group wait and no cap.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from pollers.contest import farm_of
from receivers.hooks import Hooks
from receivers.outlets import Outlets

STORYWATCH = [sys.executable, "-c", "from monitor.cli import main; main()"]
PUBLISHED_PER_SECOND = 2
LAST_WAIT = 15.0  # seconds to wait for the last alerts
LIVE_PORT, FARM_PORT = 8_471, 8_472
CONFIGURATION = """
[polling]
interval = "{interval}s"
min_interval = "{interval}s"
max_interval = "{interval}s"
concurrency = 500
allow_networks = ["127.0.0.0/8"]
allow_ports = []
[[topics]]
name = "alarm"
query = "alarm"
[[channels]]
name = "hook"
type = "webhook"
url = "http://127.0.0.1:{port}/"
[[routes]]
topics = ["*"]
group_wait = "0s"
max_per_hour = 100000
"""


def configure(folder: Path, urls: list[str], *, interval: int, port: int) -> None:
    """Write the configuration."""
    feeds = "".join(f'[[feeds]]\nurl = "{url}"\n' for url in urls)
    text = CONFIGURATION.format(interval=interval, port=port) + feeds
    (folder / "storywatch.toml").write_text(text, encoding="utf-8")


async def measured(
    folder: Path, outlets: Outlets, *, others: list[str], interval: int, seconds: float
) -> list[float]:
    """Return the seconds from body to alert of every item published while the daemon ran."""
    hooks = Hooks()
    servers = [await hooks.serve(), *await outlets.serve()]
    configure(folder, outlets.urls(), interval=interval, port=hooks.port)
    first = await asyncio.create_subprocess_exec(*STORYWATCH, "once", cwd=folder, stderr=subprocess.DEVNULL)
    await first.wait()
    configure(folder, outlets.urls() + others, interval=interval, port=hooks.port)
    published: set[str] = {word for words in outlets.items for word in words}
    daemon = await asyncio.create_subprocess_exec(*STORYWATCH, "run", cwd=folder, stderr=subprocess.DEVNULL)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        outlets.publish()
        await asyncio.sleep(1 / PUBLISHED_PER_SECOND)
    await asyncio.sleep(interval + LAST_WAIT)
    daemon.terminate()
    await daemon.wait()
    for server in servers:
        server.close()
    return _latencies(hooks, outlets, published)


def _latencies(hooks: Hooks, outlets: Outlets, standing: set[str]) -> list[float]:
    arrived: dict[str, float] = {}
    for at, _, body in hooks.arrived:
        data = json.loads(body)["data"]
        stories = data.get("stories", [data])
        for title in (item["title"] for one in stories for item in one.get("items", [])):
            arrived.setdefault(title.split()[1], at)
    told = [word for word in outlets.served if word not in standing]
    lost = [word for word in told if word not in arrived]
    print(f"  {len(told)} items served, {len(lost)} of them not alerted yet")
    return [arrived[word] - outlets.served[word] for word in told if word in arrived]


def shown(name: str, latencies: list[float]) -> None:
    """Print a line; items that were not alerted are counted above it."""
    if len(latencies) < 2:  # noqa: PLR2004  # no quantiles
        print(f"{name}: no latency, since nearly nothing was alerted in time")
        return
    cuts = statistics.quantiles(latencies, n=20)
    load = f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    print(f"{name}: median {cuts[9]:.2f} s, p95 {cuts[18]:.2f} s, longest {max(latencies):.2f} s; {load}")


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--feeds", type=int, default=300, help="live feeds of part 1; 0 leaves it out")
    parser.add_argument(
        "--interval", type=int, default=10, help="seconds between two polls of a feed in part 1"
    )
    parser.add_argument(
        "--first", type=int, default=1000, help="feeds fetched for the first time in part 2; 0 leaves it out"
    )
    given = parser.parse_args()
    with ExitStack() as stack:
        steady, busy = (Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2))
        if given.feeds:
            outlets = Outlets(count=given.feeds, port=LIVE_PORT)
            shown(
                f"{given.feeds} feeds",
                asyncio.run(
                    measured(steady, outlets, others=[], interval=given.interval, seconds=given.seconds)
                ),
            )
        if not given.first:
            return
        farm = stack.enter_context(farm_of(given.first, port=FARM_PORT))
        outlets = Outlets(count=50, port=LIVE_PORT)
        shown(
            f"while {given.first} feeds are fetched for the first time",
            asyncio.run(measured(busy, outlets, others=farm.urls(), interval=2, seconds=given.seconds)),
        )


if __name__ == "__main__":
    main()

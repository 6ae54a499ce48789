"""Latency from a hub's push to the alert at a webhook receiver, with the real daemon on loopback.

    python benchmarks/pushes.py [--pushes 40]

One feed offers a hub; each push has one new item, which is a story of its own. There is no group wait and no cap.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

from latency import CONFIGURATION, STORYWATCH
from receivers.hooks import Hooks
from receivers.hub import Hub

PATIENCE = 60.0  # seconds for the subscription, or for one alert
POLLED_EVERY = 86_400  # seconds: no poll helps


async def measure(pushes: int) -> list[float]:
    """Return the latency of each push in seconds."""
    hub, hooks = Hub(titles=["alarm old"]), Hooks()
    async with await hub.serve(), await hooks.serve():
        with tempfile.TemporaryDirectory() as folder:
            _configure(Path(folder), hub, hooks)
            daemon = await asyncio.create_subprocess_exec(
                *STORYWATCH, "run", cwd=folder, stderr=asyncio.subprocess.DEVNULL
            )
            try:
                async with asyncio.timeout(PATIENCE):
                    await hub.verified.wait()
                return [await _one(hub, hooks, number) for number in range(pushes)]
            finally:
                daemon.terminate()
                await daemon.wait()


def _configure(folder: Path, hub: Hub, hooks: Hooks) -> None:
    with contextlib.closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        pages = f"127.0.0.1:{free.getsockname()[1]}"
    text = CONFIGURATION.format(interval=POLLED_EVERY, port=hooks.port)
    text += f'[pages]\nlisten = "{pages}"\nurl = "http://{pages}"\n'
    text += f'[[feeds]]\nurl = "http://127.0.0.1:{hub.port}/feed"\n'
    (folder / "storywatch.toml").write_text(text, encoding="utf-8")


async def _one(hub: Hub, hooks: Hooks, number: int) -> float:
    await asyncio.sleep(1.2 + random.random())  # any time within a second, below the bound of pushes a minute
    word = f"{'abcdefghij'[number % 10]}{'klmnopqrst'[number // 10 % 10]}zug{number}"
    hub.titles.append(f"alarm {word} {word}berg {word}stadt")
    began, count = time.monotonic(), len(hooks.arrived)
    answer = await hub.push()
    assert b"202" in answer, answer
    async with asyncio.timeout(PATIENCE):
        while len(hooks.arrived) == count:  # noqa: ASYNC110 (the receiver is the other benchmarks', without events)
            await asyncio.sleep(0.005)
    return hooks.arrived[-1][0] - began


def main() -> None:
    """Measure, and print the median, the 95th percentile and the longest."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pushes", type=int, default=40)
    taken = sorted(asyncio.run(measure(parser.parse_args().pushes)))
    p95 = taken[int(len(taken) * 0.95)]
    sys.stdout.write(
        f"{len(taken)} pushes: median {statistics.median(taken):.2f} s, p95 {p95:.2f} s, longest {taken[-1]:.2f} s\n"
    )


if __name__ == "__main__":
    main()

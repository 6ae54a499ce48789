"""Asks for every page many times and prints how long it took and how large it is."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

import httpx
from browsing.ledger import PORT, TOKEN
from pollers.contest import PROGRAM

GOAL_MS, GOAL_KB = 100, 60  # of the first page and of a story
PATIENCE = 60.0
HEADERS = {"Sec-Fetch-Site": "same-origin"}


def ask_all(config: Path, *, repeat: int) -> None:
    """Print the 50th and 95th percentile of every page's time, and its size."""
    today = datetime.now(UTC).date()
    pages = {
        "/": "/",
        "/ told, one topic": "/?topic=harbour&show=told",
        "/ held (none is)": "/?show=held",
        "/stories/ID": "/stories/s{number}",
        "/items/ID": "/items/i{number}",
        "/feeds": "/feeds",
        "/feeds/ID": "/feeds/{number}",
        "/alerts": "/alerts",
        "/digest/DATE": f"/digest/{today}",
        "/status": "/status",
    }
    print(
        f"{'page':22} {'p50 ms':>8} {'p95 ms':>8} {'kB':>6}   goal for / and a story: {GOAL_MS} ms, {GOAL_KB} kB"
    )
    with running("pages", "serve", config=config) as _, signed_in(PORT) as browser:
        for name, path in pages.items():
            found = [_timed(browser, path.format(number=n % 150 + 20)) for n in range(repeat)]
            times = [seconds * 1000 for seconds, _ in found]
            size = max(size for _, size in found) / 1000
            print(f"{name:22} {median(times):8.1f} {p95(times):8.1f} {size:6.1f}", flush=True)


def p95(times: list[float]) -> float:
    """Return the 95th percentile."""
    return quantiles(times, n=20)[-1]


def _timed(browser: httpx.Client, path: str) -> tuple[float, int]:
    began = time.perf_counter()
    answer = browser.get(path)
    taken = time.perf_counter() - began
    if answer.status_code != httpx.codes.OK:
        raise SystemExit(f"{path}: {answer.status_code}")
    return taken, len(answer.content)


@contextmanager
def running(*command: str, config: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command of storywatch until the block ends."""
    with subprocess.Popen(
        [PROGRAM, *command, "--config", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def signed_in(port: int) -> Iterator[httpx.Client]:
    """Return a browser in which the owner is signed in, once the pages are served."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=HEADERS, timeout=PATIENCE) as browser:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                browser.post("/sign-in", data={"token": TOKEN})
                break
            except httpx.ConnectError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
        yield browser

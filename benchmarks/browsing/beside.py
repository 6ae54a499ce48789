"""Pages beside a round of polling in the same process: what each costs the other."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import Self

from browsing.ask import p95, signed_in
from browsing.ledger import TOKEN
from pollers.contest import Contestant, Farm, Round, configuration, farm_of, rounds_of

PORT, FARM_PORT = 8651, 8660
PAUSE = 0.1  # seconds between two requests
PAIRS = 6
CHANGED = 0.1  # of the feeds have news
CONCURRENCY = 100


def beside_a_round(*, feeds: int) -> None:
    """Print the time of pages during rounds, and of rounds with and without pages."""
    with tempfile.TemporaryDirectory() as name, farm_of(feeds, port=FARM_PORT) as farm:
        folder = Path(name)
        config = configuration(folder, farm.urls(), concurrency=CONCURRENCY)
        text = config.read_text(encoding="utf-8")
        pages = f'[pages]\nlisten = "127.0.0.1:{PORT}"\ntoken = "{TOKEN}"\n'
        config.write_text(pages + text, encoding="utf-8")
        with rounds_of(config, farm) as storywatch:
            storywatch.round()  # the first fetch
            _compare(storywatch, farm, feeds)


def _compare(storywatch: Contestant, farm: Farm, feeds: int) -> None:
    alone: list[Round] = []
    together: list[Round] = []
    times: list[float] = []
    for _ in range(PAIRS):
        farm.ask(f"round?changed={CHANGED}")
        alone.append(storywatch.round())
        farm.ask(f"round?changed={CHANGED}")
        with Reader() as reader:
            together.append(storywatch.round())
        times += reader.times
    walls = [median(one.wall for one in rounds) for rounds in (alone, together)]
    print(
        f"\nrounds of {feeds} feeds, a tenth changed: {walls[0]:.2f} s alone, {walls[1]:.2f} s beside pages"
    )
    print(f"slower: {(walls[1] / walls[0] - 1) * 100:.0f} % (goal: 5 %)")
    print(
        f"`/` during rounds: p50 {median(times):.0f} ms, p95 {p95(times):.0f} ms of {len(times)} (goal: 300 ms)"
    )


class Reader:
    """Asks for the first page again and again while a round runs."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        """Begin to ask."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._over.set()
        self._thread.join()

    def _read(self) -> None:
        with signed_in(PORT) as browser:
            while not self._over.wait(PAUSE):
                began = time.perf_counter()
                browser.get("/")
                self.times.append((time.perf_counter() - began) * 1000)

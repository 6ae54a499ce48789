"""Workers whose machine's clock is set go on at once, and put no job into the queue for every second of the step."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from fleet import PATIENCE_SECONDS, Fleet, configure, farm_of
from oracle import polled
from tellers import Receiver

from storage.database import Database

FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


@pytest.mark.slow
@pytest.mark.skipif(not FAKETIME, reason="libfaketime is not installed")
@pytest.mark.parametrize("step", ["-1d", "+3650d"])
def test_a_worker_goes_on_when_its_clock_is_set(
    postgresql_database: Database, postgresql_ledger_url: str, fleet: Fleet, hook: Receiver, step: str
) -> None:
    """Feeds are polled while the clock is wrong and after its correction (C1)."""
    told = fleet.folder / "clock"
    told.write_text("+0", encoding="utf-8")
    given = {
        "LD_PRELOAD": str(FAKETIME[-1]),
        "FAKETIME_TIMESTAMP_FILE": str(told),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    with farm_of(feeds=3, hosts=3) as farm:
        configure(
            fleet.folder,
            database=postgresql_ledger_url,
            opml=farm.ask("opml"),
            hook=hook.url,
            interval="1s",
        )
        fleet.hire(1, inside=["env", *(f"{name}={value}" for name, value in given.items())])
        fleet.until(lambda: polled(postgresql_database) == 3, what="every feed polled")
        for offset in (step, "+0"):
            told.write_text(offset, encoding="utf-8")
            wanted = farm.stats()["requests"] + 9
            fleet.until(
                lambda wanted=wanted: farm.stats()["requests"] >= wanted,
                what=f"polls go on at a clock set by {offset}",
            )
        fleet.signal(signal.SIGTERM)
        assert fleet.workers[0].wait(timeout=PATIENCE_SECONDS) == 0

"""A crash at any point loses nothing and repeats only what was in doubt (S1); the judge is what receivers took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import naive
import pytest
from harness import Harness, Tally, driving
from ledgers import Files, Servers
from points import CANCEL, FULL, KILL, LOCKED, PLACES, TIMEOUT
from receivers import Receivers, receiving

ON_MEMORY = Path("/dev/shm")  # a kill does not test fsync, and a disk would cost most of the time


@pytest.fixture(scope="module")
def receivers() -> Iterator[Receivers]:
    with receiving() as receivers:
        yield receivers


@contextmanager
def folder() -> Iterator[Path]:
    memory = ON_MEMORY if ON_MEMORY.is_dir() else None
    with TemporaryDirectory(dir=memory, prefix="storywatch-crash-") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def on_sqlite(receivers: Receivers) -> Iterator[Harness]:
    with folder() as path, driving() as driver:
        yield Harness(path, receivers, Files(path), driver)


@pytest.fixture(scope="module")
def on_postgresql(receivers: Receivers, postgresql_server: str) -> Iterator[Harness]:
    servers = Servers(postgresql_server)
    with folder() as path, driving() as driver:
        yield Harness(path, receivers, servers, driver)
        servers.dropped(postgresql_server.format(name="crash_original"))


def faultless(tally: Tally) -> bool:
    return tally.lost == [] and tally.wrong == []


@pytest.mark.parametrize(("which", "likely"), [(naive.TWO_COMMITS, 38), (naive.RECORD_FIRST, 131)])
def test_the_harness_catches_a_naive_version(on_sqlite: Harness, which: str, likely: int) -> None:
    """Committing items apart from their work, or recording before sending, loses alerts, and the harness notices."""
    tally, points = Tally(), on_sqlite.count(KILL)
    for at in sorted(range(1, points), key=lambda at: abs(at - likely)):
        tally.add(on_sqlite.run(KILL, at, naive=which))
        if tally.lost:
            break
    assert tally.lost != []


def test_a_sample_of_kills_loses_nothing(on_sqlite: Harness) -> None:
    """Every twenty-fourth point of the pipeline is tested, and a few kills of the recovery."""
    tally = on_sqlite.sweep(KILL, start=7, step=24)
    tally.add(on_sqlite.pairs(2))
    assert tally.faults > 8
    assert faultless(tally), tally


@pytest.mark.parametrize("fault", sorted(PLACES.keys() - {KILL}))
def test_a_sample_of_faults_loses_nothing(on_sqlite: Harness, fault: str) -> None:
    """A full disk, a lock, a lost connection and a cancellation are tested at a few points each."""
    tally = on_sqlite.sweep(fault, start=9, step=40)
    assert tally.runs > 1
    assert faultless(tally), tally


def test_a_sample_of_kills_loses_nothing_on_a_server(on_postgresql: Harness) -> None:
    """The same holds on PostgreSQL."""
    tally = on_postgresql.sweep(KILL, start=11, step=50)
    assert tally.faults > 3
    assert faultless(tally), tally


@pytest.mark.slow
@pytest.mark.parametrize("fault", [KILL, FULL, LOCKED, TIMEOUT, CANCEL])
def test_no_fault_anywhere_loses_anything(on_sqlite: Harness, fault: str) -> None:
    """Every point of the pipeline is tested."""
    tally = on_sqlite.sweep(fault)
    assert tally.runs == tally.points > 50
    assert faultless(tally), tally


@pytest.mark.slow
def test_no_kill_of_a_recovery_loses_anything(on_sqlite: Harness) -> None:
    """Crashes during the recovery from a crash are tested at sampled pairs of points."""
    assert faultless(tally := on_sqlite.pairs(150)), tally


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "step"), [(KILL, 3), (LOCKED, 4), (CANCEL, 8)])
def test_no_fault_loses_anything_on_a_server(on_postgresql: Harness, fault: str, step: int) -> None:
    """PostgreSQL is tested at every third, fourth or eighth point."""
    tally = on_postgresql.sweep(fault, step=step)
    assert tally.runs > 20
    assert faultless(tally), tally

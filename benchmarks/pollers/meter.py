"""CPU time and memory of a process and its children, from Linux's /proc."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

TICKS = os.sysconf("SC_CLK_TCK")
SAMPLE_SECONDS = 0.5
PROC = Path("/proc")


def tree(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    found = [pid]
    with suppress(OSError):
        for task in (PROC / str(pid) / "task").iterdir():
            for child in (task / "children").read_text().split():
                found += tree(int(child))
    return found


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a tree, children that have ended and were waited for included."""
    ticks = 0
    for one in tree(pid):
        with suppress(OSError):
            fields = (PROC / str(one) / "stat").read_text().rsplit(")", 1)[1].split()
            ticks += sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime
    return ticks / TICKS


def pss_megabytes(pid: int) -> float:
    """Return the memory of a tree; pages that processes share are counted once."""
    kilobytes = 0
    for one in tree(pid):
        with suppress(OSError):
            rows = (PROC / str(one) / "smaps_rollup").read_text().splitlines()
            kilobytes += sum(int(row.split()[1]) for row in rows if row.startswith("Pss:"))
    return kilobytes / 1024


class PeakMemory:
    """Samples a tree's memory in a thread of the measuring process; `megabytes` is the highest seen."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self.megabytes = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.megabytes = max(self.megabytes, pss_megabytes(self._pid))

    def _sample(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            self.megabytes = max(self.megabytes, pss_megabytes(self._pid))


def share_of_cpu(pid: int, seconds: float) -> float:
    """Return the share of one core that a tree uses during the next `seconds`."""
    before = cpu_seconds(pid)
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / seconds

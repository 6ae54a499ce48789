"""CPU of whole commands, in units of `python -c "import sqlalchemy"`: `python benchmarks/startup.py`.

Each command runs from compiled bytecode, as installed, in turns with the unit, so that other work on the machine slows
both alike; medians are compared. Exits with 1 if a goal is missed.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from pollers.contest import as_installed

from storage.engine.file_lock import file_hold

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

STORYWATCH = [sys.executable, "-c", "from monitor.cli import main; main()"]
UNIT = [sys.executable, "-c", "import sqlalchemy"]
RUNS = 15
THEN = "2026-03-01T12:00:00Z"  # every command decides by this time, at which no feed is due a second time
READING, ROUND, REFUSED, LIGHT = 1.2, 1.6, 0.5, 0.6  # units
GOALS: dict[str, float | None] = {
    "--version": LIGHT,
    "--help": LIGHT,
    "topics list": LIGHT,
    "status": READING,
    "feeds list": READING,
    "feeds show 1": READING,
    "stories list": READING,
    "alerts list": READING,
    "channels list": READING,
    "items search police": READING,
    "mute": READING,
    "coverage": READING,
    "digest": READING,
    "doctor": READING,
    "once": ROUND,
    "run": REFUSED,  # while another process holds the database
    "check": None,
    "topics show police-face-recognition": None,
    "topics learn x seeds/police-face-recognition/brief-1.txt": None,
}


def cpu_of(command: list[str], folder: Path) -> float:
    """Return the CPU seconds of one run, user and system."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        command, cwd=folder, check=False, capture_output=True, env=as_installed(folder), timeout=120
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def measured(command: str, folder: Path) -> tuple[float, float]:
    """Return the median CPU seconds of a command and of the unit, run in turns."""
    fixed = [] if command in {"run", "--version", "--help"} else ["--now", THEN]
    whole = [*STORYWATCH, *command.split(), *fixed]
    holding: AbstractContextManager[object] = (
        file_hold(folder / "storywatch.db") if command == "run" else nullcontext()
    )
    with holding:
        for warm_up in (whole, UNIT):
            cpu_of(warm_up, folder)  # compiles the imported modules
        runs = [(cpu_of(whole, folder), cpu_of(UNIT, folder)) for _ in range(RUNS)]
    return statistics.median(run for run, _ in runs), statistics.median(unit for _, unit in runs)


def main() -> int:
    """Print each command's median CPU in milliseconds and in units, and return how many miss their goal."""
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cpu_of([*STORYWATCH, "init"], folder)
        cpu_of([*STORYWATCH, "once", "--now", THEN], folder)  # lays the tables and polls every feed
        for command, goal in GOALS.items():
            seconds, unit = measured(command, folder)
            late = goal is not None and seconds / unit > goal
            missed += late
            told = "" if goal is None else f"goal {goal}{', missed' if late else ''}"
            print(f"{seconds * 1000:6.0f} ms {seconds / unit:5.2f} units  {command}  {told}", flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(min(main(), 1))

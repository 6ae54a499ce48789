"""CPU time of simple commands: `python benchmarks/startup.py`; exits with 1 above the goal.

Commands run from compiled bytecode, as installed, whatever PYTHONDONTWRITEBYTECODE is.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

COMMAND = [sys.executable, "-c", "from monitor.cli import main; main()"]
GOAL = 0.250  # CPU seconds
RUNS = 7
BOUND = ("--help", "--version", "feeds list", "topics list", "stories list", "alerts list", "status")
OTHERS = (
    "check",
    "doctor",
    "digest",
    "items search police",
    "topics learn x seeds/police-face-recognition/brief-1.txt",
)


def cpu_of(arguments: list[str], folder: Path) -> float:
    """Return the CPU seconds of one run, user and system."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*COMMAND, *arguments], cwd=folder, check=False, capture_output=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> int:
    """Print the median and the least of each command, and return how many miss the goal."""
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
        cpu_of(["init"], folder)
        cpu_of(["feeds", "list"], folder)  # creates the tables, which happens only once
        for command in (*BOUND, *OTHERS):
            cpu_of(command.split(), folder)  # compiles the imported modules
            times = sorted(cpu_of(command.split(), folder) for _ in range(RUNS))
            late = command in BOUND and statistics.median(times) > GOAL
            missed += late
            verdict = "  over the goal" if late else ""
            print(
                f"{statistics.median(times) * 1000:6.0f} ms, at least {times[0] * 1000:.0f}  {command}{verdict}"
            )
    return missed


if __name__ == "__main__":
    sys.exit(min(main(), 1))

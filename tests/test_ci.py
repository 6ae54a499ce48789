"""What `.ci/run` leaves behind: a summary, and no process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).parent.parent
DEADLINE = 60  # seconds, on a slow machine
# A run that starts something in a session of its own, as tests start daemons, and is killed.
RUN = """
setsid .ci/reap $$ "$1" </dev/null >/dev/null 2>&1 &
export CI_RUN=$1
setsid sleep 600 >/dev/null 2>&1 & echo $!
wait
"""
CASES = """<testsuites><testsuite>
<testcase classname="tests.core.test_x"/><testcase classname="tests.core.test_y"/>
<testcase classname="tests.edges.test_x"><failure/></testcase><testcase classname="tests.test_docs"/>
</testsuite></testsuites>"""


def test_a_killed_run_leaves_nothing_running() -> None:
    """What it started ends after SIGKILL of the run, also in another session."""
    mark = f"test-{os.getpid()}"
    with subprocess.Popen(
        ["bash", "-c", RUN, "run", mark], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        left = Path("/proc") / run.stdout.readline().strip()
        assert b"sleep" in (left / "cmdline").read_bytes()
        run.send_signal(signal.SIGKILL)
    until = time.monotonic() + DEADLINE
    while _is_running(left) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _is_running(left)


def _is_running(process: Path) -> bool:
    try:
        return "\nState:\tZ" not in (process / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def summary(notes: Path) -> subprocess.CompletedProcess[str]:
    """Return what the program of the summary prints of these notes."""
    program = [sys.executable, PROJECT / ".ci" / "summary.py", notes]
    return subprocess.run(program, capture_output=True, text=True, check=False)


def test_the_summary_counts_tests_by_kind_and_names_what_failed(tmp_path: Path) -> None:
    """It has a line for each step, each kind of tests, and each thing that was built."""
    (tmp_path / "steps").write_text("lint\t75\tok\nslow tests\t600\tFAILED (1)\n", encoding="utf-8")
    (tmp_path / "fast.xml").write_text(CASES, encoding="utf-8")
    (tmp_path / "released").write_text("wheel: 900 kB\n", encoding="utf-8")
    done = summary(tmp_path)
    assert done.returncode == 0
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["lint", "1:15", "ok"] in lines
    assert ["slow", "tests", "10:00", "FAILED", "(1)"] in lines
    assert ["core", "2", "0"] in lines
    assert ["1", "fast", "tests", "of", "edges", "failure"] in lines
    assert ["wheel:", "900", "kB"] in lines


def test_too_few_covered_branches_fail_the_run(tmp_path: Path) -> None:
    """The summary exits with 1, and says how many are promised."""
    for covered, code in ((95, 0), (80, 1)):
        totals = {"covered_branches": covered, "num_branches": 100}
        (tmp_path / "coverage.json").write_text(json.dumps({"totals": totals}), encoding="utf-8")
        done = summary(tmp_path)
        assert (done.returncode, f"{covered}.0 % of branches" in done.stdout) == (code, True)


def test_a_run_that_was_broken_off_has_a_summary_too(tmp_path: Path) -> None:
    """Nothing was noted yet."""
    assert summary(tmp_path).returncode == 0

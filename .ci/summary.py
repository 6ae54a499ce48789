"""The summary of a run of `.ci/run`, from the notes that its steps left in a folder: `summary.py FOLDER`.

Exits with 1 if the share of covered branches has fallen below its bound.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAST_BRANCHES, GOAL = (
    88,
    90,
)  # per cent of the branches, by the fast tests; what commands run by themselves is not counted
SUITES = ("fast", "slow")


def main(notes: Path) -> int:
    """Print the summary and return the exit code."""
    print("\n== Summary\n")
    for line in (*_steps(notes), *_tests(notes), *_released(notes)):
        print(line)
    covered = _branches(notes)
    if covered is None:
        return 0
    print(f"coverage   {covered:.1f} % of branches by the fast tests, the goal is {GOAL} %")
    return int(covered < LEAST_BRANCHES)


def _steps(notes: Path) -> Iterator[str]:
    """Yield a line for each step: its time and its result."""
    steps = [line.split("\t") for line in _lines(notes / "steps")]
    for name, seconds, result in steps:
        yield f"{name:24} {_minutes(int(seconds)):>6}  {result}"
    yield f"{'all':24} {_minutes(sum(int(seconds) for _, seconds, _ in steps)):>6}\n"


def _minutes(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02}"


def _tests(notes: Path) -> Iterator[str]:
    """Yield a line for each kind of tests: how many passed, and what did not."""
    found = {suite: _cases(notes / f"{suite}.xml") for suite in SUITES}
    kinds = sorted({kind for counts in found.values() for kind, _ in counts})
    yield f"{'tests':10} {'fast':>6} {'slow':>6}"
    for kind in kinds:
        yield f"{kind:10} " + " ".join(f"{found[suite][kind, 'passed']:>6,}" for suite in SUITES)
    for suite in SUITES:
        for (kind, result), count in sorted(found[suite].items()):
            if result != "passed":
                yield f"{count} {suite} tests of {kind} {result}"
    yield ""


def _cases(path: Path) -> Counter[tuple[str, str]]:
    """Count the tests of a run by kind and result; a kind is a folder of tests."""
    if not path.exists():
        return Counter()
    counts: Counter[tuple[str, str]] = Counter()
    for case in ET.parse(path).iter("testcase"):  # noqa: S314  # pytest wrote it
        parts = case.get("classname", "").split(".")
        kind = parts[1] if len(parts) > 2 else "others"  # noqa: PLR2004  # tests.KIND.MODULE
        results = [child.tag for child in case if child.tag in {"failure", "error", "skipped"}]
        counts[kind, results[0] if results else "passed"] += 1
    return counts


def _released(notes: Path) -> Iterator[str]:
    """Yield what was built, as `.ci/build` says it."""
    yield from _lines(notes / "released")


def _branches(notes: Path) -> float | None:
    """Return how many per cent of the branches are covered; None if that was not measured."""
    path = notes / "coverage.json"
    if not path.exists():
        return None
    totals = json.loads(path.read_text(encoding="utf-8"))["totals"]
    return float(100 * totals["covered_branches"] / totals["num_branches"])


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

"""What each direct dependency costs: megabytes on disk, alone and with what only it needs, and milliseconds to import.

    .venv/bin/python benchmarks/dependencies.py

Compiled Python files (.pyc) are not counted. The time is CPU time of a process that imports the package, less that of
an empty one: the least of some tries, since other work on the machine only adds to it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
TRIES = 7
CPU = "import time\n{}\nprint(time.process_time() * 1000)"
USED = {
    "feedparser": "feedparser",
    "selectolax": "selectolax.lexbor",
    "apscheduler": "apscheduler.schedulers.asyncio",
}


def main() -> None:
    """Print a table with a row for each direct dependency, the largest first."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = project["dependencies"]
    everything = closure(asked)
    print("| dependency | MB | MB less without it | import ms |\n|---|---|---|---|")
    print(*rows(asked), sep="\n")
    for extra, more in project["optional-dependencies"].items():
        print(f"| extra `{extra}` | | {sum(map(megabytes, closure([*asked, *more]) - everything)):.1f} | |")
    print(f"\nThe default install: {sum(map(megabytes, everything)):.0f} MB in {len(everything)} packages.")


def rows(asked: list[str]) -> list[str]:
    """Return the rows of the direct dependencies."""
    found = []
    for name in names(asked):
        others = [one for one in asked if canonicalize_name(Requirement(one).name) != name]
        found.append((sum(map(megabytes, closure(asked) - closure(others))), name))
    empty = import_ms("")
    return [
        f"| {name} | {megabytes(name):.1f} | {less:.1f} | {max(0, import_ms(module_of(name)) - empty):.0f} |"
        for less, name in sorted(found, reverse=True)
    ]


def requirements(asked: list[str], extra: str = "") -> set[Requirement]:
    """Return the requirements that hold on this machine, with an extra of the package that asks or without."""
    found = map(Requirement, asked)
    return {one for one in found if one.marker is None or one.marker.evaluate({"extra": extra})}


def names(asked: list[str]) -> set[str]:
    """Return the names of requirements."""
    return {canonicalize_name(one.name) for one in requirements(asked)}


def closure(asked: list[str]) -> set[str]:
    """Return the packages that are asked for, with all that they need."""
    found: set[str] = set()
    waiting = requirements(asked)
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        needed = distribution(name).requires or []
        extras = set().union(*(requirements(needed, extra) for extra in one.extras)) if one.extras else set()
        waiting |= {
            more for more in requirements(needed) | extras if canonicalize_name(more.name) not in found
        }
        found.add(name)
    return found


def megabytes(name: str) -> float:
    """Return the size of a package's files."""
    files = [file.locate() for file in distribution(name).files or [] if file.suffix != ".pyc"]
    return sum(Path(str(file)).stat().st_size for file in files if Path(str(file)).is_file()) / 1e6


def module_of(name: str) -> str:
    """Return the module by which storywatch uses a package."""
    modules = defaultdict(list)
    for module, owners in packages_distributions().items():
        for owner in owners:
            modules[canonicalize_name(owner)].append(module)
    public = sorted(module for module in modules[name] if not re.match(r"_|.*_test", module))
    return USED.get(name, public[-1])


def import_ms(module: str) -> float:
    """Return the CPU time of a process that imports a module."""
    program = CPU.format(f"import {module}" if module else "")
    times = [
        float(
            subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        )
        for _ in range(TRIES)
    ]
    return min(times)


if __name__ == "__main__":
    main()

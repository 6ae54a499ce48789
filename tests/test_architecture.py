"""The house stays tidy: floors, doors, sizes, no circles."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("alerts", "monitor", "storage")
CODE = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
EVERYTHING = sorted([*CODE, *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")])
MAX_FILE = 300  # lines
MAX_FUNCTION = 40  # lines


def layers() -> list[str]:
    """Return the layers of the contract, from the top."""
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    [contract] = [
        one for one in configuration["tool"]["importlinter"]["contracts"] if one["type"] == "layers"
    ]
    return list(contract["layers"])


def names_of(layer: str) -> list[str]:
    """Return the modules that stand on a layer."""
    return [name.strip() for name in layer.replace(":", "|").split("|")]


def floors() -> list[str]:
    """Return every module that the layers contract names."""
    return [name for layer in layers() for name in names_of(layer)]


def modules() -> Iterator[str]:
    """Yield the dotted name of every module that holds code."""
    for path in CODE:
        if "migrations" in path.parts or path.name == "__init__.py":
            continue
        yield ".".join(path.relative_to(ROOT).with_suffix("").parts)


def test_every_module_stands_on_a_floor() -> None:
    """A new file is given its floor in pyproject.toml before it is written."""
    named = floors()
    homeless = [
        module
        for module in modules()
        if not any(module == floor or module.startswith(f"{floor}.") for floor in named)
    ]
    assert homeless == []


def drawn() -> list[list[str]]:
    """Return the modules of each row of the table in docs/architecture.md, from the top."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = [
        line.split("|")[1] for line in page.splitlines() if re.match(r"\| `(alerts|monitor|storage)\.", line)
    ]
    return [
        [module for quoted in re.findall(r"`([^`]+)`", row) for module in expanded(quoted)] for row in rows
    ]


def expanded(quoted: str) -> list[str]:
    """Return `a.{b c}` as `a.b` and `a.c`."""
    package, _, inner = quoted.partition("{")
    return [package + name for name in inner.rstrip("}").split()] if inner else [quoted]


def test_the_table_of_floors_is_true() -> None:
    """docs/architecture.md shows every floor of pyproject.toml, none above one that stands higher there."""
    rows = {module: number for number, row in enumerate(drawn()) for module in row}
    assert sorted(rows) == sorted(floors()), "write a new module into the table of docs/architecture.md"
    heights = [{rows[module] for module in names_of(layer)} for layer in layers()]
    assert all(max(upper) <= min(lower) for upper, lower in pairwise(heights))


def test_the_contracts_hold() -> None:
    """Arrows run down only; each third party has one door; decisions are pure."""
    linted = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout


def test_there_are_no_circles() -> None:
    """No module imports itself over others, not even for its types."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    circles = [
        (module, imported)
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if graph.find_shortest_chain(importer=imported, imported=module) and not module.startswith(imported)
    ]
    assert circles == []


@pytest.mark.parametrize("path", EVERYTHING, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_short(path: Path) -> None:
    """No file over 300 lines, no function over 40."""
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MAX_FILE
    long = {
        node.name: node.end_lineno - node.lineno + 1
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION
    }
    assert long == {}


def test_nothing_is_mocked() -> None:
    """Tests use real parts or fakes written by hand."""
    mocking = [path for path in EVERYTHING if "unittest" + ".mock" in path.read_text(encoding="utf-8")]
    assert mocking == []

"""Rules on the structure of the code: layers, third-party imports, sizes, no circles."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from enum import Enum
from importlib import import_module
from pathlib import Path

import grimp
import pytest

from storage.schema import metadata

ROOT = Path(__file__).parent.parent
PACKAGES = ("alerts", "monitor", "storage")
CODE = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
LAUNCHER = (ROOT / "storywatch").rglob("*.py")
EVERYTHING = sorted([*CODE, *LAUNCHER, *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")])
MAX_FILE = 300  # lines
MAX_FUNCTION = 40  # lines
MAX_FLOORS = 12
MAX_MODULES = 15
LARGE_PACKAGES = ("storage/stores", "monitor/polling/parsing", "monitor/config")
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])


def floors() -> list[list[str]]:
    """Return the packages of each layer of the first contract, from the top."""
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(
        one for one in configuration["tool"]["importlinter"]["contracts"] if one["type"] == "layers"
    )
    return [[name.strip() for name in layer.split("|")] for layer in contract["layers"]]


def packages() -> list[Path]:
    """Return the folder of every package."""
    return sorted({path.parent for path in CODE if path.name == "__init__.py"})


def modules_in(package: Path) -> list[Path]:
    """Return the modules directly in a package."""
    return sorted(path for path in package.glob("*.py") if path.name != "__init__.py")


def test_there_are_few_floors_and_all_are_packages() -> None:
    """At most twelve layers, and each name in them is a package."""
    assert len(floors()) <= MAX_FLOORS
    named = [ROOT.joinpath(*name.split(".")) for floor in floors() for name in floor]
    assert [folder for folder in named if not (folder / "__init__.py").is_file()] == []


def test_every_module_is_in_a_layer() -> None:
    """No module is beside the packages of `monitor`, and each of these packages is in a layer."""
    named = {name for floor in floors() for name in floor}
    assert modules_in(ROOT / "monitor") == []
    rooms = {f"monitor.{package.name}" for package in packages() if package.parent == ROOT / "monitor"}
    assert rooms | {"alerts", "storage"} == named


@pytest.mark.parametrize("package", packages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_packages_are_small_and_say_what_they_hold(package: Path) -> None:
    """A package has a docstring and at most fifteen modules, except where many small ones are plainest."""
    assert ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8")))
    name = str(package.relative_to(ROOT))
    assert len(modules_in(package)) <= MAX_MODULES or name in LARGE_PACKAGES


def test_no_two_classes_share_a_name() -> None:
    """A public class name means one thing in the whole code."""
    places: dict[str, list[str]] = {}
    for path in CODE:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def test_no_two_files_of_a_room_share_a_name() -> None:
    """Within a room a file's name means one thing; the commands' files are named after the commands."""
    for room in (name.replace(".", "/") for floor in floors() for name in floor if name != "monitor.cli"):
        stems = [path.stem for path in CODE if path.is_relative_to(ROOT / room) and path.stem != "__init__"]
        stems = [stem for stem in stems if not stem.startswith("0")]  # migrations
        assert sorted({stem for stem in stems if stems.count(stem) > 1}) == []


def drawn() -> list[set[str]]:
    """Return the packages of each row of the table in docs/architecture.md, from the top."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = [
        line.split("|")[1] for line in page.splitlines() if re.match(r"\| `(alerts|monitor|storage)", line)
    ]
    return [set(re.findall(r"`([^`]+)`", row)) for row in rows]


def test_the_table_of_floors_is_true() -> None:
    """docs/architecture.md shows the layers of pyproject.toml, row by row."""
    assert drawn() == [set(floor) for floor in floors()]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_that_the_docs_name_exists(page: Path) -> None:
    """Every module or file that a page names exists."""
    text = page.read_text(encoding="utf-8")
    paths = re.findall(r"`((?:alerts|monitor|storage|tests|benchmarks|docs|seeds|deploy)/[\w./-]+)`", text)
    dotted = re.findall(r"`((?:alerts|monitor|storage)(?:\.\w+)+)`", text)
    missing = [path for path in paths if not (ROOT / path).exists()]
    assert missing + [name for name in dotted if not is_ours(name)] == []


def is_ours(name: str) -> bool:
    """Whether a dotted name is a package, a module, or something that a module defines."""
    path = ROOT.joinpath(*name.split("."))
    if path.is_dir() or path.with_suffix(".py").is_file():
        return True
    module = path.parent.with_suffix(".py")
    if name.startswith("alerts.") and name.removeprefix("alerts.") in metadata.tables["alerts"].c:  # a column
        return True
    return module.is_file() and re.search(rf"\b{path.name}\b", module.read_text(encoding="utf-8")) is not None


def test_the_contracts_hold() -> None:
    """Imports run down only, each third party has one door, and decisions are pure."""
    linted = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout


def test_there_are_no_import_cycles() -> None:
    """No module imports itself through others, not even for its types."""
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


@pytest.mark.parametrize(
    "path",
    [path for path in CODE if path.is_relative_to(ROOT / "monitor" / "cli")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_commands_read_only_through_views(path: Path) -> None:
    """No command imports a store or the engine of the database, or reads from a ledger.

    The errors and the lock of the database's file may be imported: they do not load SQLAlchemy.
    """
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    imported = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    below = {name for name in imported if name.startswith(("storage.stores", "storage.engine"))}
    assert below - {"storage.engine.errors", "storage.engine.file_lock"} == set()
    read = [
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ledger"
    ]
    assert read == []


NOT_SHOWN = {"PastItems"}  # the items that a trial judges


def _is_enum(module: str, name: str) -> bool:
    found = getattr(import_module(module), name)
    return isinstance(found, type) and issubclass(found, Enum)


@pytest.mark.parametrize(
    "path",
    [path for path in CODE if path.is_relative_to(ROOT / "monitor" / "views")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_views_hold_no_stored_values(path: Path) -> None:
    """No field of a view is a row or a stored value: a view copies what it shows into values of its own."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    stored = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith(("storage.stores", "storage.model"))
        for alias in node.names
        if not _is_enum(node.module or "", alias.name)
    }
    fields = [
        field
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name not in NOT_SHOWN
        for field in node.body
        if isinstance(field, ast.AnnAssign)
    ]
    named = [name.id for field in fields for name in ast.walk(field.annotation) if isinstance(name, ast.Name)]
    assert stored.intersection(named) == set()

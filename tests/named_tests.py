"""Looks up tests that a page names."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent


def missing_tests(names: Iterable[str]) -> list[str]:
    """Return those of the names, `FILE` or `FILE::FUNCTION`, that are no test files and tests."""
    missing = []
    for name in sorted(set(names)):
        file, _, function = name.partition("::")
        path = ROOT / file
        found = _tests_of(path) if path.exists() else set()
        if not found or (function and function not in found):
            missing.append(name)
    return missing


@cache
def _tests_of(path: Path) -> set[str]:
    """Return the names of the tests in a file."""
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }

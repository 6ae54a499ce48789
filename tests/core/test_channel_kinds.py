"""A channel type is one value in one file; no other code depends on a channel's type."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from alerts.channels.kind import ChannelKind
from alerts.channels.registry import CHANNEL_TYPES, DEFAULT_TYPE, kind_of

ROOT = Path(__file__).parents[2]
CHANNELS = ROOT / "alerts" / "channels"
PARSING = ROOT / "monitor" / "polling" / "parsing"  # elements of feeds are called `email` too
ELSEWHERE = [
    path
    for room in ("alerts", "monitor", "storage")
    for path in sorted((ROOT / room).rglob("*.py"))
    if not path.is_relative_to(CHANNELS) and not path.is_relative_to(PARSING)
]
# Words that mean other things too: a key of an item or a command's name.
AMBIGUOUS = {"feed", "command", "console"}


@pytest.mark.parametrize("name", CHANNEL_TYPES)
def test_every_channel_type_has_one_kind(name: str) -> None:
    """The registry's name is the kind's own, and no other file defines a kind of that name."""
    assert kind_of(name).name == name
    assert isinstance(kind_of(name), ChannelKind)


def test_every_file_with_a_kind_is_registered() -> None:
    """A channel type whose file is missing from the registry could not be configured."""
    defining = [path for path in CHANNELS.glob("*.py") if "\nKIND = " in path.read_text(encoding="utf-8")]
    assert len(defining) == len(CHANNEL_TYPES)
    assert DEFAULT_TYPE in CHANNEL_TYPES


@pytest.mark.parametrize("path", ELSEWHERE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_other_module_dispatches_on_channel_types(path: Path) -> None:
    """No comparison, table or match outside `alerts.channels` names a channel type."""
    found = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in set(CHANNEL_TYPES) - AMBIGUOUS
    ]
    compared = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Compare)
        and isinstance(node.left, ast.Attribute)
        and node.left.attr == "type"
        and any(isinstance(one, ast.Constant) and one.value in CHANNEL_TYPES for one in node.comparators)
    ]
    assert found + compared == []

"""SQLite and PostgreSQL give the same answers to every reading command after the same rounds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell import spoken
from two_ledgers import LATER, Both, both_lived

YEAR_LATER, MUCH_LATER = "2027-03-05T20:00:00Z", "2028-03-05T20:00:00Z"
LISTS = [
    ("alerts", "list", "--format", "json"),
    ("stories", "list", "--format", "json", "--now", LATER),
    ("topics", "list", "--format", "json"),
    ("feeds", "list", "--format", "json"),
    ("why", "s1"),
]
CHANGES = [
    ("mute", "s1", "--for", "2h", "--now", "NOW"),
    ("unmute", "s1", "--now", "NOW"),
    ("mute", "police", "--for", "1h", "--now", "NOW"),
    ("stories", "split", "s2", "i5", "--now", "NOW"),
    ("stories", "merge", "s1", "s5", "--now", "NOW"),
    ("mark", "no", "i3", "--now", "NOW"),
    ("mark", "no", "i3", "--undo", "--now", "NOW"),
    ("topics", "apply", "police", "--since", "3650d", "--now", "NOW"),
]
COMMANDS = [
    ("feeds", "list", "--format", "json"),
    ("stories", "list", "--format", "json"),
    ("stories", "show", "s1", "--format", "json"),
    ("stories", "show", "s2"),
    ("items", "search", "harbour", "--format", "json"),
    ("items", "search", '"harbour cameras" -trial', "--format", "json"),
    ("items", "search", "pol* straße", "--format", "json"),
    ("items", "search", "cafe naive", "--format", "json"),
    ("items", "search", "Café ow*", "--format", "json"),
    ("items", "search", "elephant", "--format", "json"),
    ("items", "search", "POLICE budg*", "--format", "json"),
    ("items", "show", "1"),
    ("alerts", "list", "--format", "json"),
    ("digest", "--since", "7d", "--format", "text", "--now", LATER),
    ("digest", "--since", "7d", "--format", "markdown", "--now", LATER),
    ("digest", "--since", "7d", "--format", "json", "--now", LATER),
    ("digest", "--since", "7d", "--format", "html", "--now", LATER),
    ("digest", "--since", "2d", "--topic", "police", "--format", "atom", "--now", LATER),
    ("topics", "list", "--format", "json"),
    ("topics", "explain", "police", "2"),
    ("backtest", "police", "--since", "3650d", "--format", "jsonl"),
]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, postgresql_server: str) -> Iterator[Both]:
    """Two databases that no test changes."""
    with both_lived(tmp_path_factory.mktemp("answers"), postgresql_server) as both:
        yield both


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_reading_command_says_the_same_on_both(lived: Both, command: tuple[str, ...]) -> None:
    """Output on SQLite and PostgreSQL is equal except for random ids."""
    answer = lived.agree(*command)
    assert answer.code < 2, answer.err
    assert answer.out


def test_a_changing_command_does_the_same_on_both(tmp_path: Path, postgresql_server: str) -> None:
    """Corrections, marks, mutes, replays and pruning have equal effects, also afterwards."""
    with both_lived(tmp_path, postgresql_server) as both:
        for command in CHANGES:
            ran = both.agree(*(LATER if word == "NOW" else word for word in command))
            assert ran.code == 0, (command, ran.err)
            for reading in (*LISTS, ("digest", "--since", "30d", "--format", "json", "--now", LATER)):
                assert both.agree(*reading).code < 2
        resent = [
            spoken("alerts", "replay", json.loads(listed.out)[-1]["id"], *on, folder=both.folder)
            for listed, on in zip(both.asked(*LISTS[0]), ((), ("--database", both.url)), strict=True)
        ]
        assert [one.code for one in resent] == [0, 0], resent
        assert both.agree("once", "--now", YEAR_LATER).out  # a replay is due by the real clock
        before = len(json.loads(both.agree(*LISTS[0]).out))
        assert both.agree("db", "prune", "--now", MUCH_LATER).code == 0
        assert both.agree("db", "check").code == 0
        assert len(json.loads(both.agree(*LISTS[0]).out)) < before

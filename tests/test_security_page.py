"""SECURITY.md promises nothing without a test."""

from __future__ import annotations

import re

from named_tests import ROOT, missing_tests

PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?!it cannot|they cannot|---)(.+) \| (.+) \|$", re.MULTILINE)
ATTACKERS = ("feed", "receiver", "visitor", "backup", "neighbour")


def test_every_promise_names_a_test_that_exists() -> None:
    """A row's last column holds tests and nothing else."""
    rows = ROW.findall(PAGE)
    assert len(rows) == sum(line.startswith("|") for line in PAGE.splitlines()) - 2 * len(ATTACKERS)
    parts = [part for _, shown in rows for part in shown.split("<br>")]
    assert [part for part in parts if not re.fullmatch(r"`tests/[\w/]+\.py(::test_\w+)?`", part)] == []
    assert missing_tests(part.strip("`") for part in parts) == []


def test_each_attacker_has_a_section() -> None:
    """It begins with what they can do."""
    for attacker in ATTACKERS:
        section = re.search(rf"^### A .*{attacker}.*\n\n(It|They) (can|sees) ", PAGE, re.MULTILINE)
        assert section is not None, attacker

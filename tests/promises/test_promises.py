"""The promises of docs/promises.md: what was released is still there."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from contract import KEPT, contract, withdrawn
from shell import spoken

from monitor.topics.judging.matcher import Matcher
from monitor.topics.queries.query import parse_query
from monitor.topics.vocabulary.document import Document

HERE = Path(__file__).parent
QUERIES = json.loads((HERE / "queries.json").read_text(encoding="utf-8"))
FIX = "keep it; before 1.0: python tests/promises/contract.py, and a line in CHANGELOG.md"


def promised() -> dict[str, Any]:
    """Return what was promised."""
    return json.loads(KEPT.read_text(encoding="utf-8"))


def test_nothing_that_was_promised_is_withdrawn() -> None:
    """Keys, events, endpoints, fields, commands, options, exit codes, headers and metrics of the release are still there."""
    assert withdrawn(promised(), contract()) == [], FIX


@pytest.mark.parametrize(
    ("place", "change", "words"),
    [
        (("configuration", "properties", "polling", "properties", "timeout"), None, "storywatch.toml.polling.timeout"),
        (("configuration", "properties", "contact", "type"), "integer", "storywatch.toml.contact: was string"),
        (("configuration", "required"), ["contact"], "storywatch.toml.contact: is now required"),
        (("webhook", "story.new", "properties", "data", "properties", "held"), None, "webhook story.new.data.held"),
        (("webhook", "story.new", "properties", "data", "required"), [], "webhook story.new.data.story: is not always there"),
        (("webhook", "feed.gone"), None, "webhook feed.gone"),
        (("api", "GET /api/v1/stories", "asks", "properties", "topic"), None, "GET /api/v1/stories.topic"),
        (("api", "GET /api/v1/stories"), None, "GET /api/v1/stories"),
        (("commands", "storywatch why"), None, "storywatch why"),
        (("commands", "storywatch why"), [], "storywatch why --format"),
        (("exit codes", "75"), None, "exit code 75"),
        (("webhook headers", "webhook-id"), None, "webhook header webhook-id"),
        (("metrics", "storywatch_items"), None, "metric storywatch_items"),
        (("metrics", "storywatch_feeds"), [], "metric storywatch_feeds{state}"),
    ],
)  # fmt: skip
def test_a_withdrawal_is_named(place: tuple[str, ...], change: Any, words: str) -> None:
    """The comparison finds each kind of withdrawal; None removes the place."""
    today = contract()
    changed = deepcopy(today)
    inner = changed
    for step in place[:-1]:
        inner = inner[step]
    if change is None:
        del inner[place[-1]]
    else:
        inner[place[-1]] = change
    assert words in withdrawn(today, changed)


def test_an_addition_is_no_withdrawal() -> None:
    """A new key, event, field or command breaks nothing."""
    today = contract()
    grown = deepcopy(today)
    grown["configuration"]["properties"]["colour"] = {"type": "string"}
    grown["webhook"]["story.new"]["properties"]["data"]["properties"]["colour"] = {"type": "string"}
    grown["webhook"]["story.new"]["properties"]["data"]["required"].append("colour")
    grown["webhook"]["story.old"] = grown["commands"]["storywatch paint"] = {}
    assert withdrawn(today, grown) == []


def test_a_rule_file_of_the_release_still_means_the_same(tmp_path: Path) -> None:
    """It is read, and matches the items that it matched."""
    done = spoken(
        "backtest",
        str(HERE / "rule.toml"),
        "--items",
        str(HERE / "items.jsonl"),
        "--format",
        "jsonl",
        folder=tmp_path,
    )
    assert done.code == 0, done.err
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert {line["id"]: line["matched"] for line in lines} == {
        "yes-1": True, "yes-2": True, "yes-cast": True, "no-must": False, "no-not": False, "no-points": False,
    }  # fmt: skip


@pytest.mark.parametrize("query", QUERIES["queries"])
def test_a_query_of_the_release_still_means_the_same(query: str) -> None:
    """It matches exactly the items that it matched."""
    judge = Matcher({"topic": parse_query(query, "topic")}).judge
    items = [Document(**item) for item in QUERIES["items"]]
    assert [one.id for one in items if judge(one)["topic"].matched] == QUERIES["queries"][query]

"""Views and actions of topics, on a real database."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from fakes import NOW, store, subscribe

from monitor.actions.topics.find_items import MarkRefused, items_to_mark
from monitor.actions.topics.suggest import TopicDoesNotLearn, suggest
from monitor.actions.topics.write_rule import NotARule, edit_rule, replace_rule
from monitor.actions.write_files import FileChanged, digest_of
from monitor.config.settings import TopicConfig
from monitor.topics.queries.query import parse_query
from monitor.topics.rules.parse import parse_rule
from monitor.topics.rules.rule import Breadth, Rule
from monitor.topics.topic import LearntTopic, QueryTopic
from monitor.topics.vocabulary.embeddings import PACKAGE
from monitor.views.topics import backtest
from monitor.views.topics.judgement import judge, judgement_json, stored_item
from monitor.views.topics.topics import list_topics, read_topic, topic_json, topic_row_json
from storage.database import Database

FEED = "https://example.org/feed"
RULE = 'name = "ports"\n[terms]\nharbour = 6.0\nstrike = 6.0\n'
PORTS = LearntTopic(parse_rule(RULE, "test"))
ROSES = QueryTopic(parse_query("roses", "test"))


def config(name: str, **made_of: object) -> TopicConfig:
    return TopicConfig(name=name, path=Path("storywatch.toml"), line=1, **made_of)  # type: ignore[arg-type]


def test_learnt_topics_and_queries_have_the_same_views() -> None:
    """A row of the list and the page of a topic exist for both."""
    rows = list_topics([config("ports", rule=Path("ports.toml")), config("q", query="roses", feeds=(FEED,))])
    assert [topic_row_json(row) for row in rows] == [
        {"name": "ports", "made_of": "rule ports.toml", "feeds": None},
        {"name": "q", "made_of": "query roses", "feeds": [FEED]},
    ]
    ports = topic_json(read_topic(config("ports", rule=Path("ports.toml")), PORTS))
    assert (ports["learns"], ports["threshold"], len(ports["catches"])) == (True, 10.0, 3)
    query = topic_json(read_topic(config("q", query="roses"), ROSES))
    assert (query["learns"], query["threshold"], query["catches"], query["text"]) == (
        False,
        None,
        [],
        "roses",
    )


def test_a_judgement_has_its_reasons_in_points(database: Database) -> None:
    """A stored item is judged as in live matching; a query counts no points."""
    subscribe(database, FEED)
    store(database, "Harbour strike spreads")
    with database.read() as ledger:
        item = stored_item(ledger, 1)
        assert stored_item(ledger, 99) is None
    assert item is not None
    document = item.document
    view = judge(config("ports", query="x"), PORTS, document)
    assert view.matched
    assert view.points is not None
    assert sum(why.points or 0.0 for why in view.why) == pytest.approx(view.points, abs=0.02)
    asked = judgement_json(judge(config("q", query="roses"), ROSES, document))
    assert (asked["matched"], asked["points"], asked["needed"]) == (False, None, None)


@pytest.mark.skipif(find_spec(PACKAGE) is None, reason="the semantic extra is not installed")
def test_a_preview_reads_the_meaning_of_few_items(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Judging items in other languages takes a hundred times longer: the newest are judged, the others counted."""
    monkeypatch.setattr(backtest, "PREVIEWED_BY_MEANING", 2)
    subscribe(database, FEED)
    store(
        database,
        "Harbour strike spreads",
        *(f"Der Streik im Hafen ist noch nicht zu Ende {n}" for n in range(5)),
    )
    with database.read() as ledger:
        past = backtest.read_past(ledger, now=NOW)
    view = backtest.preview(past, "ports", PORTS)
    query = backtest.preview(past, "q", ROSES)
    assert (view.left_out, view.found.items, query.left_out, query.found.items) == (3, 3, 0, 6)


def test_other_breadths_are_learnt_only_where_items_can_be_compared(sqlite_database: Database) -> None:
    """Without an archive the rules of the other breadths, which take seconds to learn, are of no use."""
    asked: list[str] = []

    def find_others() -> tuple[Rule, ...]:
        asked.append("others")
        return (replace(parse_rule(RULE, "test"), breadth=Breadth.NARROW),)

    with sqlite_database.read() as ledger:
        empty = backtest.read_past(ledger, now=NOW)
    assert backtest.read_preview(None, "ports", PORTS, find_others=find_others, now=NOW) is None
    assert backtest.read_preview(sqlite_database, "ports", PORTS, find_others=find_others, now=NOW) is None
    assert backtest.preview(empty, "ports", PORTS, find_others=find_others).at_other_breadths == ()
    assert asked == []
    subscribe(sqlite_database, FEED)
    store(sqlite_database, "Harbour strike spreads")
    view = backtest.read_preview(sqlite_database, "ports", PORTS, find_others=find_others, now=NOW)
    assert view is not None
    assert [(one.breadth, one.items) for one in view.at_other_breadths] == [("narrow", 1)]


def test_each_refusal_of_marks_and_suggestions_has_a_type(database: Database) -> None:
    """Commands and pages distinguish refusals by their type."""
    with database.read() as ledger:
        with pytest.raises(MarkRefused, match="no item i7"):
            items_to_mark(ledger, ["i7"], topics=["ports"], only=None)
        with pytest.raises(MarkRefused, match="no topic 'other'"):
            items_to_mark(ledger, ["i7"], topics=["ports"], only="other")
        with pytest.raises(TopicDoesNotLearn):
            suggest(ledger, "q", ROSES, since=NOW)


def test_an_edit_writes_neither_over_a_newer_version_nor_an_invalid_rule(tmp_path: Path) -> None:
    """The file must still have the text that the owner saw, and the new text must be a valid rule."""
    path = tmp_path / "ports.toml"
    path.write_text(RULE, encoding="utf-8")
    seen = digest_of(path)
    edit = replace_rule(path, RULE.replace("strike = 6.0", "strike = 7.0"))
    saved = edit_rule(path, edit, before=seen)
    assert [str(change) for change in saved.changes] == ["strike: 6.00 → 7.00"]
    assert saved.kept is not None
    assert saved.kept.read_text(encoding="utf-8") == RULE
    with pytest.raises(FileChanged):
        edit_rule(path, replace_rule(path, RULE), before=seen)
    with pytest.raises(NotARule, match=r"ports.toml:\d"):
        replace_rule(path, "breadth = 3")
    assert path.read_text(encoding="utf-8") == edit.text

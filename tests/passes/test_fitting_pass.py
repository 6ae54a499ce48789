"""Fitted rules in the match pass: decisions in order, the same after a restart, and kept as rows."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from builders import DAY, HOUR, MINUTE
from fakes import NOW, store, subscribe
from sqlalchemy import select

from monitor.config.settings import TopicConfig
from monitor.matching.configured import ConfiguredTopics, marks_in
from monitor.matching.read_topics.load_topics import load_topic
from monitor.topics.rules.parse import parse_rule
from monitor.topics.topic import LearntTopic
from monitor.views.history.path import path_of_item
from monitor.views.topics.fit import read_fit
from monitor.views.topics.judgement import judge_stored, stored_item
from storage import schema
from storage.database import Database
from storage.model import Publication, Verdict
from storage.stores.items import NewItem

FEED = "https://example.org/feed"
ARTICLE = """Velmont ferry sinks off Brevik with 60 aboard

A ferry on its way to Velmont went down off Brevik in heavy seas. Rescuers pulled 41 people from the water.
The Velmont ferry had left the harbour in spite of a storm warning, the coast guard said.
"""
PARTS = (
    "Velmont ferry",
    "ferry sinks off Brevik",
    "Brevik rescuers",
    "ferry survivors",
    "Velmont coast guard",
)
DETAILS = ("say water came in through the car deck", "search the sea all night", "count the passengers again",
           "ask why it left in a storm", "thank the crew of the lifeboat")  # fmt: skip
OTHERS = ("Orchard prices rise", "Coast towns plan a ferry terminal", "Ferry rescuers train in a storm")


@pytest.fixture
def topic(tmp_path: Path) -> TopicConfig:
    """A story's topic, learnt from one article."""
    (tmp_path / "ferry.txt").write_text(ARTICLE, encoding="utf-8")
    article = tmp_path / "ferry.txt"
    return TopicConfig(
        name="ferry", articles=(article,), breadth="story", path=Path("storywatch.toml"), line=1
    )


def titles(number: int) -> list[str]:
    dice = random.Random(4)
    return [
        f"{dice.choice(PARTS)}: {dice.choice(PARTS)} {dice.choice(DETAILS)}"
        if dice.random() < 0.7
        else dice.choice(OTHERS)
        for _ in range(number)
    ]


def live(database: Database, topic: TopicConfig) -> ConfiguredTopics:
    return ConfiguredTopics([topic], marks_in(database))


def stored(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Return everything that matching stored, except times; rule versions are identified by their hash."""
    version = schema.rule_versions.c
    kept = {
        schema.candidates: ("topic", "item_id", "position", "points", "matched"),
        schema.fits: ("topic", "written", "position"),
        schema.matches: ("item_id", "score", "why", "story_id"),
    }
    with database.read() as ledger:
        connection = ledger.matches._connection
        found: dict[str, list[tuple[object, ...]]] = {
            table.name: [
                tuple(row)
                for row in connection.execute(
                    select(*(table.c[name] for name in names), version.hash)
                    .join(schema.rule_versions, version.id == table.c.rule_version_id, isouter=True)
                    .order_by(*table.primary_key.columns)
                )
            ]
            for table, names in kept.items()
        }
        versions = select(version.hash, version.rule).order_by(version.id)
        found["rule_versions"] = [tuple(row) for row in connection.execute(versions)]
    return found


def test_restarts_do_not_change_decisions(database: Database, topic: TopicConfig, tmp_path: Path) -> None:
    """With a restart after every item, positions, points, fits and matches are the same as in one run."""
    other = Database.open(f"sqlite:///{tmp_path / 'other.db'}")
    try:
        steady = live(database, topic)
        for one in (database, other):
            subscribe(one, FEED)
            live(one, topic).watch(one, now=NOW)
        for number, title in enumerate(titles(45)):
            now = NOW + HOUR * number
            for one in (database, other):
                store(one, title, now=now)
            steady.run(database, now=now)
            live(other, topic).run(other, now=now)
        assert stored(database) == stored(other)
        assert len(stored(other)["fits"]) > 2
        assert {row[4] for row in stored(other)["candidates"]} == {True, False}
    finally:
        other.close()


def test_the_size_of_a_run_does_not_change_decisions(
    sqlite_database: Database, topic: TopicConfig, tmp_path: Path
) -> None:
    """Items are always decided in the order (first seen, item id)."""
    other = Database.open(f"sqlite:///{tmp_path / 'other.db'}")
    try:
        for one in (sqlite_database, other):
            subscribe(one, FEED)
            live(one, topic).watch(one, now=NOW)
        for number, title in enumerate(titles(45)):
            store(sqlite_database, title, now=NOW + MINUTE * number)
            store(other, title, now=NOW + MINUTE * number)
            live(other, topic).run(other, now=NOW + MINUTE * number)
        live(sqlite_database, topic).run(sqlite_database, now=NOW + DAY)
        assert stored(sqlite_database)["candidates"] == stored(other)["candidates"]
    finally:
        other.close()


def test_a_match_names_the_fitted_version(sqlite_database: Database, topic: TopicConfig) -> None:
    """Every fit is a rule version whose text has the time, the number of items, and the hash of the inputs."""
    subscribe(sqlite_database, FEED)
    for number, title in enumerate(titles(30)):
        store(sqlite_database, title, now=NOW + HOUR * number)
        live(sqlite_database, topic).run(sqlite_database, now=NOW + HOUR * number)
    found = stored(sqlite_database)
    matched_by = {row[-1] for row in found["matches"]}
    fitted = {row[0] for row in found["rule_versions"] if "[fitted]" in str(row[1])}
    assert len(matched_by & fitted) > 1
    assert {row[-1] for row in found["fits"]} == fitted


def test_an_edited_item_that_did_not_match_is_decided_again(
    sqlite_database: Database, topic: TopicConfig
) -> None:
    """It moves to a new position; an item that matched is not decided twice."""
    subscribe(sqlite_database, FEED)
    topics = live(sqlite_database, topic)
    [first, second] = store(sqlite_database, PARTS[1], "Ferry rescuers train in a storm")
    topics.run(sqlite_database, now=NOW)
    before = {row[1]: row for row in stored(sqlite_database)["candidates"]}
    assert not before[second][4]
    edited = NewItem(
        publication=Publication(title="Velmont ferry sinks off Brevik with 60 aboard, rescuers say"),
        key="k",
        content_hash="e",
        title_key=None,
    )
    with sqlite_database.write() as ledger:
        ledger.items.revise(second, edited, now=NOW + HOUR)
    topics.run(sqlite_database, now=NOW + HOUR)
    after = {row[1]: row for row in stored(sqlite_database)["candidates"]}
    assert after[second][4]
    assert after[first] == before[first]


def test_a_rule_is_first_fitted_to_items_from_before_its_topic(
    sqlite_database: Database, topic: TopicConfig
) -> None:
    """Items of the month before the topic are the archive, and none of them becomes a match."""
    subscribe(sqlite_database, FEED)
    nothing = ConfiguredTopics([], marks_in(sqlite_database))
    for number, title in enumerate(titles(20)):
        store(sqlite_database, title, now=NOW + HOUR * number)
    nothing.run(sqlite_database, now=NOW + DAY)
    live(sqlite_database, topic).watch(sqlite_database, now=NOW + DAY)
    store(sqlite_database, "Velmont ferry sinks off Brevik with 60 aboard", now=NOW + 2 * DAY)
    live(sqlite_database, topic).run(sqlite_database, now=NOW + 2 * DAY)
    found = stored(sqlite_database)
    assert len(found["candidates"]) > 10
    assert len(found["matches"]) == 1
    assert len(found["fits"]) == 1


def test_a_topic_with_fit_false_keeps_its_rule(sqlite_database: Database, topic: TopicConfig) -> None:
    """Every item is judged by itself, by the rule as written."""
    kept = replace(topic, fit=False)
    subscribe(sqlite_database, FEED)
    for number, title in enumerate(titles(30)):
        store(sqlite_database, title, now=NOW + HOUR * number)
    live(sqlite_database, kept).run(sqlite_database, now=NOW + 2 * DAY)
    found = stored(sqlite_database)
    assert found["matches"]
    assert not found["candidates"]
    assert len(found["rule_versions"]) == 1


def test_views_show_the_fit_and_the_neighbour(sqlite_database: Database, topic: TopicConfig) -> None:
    """`topics show`, `explain` and `why` name the fitted threshold, the added examples and the neighbour."""
    subscribe(sqlite_database, FEED)
    for number, title in enumerate(titles(30)):
        store(sqlite_database, title, now=NOW + HOUR * number)
        live(sqlite_database, topic).run(sqlite_database, now=NOW + HOUR * number)
    written = load_topic(topic)
    with sqlite_database.read() as ledger:
        shown = read_fit(ledger, "ferry", written, now=NOW + 3 * DAY)
        last = stored(sqlite_database)["matches"][-1]
        one = stored_item(ledger, int(str(last[0])))
        assert one is not None
        explained = judge_stored(ledger, topic, written, one)
        item = ledger.items.get(int(str(last[0])))
        assert item is not None
        steps = path_of_item(ledger, item)
    assert shown.fitted is not None
    assert shown.fitted.endswith("items; 10.0 by default")
    assert shown.learnt_on is not None
    assert {scored.matched for scored in shown.scores} == {True, False}
    assert shown.topic.threshold == shown.threshold != written.threshold
    assert any(why.term.startswith("near i") for why in explained.why)
    assert explained.matched
    assert explained.score == pytest.approx(last[1])
    assert any("fitted on" in step.words and "near i" in step.words for step in steps)


def test_a_topic_that_is_not_fitted_shows_its_scores_too(sqlite_database: Database) -> None:
    """Its items are judged when they are shown."""
    subscribe(sqlite_database, FEED)
    store(sqlite_database, *titles(20))
    ConfiguredTopics([], marks_in(sqlite_database)).run(sqlite_database, now=NOW)
    rule = LearntTopic(parse_rule('name = "x"\n[terms]\nferry = 6.0\nbrevik = 6.0\n', "x"))
    with sqlite_database.read() as ledger:
        shown = read_fit(ledger, "x", rule, now=NOW + DAY)
    assert shown.fitted is None
    assert {scored.matched for scored in shown.scores} == {True, False}


def test_a_mark_causes_a_new_fit(sqlite_database: Database, topic: TopicConfig) -> None:
    """The changed rule is fitted to the same archive, and its decisions agree with the mark."""
    subscribe(sqlite_database, FEED)
    topics = live(sqlite_database, topic)
    for number, title in enumerate(titles(30)):
        store(sqlite_database, title, now=NOW + HOUR * number)
    topics.run(sqlite_database, now=NOW + 2 * DAY)
    told = stored(sqlite_database)["matches"][-1][0]
    with sqlite_database.write() as ledger:
        item = ledger.items.get(int(str(told)))
        assert item is not None
        ledger.marks.add("ferry", item, Verdict.NO, now=NOW + 2 * DAY)
    store(sqlite_database, titles(1)[0], now=NOW + 3 * DAY)
    topics.run(sqlite_database, now=NOW + 3 * DAY)
    written = [row[1] for row in stored(sqlite_database)["fits"]]
    assert written[-1] != written[0]

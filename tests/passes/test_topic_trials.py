"""Trials of topics, and topics at a glance, on real databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from builders import HOUR
from dock_strike import settings_in
from fakes import NOW, a_desk, store, subscribe
from newsroom import a_route, arrive, distinct

from alerts.alert import alert
from monitor.actions.alerts.mute import mute
from monitor.config.settings import Settings, TopicConfig
from monitor.topics.queries.query import parse_query
from monitor.topics.rules.parse import parse_rule
from monitor.topics.topic import LearntTopic, QueryTopic
from monitor.views.topics import backtest, trial
from monitor.views.topics.backtest import read_past
from monitor.views.topics.channel_choices import channel_choices
from monitor.views.topics.overview import read_overview
from monitor.views.topics.rule import read_rule_view, suggested_name, suggested_name_of_query
from storage.database import Database
from storage.model import Verdict

FEED, OTHER = "https://example.org/feed", "https://example.com/feed"
RULE = 'name = "ports"\n[terms]\nharbour = 4.5\nstrike = 4.5\n'
PORTS = LearntTopic(parse_rule(RULE, "test"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A configuration with one topic and two channels."""
    return settings_in(tmp_path)


def test_a_trial_has_stories_and_near_misses(database: Database) -> None:
    """Both are stories with their outlets; other items are only counted."""
    subscribe(database, FEED, OTHER)
    store(database, "Harbour strike spreads", url="https://example.org/1", now=NOW - timedelta(days=2))
    store(database, "Harbour strike spreads to the north", feed=OTHER, now=NOW - timedelta(days=2) + HOUR)
    store(database, "Roses bloom in the park", "Harbour opens a new museum", now=NOW - HOUR)
    store(database, "Harbour strike of long ago", now=NOW - timedelta(days=50))
    with database.read() as ledger:
        past = read_past(ledger, now=NOW)
    view = trial.try_topic(past, "ports", PORTS)
    assert (view.judged, view.stored, view.matched, view.story_count, view.near_count) == (4, 4, 2, 1, 1)
    [story] = view.stories
    assert (story.title, story.outlets) == ("Harbour strike spreads", ("example.org", OTHER))
    assert story.items[0].url == "https://example.org/1"
    assert set(story.items[0].terms) == {"harbour", "strike"}
    assert view.near[0].title == "Harbour opens a new museum"
    assert sum(one.items for one in view.scores) == 3
    assert story.items[0].id == "i1"


def test_a_trial_reads_the_feeds_of_its_topic_and_each_article_once(sqlite_database: Database) -> None:
    """As in matching, an article from two feeds is one item, and other feeds are ignored."""
    subscribe(sqlite_database, FEED, OTHER)
    store(sqlite_database, "Harbour strike spreads", url="https://example.org/1", now=NOW - HOUR)
    [item] = store(sqlite_database, "Harbour strike grows", feed=OTHER, now=NOW - HOUR)
    with sqlite_database.read() as ledger:
        items = ledger.items.since(NOW - timedelta(days=1))
        assert len(read_past(ledger, now=NOW).items) == 2
        past = read_past(ledger, now=NOW, feeds=[OTHER])
    assert [one.id for one in past.items] == [item]
    twice = [*items, replace(items[0], id=9, same_as=items[0].id)]
    assert list(backtest._once_each(twice)) == items


def test_the_trial_of_a_change_shows_added_and_removed_stories(sqlite_database: Database) -> None:
    """It lists the stories that only one version finds, for rules and queries."""
    subscribe(sqlite_database, FEED)
    store(sqlite_database, "Harbour strike spreads", "Harbour museum opens", "Roses bloom", now=NOW - HOUR)
    with sqlite_database.read() as ledger:
        past = read_past(ledger, now=NOW)
    wider = LearntTopic(parse_rule(RULE.replace("harbour = 4.5", "harbour = 12.0"), "test"))
    view = trial.try_change(past, "ports", PORTS, wider)
    assert ([story.title for story in view.brought], view.lost) == (["Harbour museum opens"], ())
    roses = trial.try_change(
        past, "q", QueryTopic(parse_query("harbour", "t")), QueryTopic(parse_query("roses", "t"))
    )
    assert [story.title for story in roses.brought] == ["Roses bloom"]
    assert len(roses.lost) == 2
    assert roses.after.matched == 1


def test_an_empty_database_has_an_empty_trial(sqlite_database: Database) -> None:
    """Nothing is judged, and there is no warning."""
    with sqlite_database.read() as ledger:
        past = read_past(ledger, now=NOW)
    view = trial.try_topic(past, "ports", PORTS)
    assert (view.judged, view.since, view.stories, view.warnings) == (0, None, (), ())


def test_topics_have_counts(database: Database, settings: Settings) -> None:
    """They are stories by week, alerts and marks, and the end of a mute."""

    def no_feed(*_: object) -> object:
        raise AssertionError

    mute(database, "roses", until=NOW + HOUR, topics=["roses"], find_feed=no_feed, now=NOW)
    with database.read() as ledger:
        [row] = read_overview(ledger, settings.topics, now=NOW)
    assert (row.name, row.made_of, row.weeks) == ("roses", "query roses", (0,) * 8)
    assert (row.alerts, row.yes, row.no, row.muted_until) == (0, 0, 0, NOW + HOUR)


def test_alerted_stories_count_by_their_marks(both: Database) -> None:
    """A story with a mark yes was meant, one with only a mark no was not; undone marks do not count."""
    arrive(both, *distinct(4))
    alert(both, a_desk(a_route()), now=NOW)
    with both.write() as ledger:
        items = ledger.items.since(NOW - HOUR)
        for item, verdict in zip(items, (Verdict.YES, Verdict.NO, Verdict.NO), strict=False):
            ledger.marks.add("police", item, verdict, now=NOW)
        ledger.marks.add("police", items[2], Verdict.UNDONE, now=NOW)
    topic = TopicConfig(name="police", query="police", path=Path("storywatch.toml"), line=1)
    with both.read() as ledger:
        [row] = read_overview(ledger, [topic], now=NOW)
    assert (row.this_week, row.alerts, row.yes, row.no) == (4, 4, 1, 1)


def test_a_rule_is_shown_for_people() -> None:
    """The strongest parts come first, points are shares of a match, and the name is made of its words."""
    rule = parse_rule(
        'threshold = 10.0\nmust = ["ports"]\n[terms]\nstrike = 5.0\nmuseum = -20.0\n'
        '[facets.ports]\npoints = 7.5\nwords = ["port"]\nalso = ["quay"]\n[cast]\nstranger = 1.0\nnames = ["velmont"]\n',
        "t",
    )
    view = read_rule_view(rule)
    assert [(one.text, one.share) for one in view.terms] == [("strike", 0.5), ("museum", -1.0)]
    assert (view.ideas[0].share, view.ideas[0].also, view.cast, view.stranger) == (
        0.75,
        ("quay",),
        ("velmont",),
        1.0,
    )
    assert suggested_name(rule) == "ports-strike-museum"
    assert view.must == ("ports",)
    assert suggested_name_of_query('("night train" OR title:sleeper) NOT museum') == "night-train-sleeper"


def test_channels_that_get_every_topic_need_no_choice(settings: Settings) -> None:
    """A route with `*` gets a new topic, and the other channels can be selected."""
    assert [(one.name, one.alerts, one.digests) for one in channel_choices(settings)] == [
        ("console", True, False),
        ("file", False, False),
    ]

"""A story over languages: one alert, and the reason is kept."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from builders import HOUR, MINUTE
from fakes import NOW, WordJudge, a_desk, a_topic, store, subscribe
from newsroom import FEEDS, a_route, messages

from alerts.alert import alert
from monitor.matching.match import Matching
from monitor.topics.vocabulary.embeddings import PACKAGE
from monitor.views.history.path import path_of_story
from monitor.views.history.stories import read_story, story_item_json
from monitor.views.history.story_page import read_story_page
from storage.database import Database

extra = pytest.mark.skipif(find_spec(PACKAGE) is None, reason="the semantic extra is not installed")
ENGLISH = (
    "A methane explosion at the Wronice coal mine killed four miners on Tuesday, and rescuers are still searching for six "
    "others 870 metres underground."
)
GERMAN = (
    "Bei einer Methanexplosion im Kohlebergwerk Wronice sind am Dienstag vier Bergleute ums Leben gekommen. Sechs weitere "
    "werden in 870 Metern Tiefe noch gesucht."
)
REPORTS = (
    ("Explosion at Wronice coal mine kills four miners", ENGLISH),
    ("Vier Tote nach Explosion im Bergwerk Wronice", GERMAN),
)


def a_matching() -> Matching:
    return Matching([a_topic("wronice")], WordJudge("wronice"))


@extra
@pytest.mark.parametrize("process", ["running on", "restarted"])
def test_a_translated_report_joins_and_causes_no_second_alert(database: Database, process: str) -> None:
    """The English report and its German translation are one story, alerted once, after a restart too."""
    subscribe(database, *FEEDS)
    running = a_matching()
    for number, (title, text) in enumerate(REPORTS):
        at = NOW + number * MINUTE
        store(database, title, feed=FEEDS[number], now=at, summary=text)
        (a_matching() if process == "restarted" else running).run(database, now=at)
        alert(database, a_desk(a_route()), now=at + MINUTE)
    assert len(messages(database)) == 1
    with database.read() as ledger:
        [story] = ledger.stories.since(NOW - HOUR)
        english, german = read_story(ledger, f"s{story.id}").items
        steps = [one.words for one in path_of_story(ledger, story.id) if one.what == "joined"]
        page = read_story_page(ledger, f"s{story.id}", now=NOW + HOUR)
    assert story_item_json(english)["same_meaning_as"] is None
    assert story_item_json(german)["same_meaning_as"] == english.id
    reason = f"means the same as {english.id} in English"
    assert steps == [f"story s{story.id}", f"story s{story.id}: {reason}"]
    assert [part.joined for part in page.parts] == ["", reason]

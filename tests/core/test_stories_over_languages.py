"""With the semantic extra, reports of an event in several languages form one story."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

import benchmarks
from monitor.matching.backtest import Dated, group_all
from monitor.stories.carried import names, numbers, shared
from monitor.stories.index import StoryIndex
from monitor.topics.vocabulary.document import Document
from monitor.topics.vocabulary.embeddings import PACKAGE, meanings

extra = pytest.mark.skipif(find_spec(PACKAGE) is None, reason="the semantic extra is not installed")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FILE = Path(benchmarks.__path__[0]) / "events" / "translations.jsonl"
LINES = {
    line["english"][0].split()[0]: line for line in map(json.loads, FILE.read_text("utf-8").splitlines())
}
FERRY, TRAIN, MINE, DRUG = LINES["Ferry"], LINES["Train"], LINES["Explosion"], LINES["Drugmaker"]


def a_report(line: dict[str, list[str]], kind: str, *, language: str | None = None) -> Document:
    title, summary = line[kind]
    return Document(id=f"{kind} {title}", title=title, summary=summary, language=language)


def an_index(*lines: dict[str, list[str]]) -> StoryIndex:
    """Return an index of the English reports, each in a story of its own."""
    index = StoryIndex(meanings=meanings())
    for story, line in enumerate(lines):
        index.add(a_report(line, "english"), NOON, story)
    return index


@extra
@pytest.mark.parametrize("line", [FERRY, TRAIN, MINE, DRUG], ids=["de 1", "de 2", "pl", "fr"])
def test_a_translation_joins_and_a_like_event_does_not(line):
    """The same event joins; a like event elsewhere, and another event with the same names, do not."""
    index = an_index(FERRY, TRAIN, MINE, DRUG)
    found = index.find(a_report(line, "same"), NOON + HOUR)
    assert found is not None
    assert found.is_by_meaning
    assert found.by == a_report(line, "english").id
    assert index.find(a_report(line, "other"), NOON + HOUR) is None
    assert index.find(a_report(line, "related"), NOON + HOUR) is None


@extra
def test_a_translation_after_days_does_not_join():
    """A report is translated within days; later it is about another event."""
    assert an_index(FERRY).find(a_report(FERRY, "same"), NOON + 96 * HOUR) is None


@extra
def test_later_reports_join_by_the_words_of_their_own_language():
    """The second German report is compared with the first, not with the English ones."""
    index = an_index(FERRY)
    index.add(a_report(FERRY, "same"), NOON + HOUR, 0)
    again = Document(
        id="again",
        title="Alle 214 Passagiere der Fähre Sankt Olvar vor Bellhamn gerettet",
        summary="Nach dem Brand im Maschinenraum der Fähre Sankt Olvar sind alle Fahrgäste in Sicherheit. Die Küstenwache "
        "brachte sie vor Bellhamn mit Hubschraubern und Rettungsbooten an Land.",
    )
    found = index.find(again, NOON + 2 * HOUR)
    assert found is not None
    assert (found.story, found.by) == (0, a_report(FERRY, "same").id)
    assert not found.is_by_meaning


@extra
def test_a_rebuilt_index_decides_alike():
    """Whether items were compared before, or added only now, changes nothing."""
    running, order = StoryIndex(meanings=meanings()), [FERRY, TRAIN, DRUG]
    stories: dict[str, int] = {}
    reports = [a_report(line, kind) for kind in ("english", "other", "same") for line in order]
    for number, one in enumerate(reports):
        at = NOON + number * HOUR
        rebuilt = StoryIndex(meanings=meanings())
        for earlier, known in enumerate(reports[:number]):
            rebuilt.add(known, NOON + earlier * HOUR, stories[known.id])
        found = running.find(one, at)
        assert rebuilt.find(one, at) == found
        stories[one.id] = number if found is None else found.story
        running.add(one, at, stories[one.id])
    assert len(set(stories.values())) == len(order) * 2


def test_without_the_extra_words_alone_decide():
    """An index without meanings does not compare languages."""
    index = StoryIndex()
    index.add(a_report(TRAIN, "english"), NOON, 1)
    assert index.find(a_report(TRAIN, "same"), NOON + HOUR) is None


def test_names_and_numbers_are_compared_over_scripts_and_endings():
    """Endings, scripts and separators of thousands do not matter; ordinary words are not shared."""
    assert shared(names("The mayor of Zelenodar spoke", "en"), names("мэр Зеленодара выступил", "ru")) > 0
    assert shared(names("a mine in Wronice", "en"), names("w kopalni w Wronicach", "pl")) > 0
    assert shared(names("the bank said so", "en"), names("die Bank sagte das", "de")) == 0
    assert numbers("1,200 flats, 9.75 percent, 3 men").keys() == {"1200", "9.75"}
    assert numbers("1.200 Wohnungen, 9,75 Prozent").keys() == {"1200", "9.75"}
    assert numbers("1 200 logements").keys() == {"1200"}


@extra
def test_items_before_the_window_change_nothing():
    """A process that runs for long holds older items, in other languages first; a rebuilt index does not."""
    older = StoryIndex(meanings=meanings())
    older.add(a_report(DRUG, "related", language="fr"), NOON - 960 * HOUR, 90)
    older.add(a_report(TRAIN, "related", language="de"), NOON - 960 * HOUR, 91)
    rebuilt = StoryIndex(meanings=meanings())
    copies = [
        (replace(a_report(FERRY, "same", language="de"), id="german"), 1),
        (replace(a_report(FERRY, "same", language="fr"), id="stated as French"), 2),
    ]
    for index in (older, rebuilt):
        for one, story in copies:
            index.add(one, NOON, story)
    asked = a_report(FERRY, "english", language="en")
    assert older.find(asked, NOON + HOUR) == rebuilt.find(asked, NOON + HOUR) is not None


@extra
def test_meanings_are_read_only_while_time_is_left():
    """A trial whose time is up groups by words: a translation then opens a story of its own."""
    reports = [Dated(document=a_report(FERRY, kind), at=NOON) for kind in ("english", "same")]
    assert [line.story for line in group_all(reports)] == ["s1", "s1"]
    assert [line.story for line in group_all(reports, may_go_on=lambda: False)] == ["s1", "s2"]

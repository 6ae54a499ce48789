"""Topics and stories in other languages than English: words, names, breadth, and items without a language."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.matching.backtest import from_lines, group_all, judge_all
from monitor.stories.profile import read_profile
from monitor.stories.similarity import STRANGERS_PENALTY, agreement
from monitor.text.names import named
from monitor.topics.learning.articles import read_article
from monitor.topics.learning.learn import learn
from monitor.topics.rules.rule import Breadth
from monitor.topics.topic import LearntTopic
from monitor.topics.vocabulary.document import Article, Document, spoken_in
from monitor.topics.vocabulary.frequencies import shipped
from monitor.topics.vocabulary.read_document import ReadDocument

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
EVENTS = BENCHMARKS / "events"


def rule_of(language, articles=1):
    paths = [EVENTS / language / f"article{number}.txt" for number in range(1, articles + 1)]
    return learn("oil", [read_article(path.read_bytes(), path.name) for path in paths])


def items_of(language, name="items.jsonl", event="events"):
    lines = (BENCHMARKS / event / language / name).read_text("utf-8").splitlines()
    labels = {row["id"]: row["label"] for row in map(json.loads, lines)}
    return list(from_lines(lines)), labels


@pytest.mark.parametrize("language", ["it", "nl", "ja", "ko", "tr"])
def test_reports_of_an_event_are_found_in_every_language(language):
    """From one article, items are found that do not give their language, and no item about something else."""
    items, labels = items_of(language)
    topic = LearntTopic(rule_of(language), fit=True)
    found = [labels[line.document.id] for line in judge_all(items, {"oil": topic}) if line.matched]
    assert found.count("on") >= 2
    assert "off" not in found


@pytest.mark.parametrize("language", ["it", "pt", "ja", "tr"])
def test_two_articles_on_one_event_are_a_story(language):
    """Breadth is decided in every language, not wide by default."""
    assert rule_of(language, articles=2).breadth is Breadth.STORY


def test_a_rule_shows_words_as_they_are_written():
    """Words keep their accents in a rule, though these do not count when it is compared."""
    words = [term.text for term in rule_of("tr").terms]
    assert "gemisi" in words
    assert any(not word.isascii() for word in words)


@pytest.mark.parametrize("language", ["it", "ja"])
def test_reports_of_an_event_are_one_story_without_a_language(language):
    """Three reports are grouped, and nothing else with them, whether the feed gives its language or not."""
    items, labels = items_of(language, "group.jsonl")
    for given in (None, language):
        told = [replace(one, document=replace(one.document, language=given)) for one in items]
        stories = {line.document.id: line.story for line in group_all(told)}
        [story] = {stories[name] for name, label in labels.items() if label == "event"}
        assert [name for name, its in stories.items() if its == story] == ["ev1", "ev2", "ev3"]


@pytest.mark.parametrize(
    ("event", "language"),
    [
        ("theft", "ar"),  # a name in the title begins like `so` and `to`
        ("events", "th"),  # a verb of two known words
        ("theft", "pl"),
        ("outbreak", "sv"),
        ("outbreak", "hi"),
    ],
)
def test_reports_of_one_event_and_no_other_are_one_story(event, language):
    """Three reports in other words are grouped, and a report of a similar event elsewhere is not among them."""
    items, labels = items_of(language, "group.jsonl", event)
    stories = {line.document.id: line.story for line in group_all(items)}
    [story] = {stories[name] for name, label in labels.items() if label == "event"}
    found = {labels[name] for name, its in stories.items() if its == story}
    assert found <= {"event", "on"}


def test_a_word_that_others_write_without_a_capital_is_no_name():
    """A headline begins with a capital: two reports of cracks in different towns share no name."""

    def profile(title, summary):
        return read_profile(Document(id="", title=title, summary=summary, language="pl"))

    here = profile(
        "Zamknięto wiadukt w Olszynowie, wykryto pęknięcia dźwigarów",
        "Kierowcy jadą objazdem przez Olszynów.",
    )
    elsewhere = profile("Pęknięcia: wiadukt w Nadolicach zamknięty", "Ruch skierowano na objazd.")
    same = profile("Pęknięcia: wiadukt w Olszynowie zamknięty", "Ruch skierowano na objazd.")
    assert agreement(elsewhere, [here]) < agreement(same, [here])
    assert agreement(elsewhere, [here]) <= 1 - STRANGERS_PENALTY


def test_equal_words_keep_the_order_of_the_text():
    """Of words that weigh the same, the first ones of the text are kept, not the first ones of the alphabet."""
    rule = learn(
        "x", [Article(name="a", title="Zorvath Yelmund", text="Xantil Worbek Vultos Ulmera Tarnok.")]
    )
    assert [term.text for term in rule.terms][:2] == ["zorvath", "yelmund"]


@pytest.mark.parametrize(
    ("language", "common", "rare"),
    [
        ("de", "regierung", "brücke"),
        ("hi", "सरकार", "दरार"),
        ("zh", "中国", "裂缝"),
        ("th", "คน", "หินโสโครก"),
    ],
)
def test_frequencies_are_known_in_many_languages(language, common, rare):
    """A common word is commoner than a rare one, which is commoner than an unknown one."""
    table = shipped(language)
    stem_of = {term: next(iter(_stems(term, language))) for term in (common, rare)}
    assert table.rarity(stem_of[common]) < table.rarity(stem_of[rare]) <= table.rarity("qqqq")


def _stems(text, language):
    return ReadDocument(Document(id="1", title=text)).stems("title", language)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("pl", "Minister Łukasz Brzeźny odwiedził Świdnicę i Żary.", {"łukasz", "brzeźny", "świdnicę", "żary"}),
        ("tr", "Bakan Iş\u0131l Vossan, İzmir ve Şile'yi gezdi.", {"\u0131ş\u0131l", "vossan", "izmir", "şile"}),
        ("ru", "Вчера министр Ёлкина приехала в Толмарск.", {"ёлкина", "толмарск"}),
        ("de", "Am Freitag sperrte die Stadt Olmersbach die Brücke, sagte Jutta Kallweit.", {"olmersbach", "kallweit"}),
        ("fr", "Selon le maire, la Sorenne a débordé à Brévance.", {"sorenne", "brévance"}),
    ],
)  # fmt: skip
def test_names_are_found_in_every_alphabet_with_capitals(language, text, expected):
    """Capitals of all kinds begin names; German nouns that a list holds are none."""
    found = set(named(text, language).values())
    assert expected <= found
    assert not found & {"stadt", "brücke", "freitag", "selon", "вчера"}


@pytest.mark.parametrize(
    ("said", "title", "summary", "language"),
    [
        ("de-AT", "Brücke gesperrt", "", "de"),
        ("no", "Broen er stengt", "", "nb"),
        ("en-US", "Die Talbrücke ist gesperrt", "Seit Freitag rollt kein Auto mehr über die Brücke.", "de"),
        ("en", "Мост закрыт", "", "ru"),
        ("hi", "Bridge closed in Delhi today", "", "en"),
        ("en", "Viaduct closed", "", "en"),
        (None, "Il ponte resta chiuso", "La strada è interrotta da venerdì.", "it"),
    ],
)
def test_the_language_of_an_item_is_the_one_its_feed_gives_unless_its_text_shows_another(
    said, title, summary, language
):
    """A feed that says English whatever it writes is not believed."""
    assert spoken_in(Document(id="1", title=title, summary=summary, language=said)) == language

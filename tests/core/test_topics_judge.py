"""Judging: points become a score, conditions are enforced, and every verdict has reasons."""

from __future__ import annotations

from dataclasses import replace

import pytest
from any_topics import PORT, RULE, STRIKE
from examples import a_document
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.topics.judging.matcher import Matcher
from monitor.topics.judging.score import TITLE
from monitor.topics.queries.query import parse_query
from monitor.topics.rules.rule import ALSO, Rule, Term, repetition


def judged(rule, title="", summary="", **more):
    return Matcher({"t": rule}).judge(a_document(title, summary, **more))["t"]


def test_a_facet_counts_once():
    """Two names of one idea count no more than one."""
    once = judged(RULE, summary="A strike, they said, at last.")
    twice = judged(RULE, summary="A strike: they walked out.")
    assert once.points == pytest.approx(twice.points, rel=0.05)
    assert not twice.matched
    assert judged(RULE, summary="Strike in the harbour of Velmont").matched


def test_words_of_no_example_bring_less():
    """A facet met only by a word under `also` counts that share of its points."""
    whole = judged(RULE, summary="A strike today")
    partly = judged(RULE, summary="A stoppage today")
    assert partly.points == pytest.approx(whole.points * ALSO)


def test_a_title_counts_more_than_a_summary():
    """The same words weigh more in the title."""
    assert judged(RULE, title="Harbour strike").points == pytest.approx(
        judged(RULE, summary="Harbour strike").points * TITLE
    )


def test_a_repeated_word_counts_more_where_the_rule_says_so():
    """Each further occurrence adds less; a text that repeats the summary is not counted twice."""
    rule = replace(RULE, repeated=0.6)
    once, twice = "A strike here and some calm there", "A strike here and a strike there"
    assert judged(RULE, summary=once).points == judged(RULE, summary=twice).points
    factor = judged(rule, summary=twice).points / judged(rule, summary=once).points
    assert factor == pytest.approx(repetition(2, 0.6)) == pytest.approx(1.416, abs=0.001)
    assert judged(rule, summary=once, text=once).points == judged(rule, summary=once).points
    assert judged(rule, "Strike", "A stoppage").points > judged(rule, "Strike", "A meeting").points
    assert repetition(100, 0.6) == repetition(8, 0.6)


def test_a_longer_item_needs_more():
    """Words found in a long text weigh less than in a short one."""
    short = judged(RULE, summary="Harbour strike in Velmont")
    long = judged(RULE, summary="Harbour strike in Velmont. " + "And so on it went. " * 40)
    assert short.matched
    assert long.points < short.points


@pytest.mark.parametrize(
    ("rule", "title"),
    [
        (Rule(name="r", terms=(Term(text="strike", points=99.0),), must=("harbour",)), "Strike at a school"),
        (
            Rule(name="r", terms=(Term(text="strike", points=99.0),), should=("harbour", "port")),
            "Strike at a school",
        ),
        (Rule(name="r", terms=(Term(text="strike", points=99.0),), never=("school",)), "Strike at a school"),
        (
            Rule(name="r", facets=(STRIKE, PORT), terms=(Term(text="school", points=99.0),), must=("port",)),
            "School",
        ),
    ],
)
def test_an_unmet_condition_keeps_the_score_below_the_threshold(rule, title):
    """`must`, `should` and `not` decide whatever the number of points."""
    judgement = judged(rule, title)
    assert 0 < judgement.score < 0.5
    assert not judgement.matched


def test_conditions_may_name_facets_or_words():
    """A `must` on a facet is met by any of its words, a `must` on a word by that word."""
    rule = Rule(name="r", facets=(STRIKE, PORT), must=("strike", "velmont"), threshold=5.0)
    assert judged(rule, "Dockers walked out in Velmont harbour").matched
    assert judged(rule, "Stoppage in Velmont").matched
    assert not judged(rule, "Strike in Brevik harbour").matched


def test_points_off_speak_against():
    """A negative term takes points away and is named as a reason."""
    judgement = judged(RULE, "Harbour strike: the film")
    assert not judgement.matched
    assert min(one.weight for one in judgement.why) < 0


def test_a_judgement_gives_its_reasons():
    """Positive reasons come first, with share and field; facets are named as met or missed."""
    judgement = judged(RULE, "Velmont stoppage", "Nothing else.")
    assert [(one.term, one.where) for one in judgement.why] == [("strike", "title"), ("velmont", "title")]
    assert sum(one.weight for one in judgement.why) == pytest.approx(1.0, abs=0.001)
    assert judgement.met == ("strike",)
    assert judgement.missed == ("port",)


def test_a_rule_edited_by_hand_is_obeyed():
    """An added word counts like a learnt one, a removed word no longer counts."""
    edited = Rule(name="r", terms=(Term(text="Rheinfähre", points=20.0),))
    assert judged(edited, "Neue Rheinfahre für Köln").matched
    assert not judged(edited, "Velmont ferry sinks").matched


def test_topics_that_nothing_speaks_for_answer_zero():
    """Every topic has a judgement, also those without a matching word."""
    judgements = Matcher({"r": RULE, "q": parse_query("volcano", "q")}).judge(a_document("A quiet day"))
    assert [judgements[name].score for name in ("r", "q")] == [0.0, 0.0]
    assert judgements["r"].why == ()


def test_only_the_start_of_a_full_text_counts():
    """An item with full text is judged by its beginning."""
    assert judged(RULE, text="Harbour strike in Velmont.").matched
    assert not judged(RULE, text="So it went. " * 200 + "Harbour strike in Velmont.").matched


@settings(deadline=None)  # the first judgement may load the semantic extra's model
@given(st.text(max_size=300), st.text(max_size=300))
def test_any_document_gets_a_score(title, summary):
    """Scores lie between 0 and 1 for any item, and `matched` agrees with one half."""
    judgement = judged(RULE, title, summary)
    assert 0.0 <= judgement.score <= 1.0
    assert judgement.matched == (judgement.score >= 0.5)

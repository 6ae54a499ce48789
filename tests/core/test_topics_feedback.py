"""Feedback: marks change a rule as little as needed, and changes can be undone."""

from __future__ import annotations

import random

import pytest
from examples import a_document, the_articles
from hypothesis import given
from hypothesis import strategies as st

from monitor.topics.judging.matcher import Matcher
from monitor.topics.learning.feedback import Marked, remarked
from monitor.topics.learning.learn import learn
from monitor.topics.rules.diff import changes, taken_back
from monitor.topics.rules.edit import edited
from monitor.topics.rules.format import format_rule
from monitor.topics.rules.parse import parse_rule
from monitor.topics.rules.rule import Facet, Rule, Term

RULE = Rule(
    name="ports",
    facets=(Facet(name="strike", points=4.0, words=("strike", "walkout")),),
    terms=(Term(text="harbour", points=4.0), Term(text="velmont", points=2.0)),
)
MEANT = ("Harbour strike in Velmont", "Harbour strike enters third day", "Walkout at Velmont harbour")
NOT_MEANT = (
    "Harbour strike film wins prize in Velmont",
    "Strike at the bowling club by the harbour",
    "Film of a Velmont harbour strike opens",
)


def marks(*meant, no=()):
    texts = [*((title, True) for title in meant), *((title, False) for title in no)]
    return [
        Marked(document=a_document(title, id=str(number)), meant=yes, sha256=f"{number:064x}")
        for number, (title, yes) in enumerate(texts)
    ]


def matches(rule, title):
    return Matcher({"t": rule}).judge(a_document(title))["t"].matched


def test_what_was_not_meant_matches_no_more_and_what_was_still_does():
    """The demands of all marks are met where they can be."""
    after = remarked(RULE, marks(*MEANT, no=NOT_MEANT))
    assert all(matches(after, title) for title in MEANT)
    assert not any(matches(after, title) for title in NOT_MEANT)
    assert "film" in {term.text for term in after.terms}


def test_the_rule_says_which_items_it_heard_of():
    """Each mark is a source with the hash of its text: the same marks give the same version."""
    after = remarked(RULE, marks(MEANT[0], no=NOT_MEANT[:1]))
    assert [(one.file, one.counter, one.marked) for one in after.learnt_from] == [
        ("i0", False, True),
        ("i1", True, True),
    ]
    assert format_rule(after) == format_rule(remarked(RULE, marks(MEANT[0], no=NOT_MEANT[:1])))


def test_no_mark_no_change():
    """A rule without marks is the rule that was learnt."""
    assert remarked(RULE, []) is RULE


def test_a_condition_that_keeps_out_what_was_meant_is_given_up():
    """`must`, `should` and `not` yield to the owner's word."""
    strict = Rule(
        name="p", terms=RULE.terms, facets=RULE.facets, must=("velmont",), should=("brevik",), never=("day",)
    )
    after = remarked(strict, marks("Harbour strike enters third day"))
    assert (after.must, after.should, after.never) == ((), (), ())
    kept = remarked(strict, marks(no=["Brevik harbour strike"]))
    assert (kept.must, kept.should, kept.never) == (strict.must, strict.should, strict.never)


def test_what_brings_points_never_comes_to_speak_against():
    """However many marks there are, a learnt word is weakened and not turned round."""
    after = remarked(RULE, marks(no=["Harbour strike"] * 20))
    assert all(facet.points > 0 for facet in after.facets)
    assert all(term.points > 0 for term in after.terms if term.text in ("harbour", "velmont"))


TITLES = st.lists(st.sampled_from([*MEANT, *NOT_MEANT]), max_size=6, unique=True)


@given(TITLES, st.integers(0, 6))
def test_a_change_written_is_read_as_made_and_taken_back_is_gone(titles, meant):
    """The edited file says the new rule, and taking the change back gives the old one."""
    after = remarked(RULE, marks(*titles[:meant], no=titles[meant:]))
    text = format_rule(RULE)
    written = parse_rule(edited(text, RULE, after), "rule.toml")
    assert not changes(written, after)
    assert written.learnt_from == after.learnt_from
    assert taken_back(written, RULE, written) == RULE
    assert edited(edited(text, RULE, written), written, RULE).split() == text.split()


def test_a_learnt_topic_hears_too():
    """Marks on top of articles: a function of both."""
    rule = learn("ferry", the_articles())
    title = "Velmont ferry timetable for summer is out"
    seen = remarked(rule, marks(no=[title]))
    before, after = (
        Matcher({"t": one}).judge(a_document(title))["t"].points / one.threshold for one in (rule, seen)
    )
    assert after < before


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_changes_is_that_of_their_size(seed):
    """The largest come first, whatever order the rule has them in."""
    terms = list(remarked(RULE, marks(no=NOT_MEANT)).terms)
    random.Random(seed).shuffle(terms)
    found = changes(RULE, Rule(name="ports", facets=RULE.facets, terms=tuple(terms)))
    sizes = [abs((one.new or 0) - (one.old or 0)) for one in found]
    assert sizes == sorted(sizes, reverse=True)

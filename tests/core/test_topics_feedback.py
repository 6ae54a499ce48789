"""Feedback: marks change a rule as little as needed, and changes can be undone."""

from __future__ import annotations

import random
from dataclasses import replace

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


def test_marks_are_met():
    """Items marked `no` stop matching and items marked `yes` match, where both are possible."""
    after = remarked(RULE, marks(*MEANT, no=NOT_MEANT))
    assert all(matches(after, title) for title in MEANT)
    assert not any(matches(after, title) for title in NOT_MEANT)
    assert "film" in {term.text for term in after.terms}


SUBJECT = learn("ferry", the_articles(), breadth="wide")
ON_IT = Marked(
    document=a_document(
        "Hovercraft to Tornau stopped by the harbour master",
        "The hovercraft line between Velmont and Tornau is closed after water came in through the car deck.",
        id="9",
    ),
    meant=True,
)
OFF_IT = Marked(document=a_document("Velmont ferry film wins the Brevik prize", id="10"), meant=False)


def test_a_wanted_item_is_an_example_of_a_subject():
    """A rule on a subject takes up its words and matches it; words of an unwanted item speak against."""
    after = remarked(SUBJECT, [ON_IT, OFF_IT])
    points = {term.text: term.points for term in after.terms}
    assert points["hovercraft"] > 0 > points["film"]
    assert after.threshold == SUBJECT.threshold
    assert [Matcher({"t": after}).judge(one.document)["t"].matched for one in (ON_IT, OFF_IT)] == [
        True,
        False,
    ]


def test_an_item_is_an_example_once():
    """A rule that has learnt from a mark does not learn from it again."""
    after = remarked(SUBJECT, [ON_IT])
    again = remarked(after, [ON_IT])
    assert [term for term in again.terms if term not in after.terms] == []


def test_taking_a_mark_back_removes_the_ideas_it_brought():
    """Ideas and words that came with a mark go with it; an edit made since stays."""
    after = remarked(SUBJECT, [ON_IT])
    brought = Facet(name="hovercraft", points=2.0, words=("hovercraft",))
    wider = tuple(replace(one, words=(*one.words, "steamer")) for one in after.facets)
    after = replace(after, facets=(*wider, brought))
    back = taken_back(replace(after, threshold=9.0), SUBJECT, after)
    assert back == replace(SUBJECT, threshold=9.0)


def test_the_rule_lists_the_marked_items():
    """Each mark is a source with the hash of its text, so the same marks give the same version."""
    after = remarked(RULE, marks(MEANT[0], no=NOT_MEANT[:1]))
    assert [(one.file, one.counter, one.marked) for one in after.learnt_from] == [
        ("i0", False, True),
        ("i1", True, True),
    ]
    assert format_rule(after) == format_rule(remarked(RULE, marks(MEANT[0], no=NOT_MEANT[:1])))


def test_without_marks_the_rule_is_unchanged():
    """A rule without marks is the rule that was learnt."""
    assert remarked(RULE, []) is RULE


def test_a_condition_that_excludes_a_wanted_item_is_removed():
    """`must`, `should` and `not` yield to the owner's marks."""
    strict = Rule(
        name="p", terms=RULE.terms, facets=RULE.facets, must=("velmont",), should=("brevik",), never=("day",)
    )
    after = remarked(strict, marks("Harbour strike enters third day"))
    assert (after.must, after.should, after.never) == ((), (), ())
    kept = remarked(strict, marks(no=["Brevik harbour strike"]))
    assert (kept.must, kept.should, kept.never) == (strict.must, strict.should, strict.never)


def test_a_positive_term_never_becomes_negative():
    """Any number of marks only weakens a learnt word."""
    after = remarked(RULE, marks(no=["Harbour strike"] * 20))
    assert all(facet.points > 0 for facet in after.facets)
    assert all(term.points > 0 for term in after.terms if term.text in ("harbour", "velmont"))


TITLES = st.lists(st.sampled_from([*MEANT, *NOT_MEANT]), max_size=6, unique=True)


@given(TITLES, st.integers(0, 6))
def test_a_written_change_can_be_undone(titles, meant):
    """The edited file gives the new rule, and undoing the change gives the old one."""
    after = remarked(RULE, marks(*titles[:meant], no=titles[meant:]))
    text = format_rule(RULE)
    written = parse_rule(edited(text, RULE, after), "rule.toml")
    assert not changes(written, after)
    assert written.learnt_from == after.learnt_from
    assert taken_back(written, RULE, written) == RULE
    assert edited(edited(text, RULE, written), written, RULE).split() == text.split()


def test_marks_apply_to_a_topic_learnt_from_articles():
    """The rule is a function of articles and marks."""
    rule = learn("ferry", the_articles())
    title = "Velmont ferry timetable for summer is out"
    seen = remarked(rule, marks(no=[title]))
    before, after = (
        Matcher({"t": one}).judge(a_document(title))["t"].points / one.threshold for one in (rule, seen)
    )
    assert after < before


@pytest.mark.parametrize("seed", range(3))
def test_changes_are_listed_by_size(seed):
    """The largest come first, whatever their order in the rule."""
    terms = list(remarked(RULE, marks(no=NOT_MEANT)).terms)
    random.Random(seed).shuffle(terms)
    found = changes(RULE, Rule(name="ports", facets=RULE.facets, terms=tuple(terms)))
    sizes = [abs((one.new or 0) - (one.old or 0)) for one in found]
    assert sizes == sorted(sizes, reverse=True)

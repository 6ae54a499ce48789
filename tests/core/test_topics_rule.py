"""The rule file: a written rule reads back as the same rule, and every error is reported."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.starter import seeded_rule
from monitor.text.stems import phrase_stems
from monitor.topics.rules.edit import edited
from monitor.topics.rules.format import format_rule, is_as_learnt
from monitor.topics.rules.parse import parse_rule
from monitor.topics.rules.rule import Breadth, Facet, Rule, RuleError, Source, Term

WORDS = st.text(alphabet="abcdefghij 'é\"\\\n\x7f#=[]", min_size=1, max_size=12).filter(
    lambda text: phrase_stems(text, "en")
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
POINTS = st.floats(min_value=0.01, max_value=1e6)
TERMS = st.lists(
    st.builds(Term, text=WORDS, points=NUMBERS, articles=st.lists(st.integers(1, 9), max_size=3).map(tuple)),
    max_size=5,
    unique_by=lambda term: phrase_stems(term.text, "en"),
).map(tuple)
FACETS = st.lists(
    st.builds(
        Facet,
        name=st.text(min_size=1, max_size=8),
        points=POINTS,
        words=st.lists(WORDS, min_size=1, max_size=3).map(tuple),
        also=st.lists(WORDS, max_size=2).map(tuple),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda facet: facet.name,
).map(tuple)
SOURCES = st.lists(
    st.builds(
        Source,
        file=st.text(),
        sha256=st.text(),
        date=st.none() | st.dates(),
        counter=st.booleans(),
        marked=st.booleans(),
    ),
    max_size=3,
).map(tuple)
RULES = st.builds(
    Rule,
    name=st.text(),
    breadth=st.sampled_from(Breadth),
    threshold=POINTS,
    repeated=st.just(0.0) | POINTS,
    terms=TERMS,
    facets=FACETS,
    must=st.lists(WORDS, max_size=2).map(tuple),
    should=st.lists(WORDS, max_size=2).map(tuple),
    learnt_from=SOURCES,
)

A_RULE = Rule(
    name="ports",
    breadth=Breadth.NARROW,
    terms=(Term(text="dock workers", points=4.5, articles=(1, 2)), Term(text="velmont", points=-1.0)),
    facets=(Facet(name="strike", points=5.0, words=("strike", "walkout"), also=("stoppage",)),),
    must=("strike",),
    never=("submarine",),
    learnt_from=(
        Source(file="a.txt", sha256="00", date=date(2024, 5, 2)),
        Source(file="b", sha256="1", counter=True),
    ),
)


@given(RULES)
def test_a_rule_printed_and_read_back_is_the_same(rule):
    """Names, weights, conditions and sources survive the file, with any characters."""
    assert parse_rule(format_rule(rule), "topic.toml") == rule


@given(RULES, RULES)
def test_any_rule_can_be_edited_into_any_other(before, after):
    """Terms, facets, conditions and cast of one rule become those of the other, except for their order."""
    after = replace(after, name=before.name, learnt_from=before.learnt_from)
    found = parse_rule(edited(format_rule(before), before, after), "topic.toml")
    assert sorted(found.facets, key=str) == sorted(after.facets, key=str)
    assert {term.text: term.points for term in found.terms} == {
        term.text: term.points for term in after.terms
    }
    kept = {"terms": (), "facets": ()}
    assert replace(found, **kept) == replace(after, **kept)


def test_an_edit_keeps_the_comments_of_its_file():
    """Unchanged parts keep the owner's formatting."""
    text = format_rule(A_RULE).replace("points = 5.0", "points = 5.0  # checked in May")
    after = replace(
        A_RULE, breadth=Breadth.WIDE, facets=(replace(A_RULE.facets[0], also=()),), terms=A_RULE.terms[:1]
    )
    found = edited(text, A_RULE, after)
    assert "# checked in May" in found
    assert found.startswith("# A rule learnt from")
    assert "velmont" not in found


def test_a_printed_rule_is_readable():
    """Weights are beside their words, and the file says how to edit it."""
    text = format_rule(A_RULE)
    assert '"dock workers" = 4.5' in text
    assert 'also = ["stoppage"]' in text
    assert 'not = ["submarine"]' in text
    assert "date = 2024-05-02" in text
    assert text.startswith("# ")
    assert parse_rule(text, "topic.toml") == A_RULE


def test_a_rule_by_hand_may_be_short():
    """Everything is optional except something that gives points."""
    rule = parse_rule('must = "strike"\n[terms]\nstrike = 10', "topic.toml")
    assert rule == Rule(name="", must=("strike",), terms=(Term(text="strike", points=10.0),))


GOOD = "[terms]\nport = 2\n"


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        ("nmae = 'x'\n" + GOOD, 1, "unknown key 'nmae'"),
        ("name = 3\n" + GOOD, 1, "name = 3 is not a text"),
        ("\nbreadth = 'broad'\n" + GOOD, 2, "unknown breadth 'broad'"),
        ("threshold = 'ten'\n" + GOOD, 1, "'threshold' = \"ten\" is not a number"),
        ("threshold = 0\n" + GOOD, 1, "0 or less"),
        ("[terms]\nport = 2\ncity = 'much'\n", 3, "'city' = \"much\" is not a number"),
        ("[terms]\nport = true\n", 2, "is not a number"),
        ("[terms]\nport = nan\n", 2, "is not a number"),
        ("terms = 3", 1, "is not a table"),
        ("[terms]\n'--' = 1\n", 2, "has no word in it"),
        ("[terms]\nport = 2\nports = 3\n", 3, "'ports' and 'port' are one term"),
        ("name = 'x'\n", 1, "can never match"),
        ("must = ['port']\nnot = ['ports']\n" + GOOD, 2, "is in must and in not"),
        ("should = ['dock']\nnot = ['dock']\n" + GOOD, 2, "is in should and in not"),
        ("not = ['port']\n" + GOOD, 3, "brings points and stands in not"),
        ("must = [1]\n" + GOOD, 1, "is not a list of texts"),
        ("must = ['?']\n" + GOOD, 1, "has no word in it"),
        (GOOD + "[facets.port]\nwords = ['port']\n", 3, "has no points"),
        (GOOD + "[facets.port]\npoints = 1\n", 3, "has no words"),
        (GOOD + "[facets.port]\npoints = 1\nword = ['port']\n", 5, "unknown key 'word'"),
        (GOOD + "[facets]\nport = 1\n", 4, "is not a table"),
        (GOOD + "[found_in]\nport = 'a'\n", 4, "not a list of numbers"),
        (GOOD + "[[learnt_from]]\nfile = 'a'\n[[learnt_from]]\nfiel = 'b'\n", 6, "unknown key 'fiel'"),
        (GOOD + "[[learnt_from]]\ndate = 'May'\n", 4, "is not a day"),
        ("learnt_from = [1]\n" + GOOD, 1, "not a list of tables"),
        ("[terms\n", 1, "not TOML"),
        ("[terms]\nport = \n", 2, "not TOML"),
        ("a = " + "[" * 5000, 1, ""),
        ("#" * 1_000_001, 1, "too long"),
    ],
)
def test_a_wrong_rule_names_file_line_cause_and_remedy(text, line, cause):
    """Each mistake in a rule file gives one clear sentence."""
    with pytest.raises(RuleError) as refused:
        parse_rule(text, "topic.toml")
    assert str(refused.value).startswith(f"topic.toml:{line}: ")
    assert cause in str(refused.value)
    assert "; " in str(refused.value)


@given(st.text(max_size=80))
def test_any_text_is_a_rule_or_an_error(text):
    """Any text is a rule or a rule error."""
    with contextlib.suppress(RuleError):
        assert parse_rule(text, "topic.toml").threshold > 0


def test_the_shipped_rule_is_as_it_was_learnt() -> None:
    """The rule that comes with storywatch is fitted like one that was learnt just now."""
    assert is_as_learnt(parse_rule(seeded_rule(), "topic.toml"))


def test_comments_do_not_edit_a_rule() -> None:
    """A rule file without its comments, or with others, is as it was learnt; with another value it is not."""
    plain = re.sub(r"^#.*\n|  #.*$", "", seeded_rule(), flags=re.MULTILINE)
    assert plain != seeded_rule()
    assert is_as_learnt(parse_rule(plain, "topic.toml"))
    assert not is_as_learnt(parse_rule(plain.replace("threshold = 10.0", "threshold = 9.0"), "topic.toml"))

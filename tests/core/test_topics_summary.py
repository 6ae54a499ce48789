"""The sentences on what a rule catches at each breadth."""

from __future__ import annotations

from examples import a_document, the_articles

from monitor.topics.judging.matcher import Matcher
from monitor.topics.learning.learn import learn
from monitor.topics.learning.summary import reach
from monitor.topics.rules.rule import Facet, Rule, Source, Term


def test_a_wide_rule_names_its_conditions_and_the_event_it_came_from():
    """The subject is its conditions together; the event is described by words that all examples share."""
    rule = Rule(
        name="ferries",
        facets=(
            Facet(name="shipping", points=9.0, words=("ferry",)),
            Facet(name="strike", points=3.0, words=("strike",)),
        ),
        terms=(
            Term(text="velmont", points=5.0, articles=(1, 2)),
            Term(text="ferries", points=5.0, articles=(1, 2)),
            Term(text="brevik", points=5.0, articles=(1,)),
            Term(text="crew", points=0.5, articles=(1, 2)),
        ),
        must=("shipping",),
        should=("strike", "pay"),
        learnt_from=(Source(file="a", sha256=""), Source(file="b", sha256="")),
    )
    strongest = "shipping, velmont, ferries and brevik"
    assert reach(rule) == (
        "wide catches the subject, by anyone: items on shipping together with strike or pay.",
        f"story catches the event and what follows: items that say enough of {strongest}, with few names that the examples lack.",
        "narrow catches this event: items that name velmont.",
    )


def test_the_summary_of_a_narrow_rule_is_true():
    """The names in the sentence are those without which the rule does not match."""
    rule = learn("ferry", the_articles(), breadth="narrow")
    wide, _, narrow = reach(rule)
    assert wide.startswith("wide catches the subject, by anyone: items that say enough of velmont")
    assert "items that name velmont" in narrow
    item = a_document("A ferry sinks off Brevik", "Rescuers search; the coast guard saw the ferry sink.")
    assert not Matcher({"t": rule}).judge(item)["t"].matched


def test_few_examples_name_their_event_by_its_strongest_word():
    """Two examples share more words than the event's names; a narrow rule requires only one of them."""
    both = (1, 2)
    rule = Rule(
        name="ferries",
        terms=(
            Term(text="tunnel", points=4.0, articles=both),
            Term(text="velmont", points=5.0, articles=both),
        ),
        learnt_from=(Source(file="a", sha256=""), Source(file="b", sha256="")),
    )
    assert reach(rule)[2] == "narrow catches this event: items that name velmont."


def test_examples_without_a_shared_name_are_noted():
    """The owner learns why the narrow rule has no required name."""
    rule = Rule(name="coffee", terms=(Term(text="coffee", points=9.0, articles=(1,)),))
    assert reach(rule)[2] == "narrow catches items that say even more of coffee; the examples share no name."


def test_a_subject_that_is_enough_is_named_alone():
    """The summary of a wide rule names only the facet that is enough for a match."""
    rule = Rule(
        name="coffee",
        facets=(
            Facet(name="coffee", points=11.0, words=("coffee",)),
            Facet(name="trade", points=2.0, words=("export",)),
        ),
    )
    assert reach(rule)[0] == "wide catches the subject, by anyone: items on coffee."

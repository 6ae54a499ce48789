"""Suggestions for a rule."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from examples import a_document

from monitor.topics.learning.suggest import suggestions
from monitor.topics.rules.rule import Facet, Rule, Term
from monitor.topics.vocabulary.embeddings import PACKAGE, meanings

RULE = Rule(
    name="ports",
    facets=(Facet(name="police", points=8.0, words=("police", "officers")),),
    terms=(Term(text="harbour", points=4.0), Term(text="strike", points=3.0)),
)


def by_facet(found):
    return {one.facet: one for one in found}


def test_other_names_of_an_idea_are_proposed_for_its_facet_or_as_a_new_one():
    """A facet is offered its missing names, and a lone term becomes a proposed facet."""
    found = by_facet(suggestions(RULE, []))
    assert "sheriff" in found["police"].words
    assert not found["police"].is_new
    assert "walkout" in found["strike"].words
    assert found["strike"].is_new


def test_words_of_matches_and_of_near_misses_are_told_apart():
    """Words of matches belong to the topic; words of near misses do if these are wanted, else they count against it."""
    matching = [
        a_document(f"Harbour quayside strike {number}", "The stevedores stay away.") for number in range(3)
    ]
    missed = [a_document(f"Longshoremen idle {number}", "Nobody loads.") for number in range(3)]
    found = by_facet(suggestions(RULE, matching, missed))
    assert found["stevedores"].reason == "occurs in 3 of 3 matching items"
    assert found["longshoremen"].reason.startswith("occurs in 3 of 3 near misses; if these are not meant")
    assert "longshoremen" not in by_facet(suggestions(RULE, matching, missed[:2]))


@pytest.mark.skipif(find_spec(PACKAGE) is None, reason="the semantic extra is not installed")
def test_words_of_similar_meaning_are_found_in_other_languages():
    """With the semantic extra, a facet is offered its names in the languages of the feeds."""
    past = [
        a_document("Die Polizei sperrt den Hafen", "Das Wetter bleibt schlecht.", language="de"),
        a_document("La policía cierra el puerto", "Mal tiempo.", language="es"),
    ]
    [found] = [one for one in suggestions(RULE, [], [], past, meanings()) if "similar meaning" in one.reason]
    assert found.facet == "police"
    assert set(found.words) == {"polizei", "policía"}
    assert not [one for one in suggestions(RULE, [], [], past) if "similar meaning" in one.reason]

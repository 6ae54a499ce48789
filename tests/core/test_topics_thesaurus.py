"""The thesaurus: which words of a text are taken for an idea."""

from __future__ import annotations

import pytest

from monitor.text.stems import stems
from monitor.text.words import words
from monitor.topics.vocabulary.thesaurus import shipped


def ideas_of(text):
    """Return the names of the ideas in a text."""
    return shipped().ideas_in(stems(words(text, "en"), "en")).keys()


@pytest.mark.parametrize(
    ("idea", "text"),
    [
        ("franc", "France and its neighbours met"),
        ("recession", "She signed a contract"),
        ("navy", "The storm destroyed a barn"),
        ("endangered species", "A conservative voted"),
        ("plane crash", "The airline hired cooks"),
        ("director", "The tram goes directly there"),
        ("celebrity", "Brevik celebrated its harvest"),
        ("physics", "A physical shop opens"),
        ("vaccine", "Judges are immune from such suits"),
        ("privatisation", "They met at a private house"),
        ("cotton", "Tamsin Bale sings in Brevik"),
    ],
)
def test_a_word_of_another_meaning_is_no_idea(idea, text):
    """Words are compared by their stems, which words of other meanings may share; those name no idea."""
    assert idea not in ideas_of(text)


@pytest.mark.parametrize(
    ("idea", "text"),
    [
        ("franc", "The Swiss franc fell"),
        ("recession", "Economists expect an economic contraction"),
        ("endangered species", "A conservation group counts owls"),
        ("privatisation", "The privatization of the port begins"),
        ("director", "Orrin is to direct the film"),
        ("cotton", "Growers sell cotton"),
    ],
)
def test_an_idea_is_found_by_its_own_words(idea, text):
    """An idea is named by its own words, as news writes them."""
    assert idea in ideas_of(text)

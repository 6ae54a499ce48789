"""Weights of the terms and ideas of examples, from counts alone.

A candidate's weight grows with its rarity in news and with the share of the articles that contain it, and more if it
occurs in their titles and openings. An idea of the thesaurus is weighted like a word with all its names as spellings.
The constants were fitted on labelled news (docs/measurements.md), one set for every topic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.topics.rules.rule import Breadth, Facet, Rule, Term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.topics.learning.evidence import Candidate, ReadArticle
    from monitor.topics.vocabulary.frequencies import Frequencies
    from monitor.topics.vocabulary.thesaurus import Thesaurus

RARITY = 1.6  # power of a term's rarity (log of items over items that contain it)
LEAST_RARITY = 0.1  # least rarity, for words in nearly every item
AGREEMENT = 1.25  # power of the share of articles that contain it
IN_TITLE = 0.8  # added to the log weight if it is in every title
IN_LEAD = 1.3  # … in every title or opening
PAIR = -1.8  # … if it is a pair of words: its words count too
INSIDE = -0.7  # … when it only occurs inside an idea's phrases
NUMBER = -1.2  # … if it contains a digit and the topic is a subject: sums and dates change from day to day
AGAINST = 0.5  # share of the weight subtracted for words that only counter-examples contain

MOST_TERMS = 30  # terms of a rule: further terms have little effect
MOST_FACETS = 20
MOST_AGAINST = 10
MANY = 3  # number of examples from which words mentioned in passing by a single one are left out


def weight(one: Candidate, table: Frequencies, thesaurus: Thesaurus, breadth: Breadth) -> float:
    """Return the weight of a candidate, without a unit."""
    phrases = [" ".join(phrase) for phrase in thesaurus.ideas[one.key].phrases] if one.is_idea else [one.key]
    rarity = max(LEAST_RARITY, table.rarity(*phrases))
    bonus = IN_TITLE * one.title + IN_LEAD * one.lead
    if not one.is_idea:
        bonus += INSIDE * one.inside + PAIR * (" " in one.key)
        if breadth is Breadth.WIDE:
            bonus += NUMBER * any(letter.isdigit() for letter in one.key)
    # The words of a full name never occur apart, so they count as one. On a subject, other people share its names.
    words = 1 if breadth is Breadth.WIDE else 1 + one.beside
    return float(rarity**RARITY * one.share**AGREEMENT * math.exp(bonus) / words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """The articles and the candidates in them."""

    seen: tuple[ReadArticle, ...]
    found: tuple[Candidate, ...]


def draft(examples: Examples, table: Frequencies, thesaurus: Thesaurus, breadth: Breadth) -> Rule:
    """Return a rule without a name from the heaviest candidates; its points are their weights."""
    ranked = _ranked(examples.found, table, thesaurus, breadth)
    ideas = [pair for pair in ranked if pair[0].is_idea]
    terms = [pair for pair in ranked if not pair[0].is_idea and _is_repeated(pair[0], len(examples.seen))]
    return Rule(
        name="",
        breadth=breadth,
        facets=tuple(_facet(one, points, thesaurus) for one, points in ideas[:MOST_FACETS]),
        terms=tuple(
            Term(text=_written(one.key, examples.seen), points=points, articles=one.articles)
            for one, points in terms[:MOST_TERMS]
        ),
    )


def without(rule: Rule, own: Examples, counter: Examples, table: Frequencies, thesaurus: Thesaurus) -> Rule:
    """Return the rule with fewer points for words in counter-examples, and negative points for words only they have."""
    shared = {one.key: one.share for one in counter.found if one.is_idea}
    shared |= {_written(one.key, own.seen): one.share for one in counter.found if not one.is_idea}
    known = {one.key for one in own.found}
    foreign = [
        pair
        for pair in _ranked(counter.found, table, thesaurus, rule.breadth)
        if pair[0].key not in known and not pair[0].is_idea
    ]
    off = tuple(
        Term(text=_written(one.key, counter.seen), points=-AGAINST * points)
        for one, points in foreign[:MOST_AGAINST]
    )
    return replace(
        rule,
        facets=tuple(
            replace(one, points=one.points * (1 - shared.get(one.name, 0.0) / 2)) for one in rule.facets
        ),
        terms=(
            *(replace(one, points=one.points * (1 - shared.get(one.text, 0.0) / 2)) for one in rule.terms),
            *off,
        ),
    )


def _ranked(
    found: Sequence[Candidate], table: Frequencies, thesaurus: Thesaurus, breadth: Breadth
) -> list[tuple[Candidate, float]]:
    weighed = [(one, weight(one, table, thesaurus, breadth)) for one in found]
    return sorted(weighed, key=lambda pair: -pair[1])


def _is_repeated(one: Candidate, number: int) -> bool:
    """Whether a term is in more than one article or in a title; otherwise it belongs to a single article."""
    return number < MANY or len(one.articles) > 1 or one.title > 0


def _facet(one: Candidate, points: float, thesaurus: Thesaurus) -> Facet:
    phrases = thesaurus.ideas[one.key].phrases
    return Facet(
        name=one.key,
        points=points,
        words=tuple(text for phrase, text in phrases.items() if phrase in one.phrases),
        also=tuple(text for phrase, text in phrases.items() if phrase not in one.phrases),
    )


def _written(term: str, seen: Sequence[ReadArticle]) -> str:
    """Return the commonest way in which the articles write a term."""
    counts: dict[str, int] = {}
    for article in seen:
        for text, count in article.counts.written.get(term, {}).items():
            counts[text] = counts.get(text, 0) + count
    return min(counts, key=lambda text: (-counts[text], text), default=term)

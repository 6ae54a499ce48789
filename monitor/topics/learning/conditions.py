"""Conditions of a rule, taken from what the examples of one topic have in common.

By points alone, one rare idea could be enough for a match. If all examples open with the same rare idea and with a
second one, the topic is their combination: the first becomes a `must`, and one of the ideas that nearly all examples
open with has to occur beside it. A narrow rule also requires the names that are in all titles; if one or two examples
share more names than that of their event, it requires the most frequent one.

Few examples share little, but an article repeats its own subject. If one subject occurs again and again, and no name
does, that subject alone is enough for a match of a wide rule.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.text.names import NOUNS
from monitor.text.stems import phrase_stems
from monitor.topics.learning.evidence import candidates
from monitor.topics.rules.rule import ALSO, Breadth, Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.topics.learning.evidence import Candidate, ReadArticle
    from monitor.topics.learning.weights import Examples
    from monitor.topics.vocabulary.frequencies import Frequencies
    from monitor.topics.vocabulary.thesaurus import Thesaurus

FEWEST = 3  # examples needed before shared ideas count
DOMINANT = 0.4  # share of the threshold from which a single idea nearly matches
MOST_TITLES = 0.75  # share of titles that name an idea on which examples agree
NEARLY_ALL = 0.8  # share of examples that open with an idea, for it to count beside the first
A_NAME = 0.5  # share of a word's occurrences written with a capital, above which it is a name

REPEATED = 0.02  # least share of an article's words that name its subject
SHORT = 50  # words added to an article's length, so that two words of a short article are not a repetition
RARE = 0.01  # share of news items: a commoner subject has to be repeated more, in proportion
NO_LESS = 1.5  # how many times as often as any name; with less, the article is about that name
TWICE = 2  # least number of occurrences
TITLED = 0.8  # factor of the required repetition, if the title names the subject too
RIVAL = 0.5  # share of the subject's occurrences from which an action in the title outweighs it
ENOUGH = 1.1  # share of the threshold for such a subject; not enough for a mention in a long item
PART_OF_IT = 0.3  # share of a name's occurrences inside an idea's phrases, from which it belongs to the idea
BESIDE = 0.3  # share of its points that each other term keeps beside the subject


def on_its_subject(rule: Rule, examples: Examples, table: Frequencies, thesaurus: Thesaurus) -> Rule:
    """Return a wide rule that matches by its subject alone, if every example has the same subject."""
    if rule.breadth is not Breadth.WIDE or rule.must:
        return rule
    subjects = {subject_of(article, table, thesaurus) for article in examples.seen}
    subject = subjects.pop()
    if subjects or subject is None:
        return rule
    beside = scaled(rule, BESIDE)
    enough = tuple(
        replace(facet, points=max(facet.points / BESIDE, ENOUGH * rule.threshold))
        if facet.name == subject
        else facet
        for facet in beside.facets
    )
    return replace(beside, facets=enough)


def subject_of(article: ReadArticle, table: Frequencies, thesaurus: Thesaurus) -> str | None:
    """Return the subject that an article repeats more often than any name."""
    found = candidates([article], thesaurus)
    often = max(NO_LESS * max((one.times for one in found if _is_a_name(one)), default=0), TWICE)
    dense = REPEATED * (article.length + SHORT)
    repeated = sorted(
        (one for one in found if one.is_idea and one.times >= dense * _demanded(one)),
        key=lambda one: (-one.times, one.key),
    )
    events = [one for one in repeated if one.title and thesaurus.ideas[one.key].kind == "actions"]
    for one in repeated:
        common = sum(table.count(" ".join(phrase)) for phrase in thesaurus.ideas[one.key].phrases)
        needed = max(dense * common / table.items / RARE * _demanded(one), often)
        if thesaurus.ideas[one.key].kind == "subjects" and one.times >= needed:
            return None if any(event.times >= RIVAL * one.times for event in events) else one.key
    return None


def _demanded(one: Candidate) -> float:
    return TITLED if one.title else 1.0


def _is_a_name(one: Candidate) -> bool:
    return not one.is_idea and " " not in one.key and one.named >= A_NAME and one.inside <= PART_OF_IT


def with_conditions(rule: Rule, found: Sequence[Candidate], thesaurus: Thesaurus) -> Rule:
    """Return the rule with the conditions that all of its examples meet, if there are any."""
    few = sum(not source.counter for source in rule.learnt_from) < FEWEST
    if rule.breadth is Breadth.NARROW and few:
        times = {one.key: one.times for one in found}
        names = sorted(
            _names(rule, found), key=lambda name: -times[" ".join(phrase_stems(name, rule.language))]
        )
        return replace(rule, must=tuple(names[:1]))
    if few or rule.breadth is Breadth.STORY:
        return rule
    if rule.breadth is Breadth.NARROW:
        return replace(rule, must=_names(rule, found), should=_in_every_title(rule, found))
    return _with_shared_ideas(rule, found, thesaurus)


def _with_shared_ideas(rule: Rule, found: Sequence[Candidate], thesaurus: Thesaurus) -> Rule:
    points = {facet.name: facet.points for facet in rule.facets}
    ideas = [one for one in found if one.is_idea and one.key in points]
    agreed = [
        one
        for one in ideas
        if thesaurus.ideas[one.key].kind in {"subjects", "actors"}
        and one.lead == 1.0
        and one.title >= MOST_TITLES
    ]
    agreed.sort(key=lambda one: -points[one.key])
    if len(agreed) < 2 or points[agreed[0].key] < DOMINANT * rule.threshold:  # noqa: PLR2004 (two ideas meet)
        return rule
    core = agreed[0].key
    beside = [
        one for one in ideas if one.key != core and one.lead >= NEARLY_ALL and _is_not_a_place(one, thesaurus)
    ]
    beside.sort(key=lambda one: -points[one.key])
    # With both conditions met, any word of the core is enough.
    factor = rule.threshold / (ALSO * points[core])
    return replace(scaled(rule, max(1.0, factor)), must=(core,), should=tuple(one.key for one in beside))


def _is_not_a_place(one: Candidate, thesaurus: Thesaurus) -> bool:
    return thesaurus.ideas[one.key].kind != "places"


def _names(rule: Rule, found: Sequence[Candidate]) -> tuple[str, ...]:
    if rule.language in NOUNS:
        return ()
    named = {one.key for one in found if not one.is_idea and one.title == 1.0 and one.named >= A_NAME}
    return tuple(
        term.text for term in rule.terms if " ".join(phrase_stems(term.text, rule.language)) in named
    )


def _in_every_title(rule: Rule, found: Sequence[Candidate]) -> tuple[str, ...]:
    every = {one.key for one in found if one.is_idea and one.title == 1.0}
    return tuple(facet.name for facet in rule.facets if facet.name in every)


def scaled(rule: Rule, factor: float) -> Rule:
    """Return the rule with all its points multiplied."""
    return replace(
        rule,
        facets=tuple(replace(facet, points=round(facet.points * factor, 2)) for facet in rule.facets),
        terms=tuple(replace(term, points=round(term.points * factor, 2)) for term in rule.terms),
    )

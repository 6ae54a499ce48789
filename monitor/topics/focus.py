"""What a rule insists on: conditions that the examples of one topic agree on.

Points alone let a rare idea stand for the whole topic. Where all examples open with the same rare idea and with a
second one, the topic is where the two meet: the first becomes a `must`, and one of the ideas that nearly all
examples open with has to stand beside it. A narrow rule also insists on the names that all titles hold.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.topics.rule import ALSO, Breadth, Rule, stems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.topics.evidence import Candidate
    from monitor.topics.thesaurus import Thesaurus

FEWEST = 3  # examples, before agreement says anything
DOMINANT = 0.4  # of the threshold: the points from which an idea all but makes a match by itself
MOST_TITLES = 0.75  # share of titles that name an idea on which examples agree
NEARLY_ALL = 0.8  # share of examples that open with an idea which may stand beside the first
A_NAME = 0.5  # share of a word's occurrences written with a capital, above which it is a name


def focused(rule: Rule, candidates: Sequence[Candidate], thesaurus: Thesaurus) -> Rule:
    """Return the rule with the conditions that its examples agree on, if they do."""
    if sum(not source.counter for source in rule.learnt_from) < FEWEST:
        return rule
    if rule.breadth is Breadth.NARROW:
        return replace(rule, must=_names(rule, candidates), should=_in_every_title(rule, candidates))
    return _where_ideas_meet(rule, candidates, thesaurus)


def _where_ideas_meet(rule: Rule, candidates: Sequence[Candidate], thesaurus: Thesaurus) -> Rule:
    points = {facet.name: facet.points for facet in rule.facets}
    ideas = [one for one in candidates if one.is_idea and one.key in points]
    agreed = [
        one
        for one in ideas
        if thesaurus.ideas[one.key].kind == "subjects" and one.lead == 1.0 and one.title >= MOST_TITLES
    ]
    agreed.sort(key=lambda one: -points[one.key])
    if len(agreed) < 2 or points[agreed[0].key] < DOMINANT * rule.threshold:  # noqa: PLR2004 (two ideas meet)
        return rule
    core = agreed[0].key
    beside = [
        one for one in ideas if one.key != core and one.lead >= NEARLY_ALL and _says_something(one, thesaurus)
    ]
    beside.sort(key=lambda one: -points[one.key])
    # With both conditions met, the core in any of its words is enough.
    factor = rule.threshold / (ALSO * points[core])
    return replace(scaled(rule, max(1.0, factor)), must=(core,), should=tuple(one.key for one in beside))


def _says_something(one: Candidate, thesaurus: Thesaurus) -> bool:
    return thesaurus.ideas[one.key].kind != "places"


def _names(rule: Rule, candidates: Sequence[Candidate]) -> tuple[str, ...]:
    named = {one.key for one in candidates if not one.is_idea and one.title == 1.0 and one.named >= A_NAME}
    return tuple(term.text for term in rule.terms if " ".join(stems(term.text, rule.language)) in named)


def _in_every_title(rule: Rule, candidates: Sequence[Candidate]) -> tuple[str, ...]:
    every = {one.key for one in candidates if one.is_idea and one.title == 1.0}
    return tuple(facet.name for facet in rule.facets if facet.name in every)


def scaled(rule: Rule, factor: float) -> Rule:
    """Return the rule with all its points multiplied."""
    return replace(
        rule,
        facets=tuple(replace(facet, points=round(facet.points * factor, 2)) for facet in rule.facets),
        terms=tuple(replace(term, points=round(term.points * factor, 2)) for term in rule.terms),
    )

"""Averages a rule with the one that further items give, so that the articles are not needed and edits are kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.text.stems import phrase_stems
from monitor.topics.learning.learn import LearnError, learn
from monitor.topics.rules.rule import THRESHOLD, Cast, Facet, Rule, Term
from monitor.topics.vocabulary.document import Article

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.topics.vocabulary.document import Document

DIGITS = 2  # of points


def averaged(rule: Rule, items: Sequence[Document], *, own: int) -> Rule:
    """Return the rule averaged with the rule learnt from items; the same rule if none can be learnt from them.

    `own` is the weight of the rule, in items.
    """
    articles = [
        Article(name=one.id, title=one.title, text=f"{one.summary} {one.text}".strip()) for one in items
    ]
    try:
        found = learn(rule.name, articles, breadth=rule.breadth.value)
    except LearnError:
        return rule
    if found.language != rule.language:
        return rule
    share = len(items) / (own + len(items))
    factor = share * rule.threshold / THRESHOLD
    return replace(
        rule,
        terms=_terms(rule, found, 1 - share, factor),
        facets=_facets(rule, found, 1 - share, factor),
        cast=_cast(rule, found),
    )


def _terms(rule: Rule, found: Rule, own: float, theirs: float) -> tuple[Term, ...]:
    terms: dict[tuple[str, ...], Term] = {}
    never = {phrase_stems(text, rule.language) for text in rule.never}
    for term, factor in (*((one, own) for one in rule.terms), *((one, theirs) for one in found.terms)):
        key = phrase_stems(term.text, rule.language)
        if key in terms:
            terms[key] = replace(terms[key], points=terms[key].points + factor * term.points)
        else:
            articles = term.articles if factor == own else ()
            terms[key] = replace(term, points=factor * term.points, articles=articles)
    return tuple(
        replace(one, points=round(one.points, DIGITS)) for key, one in terms.items() if key not in never
    )


def _facets(rule: Rule, found: Rule, own: float, theirs: float) -> tuple[Facet, ...]:
    facets: dict[str, Facet] = {}
    for facet, factor in (*((one, own) for one in rule.facets), *((one, theirs) for one in found.facets)):
        known = facets.get(facet.name)
        words = facet.words if known is None else tuple(dict.fromkeys((*known.words, *facet.words)))
        also = facet.also if known is None else (*known.also, *facet.also)
        facets[facet.name] = replace(
            facet,
            points=factor * facet.points + (0.0 if known is None else known.points),
            words=words,
            also=tuple(text for text in dict.fromkeys(also) if text not in words),
        )
    return tuple(replace(one, points=round(one.points, DIGITS)) for one in facets.values())


def _cast(rule: Rule, found: Rule) -> Cast | None:
    if rule.cast is None or found.cast is None:
        return rule.cast
    return replace(rule.cast, names=tuple(dict.fromkeys((*rule.cast.names, *found.cast.names))))

"""A sentence for each breadth that says which items a rule would match, so that the owner can choose."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.text.stems import phrase_stems
from monitor.topics.learning.conditions import FEWEST
from monitor.topics.rules.rule import Breadth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.topics.rules.rule import Rule

STRONG = 0.2  # share of the threshold from which a word in all examples identifies their event
NAMED = 4  # words listed in a sentence; a longer list is not read


def reach(rule: Rule) -> tuple[str, str, str]:
    """Return a sentence on what the rule would match as `wide`, as `story` and as `narrow`, by its words alone."""
    wide, story, narrow = (
        catches(at_breadth(rule, breadth)) for breadth in (Breadth.WIDE, Breadth.STORY, Breadth.NARROW)
    )
    return wide, story, narrow


def at_breadth(rule: Rule, breadth: Breadth) -> Rule:
    """Return the rule with another breadth: a narrow rule requires its event, a wide one accepts any names."""
    if breadth is rule.breadth:
        return rule
    must = _of_the_event(rule) if breadth is Breadth.NARROW else ()
    cast = None if breadth is Breadth.WIDE else rule.cast
    return replace(rule, breadth=breadth, must=must, should=(), cast=cast)


def catches(rule: Rule) -> str:
    """Return a sentence on what a rule matches at its own breadth."""
    if rule.breadth is Breadth.NARROW:
        if rule.must or rule.should:
            return f"narrow catches this event: items that name {_conditions(rule)}."
        return f"narrow catches items that say even more of {_strongest(rule)}; the examples share no name."
    if rule.breadth is Breadth.STORY:
        about = (
            f"on {_conditions(rule)}"
            if rule.must or rule.should
            else f"that say enough of {_strongest(rule)}"
        )
        return (
            f"story catches the event and what follows: items {about}, with few names that the examples lack."
        )
    if rule.must or rule.should:
        return f"wide catches the subject, by anyone: items on {_conditions(rule)}."
    alone = [facet.name for facet in rule.facets if facet.points >= rule.threshold]
    if alone:
        return f"wide catches the subject, by anyone: items on {_listed(alone, 'or')}."
    return f"wide catches the subject, by anyone: items that say enough of {_strongest(rule)}."


def _conditions(rule: Rule) -> str:
    sides = (_listed(rule.must, "and"), _listed(rule.should, "or"))
    return " together with ".join(side for side in sides if side)


def _strongest(rule: Rule) -> str:
    parts = [(one.points, one.name) for one in rule.facets] + [(one.points, one.text) for one in rule.terms]
    return _listed([name for _, name in sorted(parts, key=lambda part: -part[0])[:NAMED]], "and")


def _of_the_event(rule: Rule) -> tuple[str, ...]:
    """Return the strong words in every example and in no facet of the rule, or the strongest if there are few."""
    number = sum(not source.counter for source in rule.learnt_from)
    ideas = {
        word for facet in rule.facets for text in facet.words for word in phrase_stems(text, rule.language)
    }
    names = [
        term
        for term in rule.terms
        if term.points >= STRONG * rule.threshold
        and len(term.articles) == number
        and ideas.isdisjoint(phrase_stems(term.text, rule.language))
    ]
    names.sort(key=lambda term: -term.points)
    return tuple(term.text for term in (names[:1] if number < FEWEST else names))


def _listed(texts: Sequence[str], joint: str) -> str:
    shown = list(texts[:NAMED])
    return (
        shown[0] if len(shown) == 1 else f" {joint} ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))
    )

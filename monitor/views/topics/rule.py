"""A readable form of a learnt rule: ideas with their words, terms by weight, conditions and the cast."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.topics.learning.summary import catches

if TYPE_CHECKING:
    from monitor.topics.rules.rule import Rule

NAME_WORDS = 3  # of a suggested name


@dataclass(frozen=True, slots=True, kw_only=True)
class IdeaView:
    """One idea in many words. `share` is of the points for a match, `also` words that no example holds."""

    name: str
    points: float
    share: float
    words: tuple[str, ...]
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermView:
    """A word or phrase; `share` is its share of the points for a match, negative if it counts against a match."""

    text: str
    points: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleView:
    """An article that the rule was learnt from; `counter` says that it is an example of an unwanted article."""

    name: str
    counter: bool
    marked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """A rule. Ideas and terms are those of most points first; `stranger` is None for a rule without a cast."""

    breadth: str
    catches: str
    language: str
    threshold: float
    ideas: tuple[IdeaView, ...]
    terms: tuple[TermView, ...]
    must: tuple[str, ...]
    should: tuple[str, ...]
    never: tuple[str, ...]
    stranger: float | None
    cast: tuple[str, ...]
    examples: tuple[ExampleView, ...]


def read_rule_view(rule: Rule) -> RuleView:
    """Return a rule as a person reads it."""
    ideas = sorted(rule.facets, key=lambda facet: -facet.points)
    terms = sorted(rule.terms, key=lambda term: -term.points)
    return RuleView(
        breadth=rule.breadth.value,
        catches=catches(rule),
        language=rule.language,
        threshold=rule.threshold,
        ideas=tuple(
            IdeaView(
                name=facet.name,
                points=facet.points,
                share=_share(rule, facet.points),
                words=facet.words,
                also=facet.also,
            )
            for facet in ideas
        ),
        terms=tuple(
            TermView(text=term.text, points=term.points, share=_share(rule, term.points)) for term in terms
        ),
        must=rule.must,
        should=rule.should,
        never=rule.never,
        stranger=None if rule.cast is None else rule.cast.stranger,
        cast=() if rule.cast is None else rule.cast.names,
        examples=tuple(
            ExampleView(name=source.file, counter=source.counter, marked=source.marked)
            for source in rule.learnt_from
        ),
    )


def suggested_name(rule: Rule) -> str:
    """Return a name for a topic: the strongest words of its rule."""
    parts = [(one.points, one.name) for one in rule.facets] + [(one.points, one.text) for one in rule.terms]
    words: list[str] = []
    for _, text in sorted(parts, key=lambda part: -part[0]):
        fresh = [word for word in text.lower().replace("*", "").split() if word not in words]
        if len(words) + len(fresh) <= NAME_WORDS:
            words += fresh
    return "-".join(words)


def suggested_name_of_query(query: str) -> str:
    """Return a name for a topic by query: the first words that it looks for."""
    words = re.findall(r"[^\W\d_]{3,}", re.sub(r"\b(?:AND|OR|NOT|NEAR)\b|\b[a-z]+:", " ", query))
    return "-".join(dict.fromkeys(word.lower() for word in words[:NAME_WORDS]))


def _share(rule: Rule, points: float) -> float:
    return max(-1.0, min(1.0, points / rule.threshold))

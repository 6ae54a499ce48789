"""From the terms found in a document to a score between 0 and 1 that means the same for every topic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.topics.rule import stems
from storage.model import Why

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.topics.rule import Rule

MATCHED = 0.5  # the threshold of every topic
UNMET = 0.49  # the most that a document gets where a condition of the rule is not met
DIGITS = 4  # of a score: rounded before it is compared, so that what is printed is what decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A topic's word on a document: `why` lists what spoke for it, most important first.

    `met` and `missed` name the rule's facets and conditions that did and did not occur.
    """

    score: float
    why: tuple[Why, ...] = ()
    met: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()

    @property
    def matched(self) -> bool:
        """Whether the document is on the topic."""
        return self.score >= MATCHED


NOTHING = Judgement(score=0.0)


@dataclass(frozen=True, slots=True)
class Part:
    """Something a rule looks for: a term, a facet or a condition, under any of its phrases (as stems)."""

    name: str
    points: float
    phrases: tuple[tuple[str, ...], ...]
    is_facet: bool = False


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its phrases stemmed; parts are known by their place in `parts`."""

    language: str
    threshold: float
    parts: tuple[Part, ...]
    must: tuple[int, ...]
    should: tuple[int, ...]
    never: tuple[int, ...]

    def judge(self, found: Mapping[int, str]) -> Judgement:
        """Return the judgement, given which parts occur and where each first stands."""
        points = {place: self.parts[place].points for place in found}
        total = sum(points.values())
        score = round(total / (total + self.threshold), DIGITS) if total > 0 else 0.0
        if not self._allows(found):
            score = min(score, UNMET)
        return Judgement(
            score=score,
            why=self._why(points, found),
            met=self._named(place for place in self._told() if place in found),
            missed=self._named(place for place in self._told() if place not in found),
        )

    def _allows(self, found: Mapping[int, str]) -> bool:
        if not all(place in found for place in self.must) or any(place in found for place in self.never):
            return False
        return not self.should or any(place in found for place in self.should)

    def _told(self) -> list[int]:
        facets = [place for place, part in enumerate(self.parts) if part.is_facet]
        return list(dict.fromkeys((*facets, *self.must)))

    def _named(self, places: object) -> tuple[str, ...]:
        return tuple(self.parts[place].name for place in places)  # type: ignore[attr-defined]

    def _why(self, points: Mapping[int, float], found: Mapping[int, str]) -> tuple[Why, ...]:
        positive = sum(value for value in points.values() if value > 0) or 1.0
        strongest = sorted(points.items(), key=lambda pair: (-pair[1], pair[0]))
        return tuple(
            Why(term=self.parts[place].name, weight=round(value / positive, DIGITS), where=found[place])
            for place, value in strongest
            if value
        )


def compiled(rule: Rule) -> CompiledRule:
    """Return a rule ready to judge: phrases as stems, conditions resolved to facets and terms."""
    parts: list[Part] = []
    known: dict[object, int] = {}
    for facet in rule.facets:
        known[facet.name] = known[stems(facet.name, rule.language)] = len(parts)
        phrases = tuple(dict.fromkeys(stems(text, rule.language) for text in facet.words))
        parts.append(Part(facet.name, facet.points, phrases, is_facet=True))
    for term in rule.terms:
        phrase = stems(term.text, rule.language)
        known.setdefault(phrase, len(parts))
        parts.append(Part(term.text, term.points, (phrase,)))

    def resolved(texts: tuple[str, ...]) -> tuple[int, ...]:
        places = []
        for text in texts:
            phrase = stems(text, rule.language)
            place = known.get(text, known.get(phrase))
            if place is None:
                place = known[phrase] = len(parts)
                parts.append(Part(text, 0.0, (phrase,)))
            places.append(place)
        return tuple(places)

    must, should, never = resolved(rule.must), resolved(rule.should), resolved(rule.never)
    return CompiledRule(rule.language, rule.threshold, tuple(parts), must, should, never)

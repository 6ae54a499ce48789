"""From the terms found in a document to a score between 0 and 1 that means the same for every topic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.topics.rule import ALSO, stems
from storage.model import Why

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from monitor.topics.reading import Reading
    from monitor.topics.rule import Rule

MATCHED = 0.5  # the threshold of every topic
UNMET = 0.49  # the most that a document gets where a condition of the rule is not met
DIGITS = 4  # of a score: rounded before it is compared, so that what is printed is what decided
TITLE = 1.3  # times the points of what stands in the title
USUAL_LENGTH = 50  # words of an item for which a rule's points are meant
SOFTENING = 50  # words added to both lengths, so that a bare title does not count double
LENGTH_POWER = 0.45  # longer items hold more words by chance: their points count less
TEXT_READ = 120  # words of a full text: what comes later is rarely what it is about

# A part found in a document: its factor, and the field where it counts most.
Found = tuple[float, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A topic's word on a document: `why` lists what spoke for it, most important first.

    `met` and `missed` name the rule's facets and conditions that did and did not occur; `points` are what was
    collected, of `threshold` needed.
    """

    score: float
    why: tuple[Why, ...] = ()
    met: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    points: float = 0.0
    threshold: float = 0.0

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
    phrases: Mapping[tuple[str, ...], float]
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

    def judge(self, found: Mapping[int, Found], length: float) -> Judgement:
        """Return the judgement, given which parts occur and the document's length factor."""
        points = {place: self.parts[place].points * factor * length for place, (factor, _) in found.items()}
        total = sum(points.values())
        score = round(total / (total + self.threshold), DIGITS) if total > 0 else 0.0
        if not self._allows(found):
            score = min(score, UNMET)
        told = self._told()
        return Judgement(
            score=score,
            why=self._why(points, found),
            met=self._named(place for place in told if place in found),
            missed=self._named(place for place in told if place not in found),
            points=round(total, 2),
            threshold=self.threshold,
        )

    def _allows(self, found: Mapping[int, Found]) -> bool:
        if not all(place in found for place in self.must) or any(place in found for place in self.never):
            return False
        return not self.should or any(place in found for place in self.should)

    def _told(self) -> list[int]:
        facets = [place for place, part in enumerate(self.parts) if part.is_facet]
        return list(dict.fromkeys((*self.must, *facets)))

    def _named(self, places: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.parts[place].name for place in places)

    def _why(self, points: Mapping[int, float], found: Mapping[int, Found]) -> tuple[Why, ...]:
        positive = sum(value for value in points.values() if value > 0) or 1.0
        strongest = sorted(points.items(), key=lambda pair: (-pair[1], pair[0]))
        return tuple(
            Why(term=self.parts[place].name, weight=round(value / positive, DIGITS), where=found[place][1])
            for place, value in strongest
            if value
        )


def length_factor(reading: Reading) -> float:
    """Return what a document's points are multiplied with: 1 for one of the usual length."""
    body = max(len(reading.words("summary")), min(TEXT_READ, len(reading.words("text"))))
    length = len(reading.words("title")) + body
    return float(((USUAL_LENGTH + SOFTENING) / (length + SOFTENING)) ** LENGTH_POWER)


def compiled(rule: Rule) -> CompiledRule:
    """Return a rule ready to judge: phrases as stems, conditions resolved to facets and terms."""
    parts: list[Part] = []
    known: dict[object, int] = {}
    for facet in rule.facets:
        known[facet.name] = known[stems(facet.name, rule.language)] = len(parts)
        phrases = {stems(text, rule.language): ALSO for text in facet.also}
        phrases |= {stems(text, rule.language): 1.0 for text in facet.words}
        parts.append(Part(facet.name, facet.points, phrases, is_facet=True))
    for term in rule.terms:
        phrase = stems(term.text, rule.language)
        known.setdefault(phrase, len(parts))
        parts.append(Part(term.text, term.points, {phrase: 1.0}))

    def resolved(texts: tuple[str, ...]) -> tuple[int, ...]:
        places = []
        for text in texts:
            phrase = stems(text, rule.language)
            place = known.get(text, known.get(phrase))
            if place is None:
                place = known[phrase] = len(parts)
                parts.append(Part(text, 0.0, {phrase: 1.0}))
            places.append(place)
        return tuple(places)

    must, should, never = resolved(rule.must), resolved(rule.should), resolved(rule.never)
    return CompiledRule(rule.language, rule.threshold, tuple(parts), must, should, never)

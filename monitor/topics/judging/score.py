"""Computes from the terms found in a document a score between 0 and 1, on the same scale for every topic."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import fsum
from typing import TYPE_CHECKING, NamedTuple

from monitor.text.stems import phrase_stems, stem, stems
from monitor.text.words import words
from monitor.topics.rules.rule import ALSO, NO_CAST
from storage.model import Why

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from monitor.topics.rules.rule import Cast, Rule
    from monitor.topics.vocabulary.read_document import ReadDocument

MATCHED = 0.5  # the threshold of every topic
NEAR = 0.4  # a score from here to MATCHED is a near miss worth showing
NEAR_SHARE = NEAR / (1 - NEAR)  # share of the threshold's points that gives NEAR
UNMET = 0.49  # the highest score of a document that does not meet a condition of the rule
LOOKED_AT = 0.5  # share of the threshold from which the names in an item are read; with less it cannot match
OUTSIDE = " (not in the cast)"  # suffix of the reason for a name that subtracts points
DIGITS = 4  # decimals of a score, which is rounded before it is compared: the printed score is the one that decided
TITLE = 1.3  # factor of points for words in the title
USUAL_LENGTH = 50  # length of an item, in words, for which a rule's points are calibrated
SOFTENING = 50  # words added to both lengths, so that a bare title does not count double
LENGTH_POWER = 0.45  # longer items hold more words by chance: their points count less
TEXT_READ = 120  # words of a full text: later words rarely tell its subject

# A part found in a document: its factor, and the field where it counts most.
Found = tuple[float, str]
# A name outside the cast: how often it counts, and the name.
Stranger = tuple[float, str]


class Details(NamedTuple):
    """The reasons of a score."""

    why: tuple[Why, ...] = ()
    met: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


_NO_DETAILS = Details()


class Judgement:
    """A topic's judgement of a document: `points` were collected of the `threshold` needed; the score follows from them.

    Most judgements are low scores whose reasons nobody reads: `why` (the evidence, most important first), `met` and
    `missed` (the rule's facets and conditions that did and did not occur) are computed when they are first read.
    """

    __slots__ = ("_details", "_tell", "points", "score", "threshold")

    def __init__(
        self,
        *,
        score: float,
        why: tuple[Why, ...] = (),
        points: float = 0.0,
        threshold: float = 0.0,
        tell: Callable[[], Details] | None = None,
    ) -> None:
        """Keep the score, and its reasons or a function that computes them."""
        self.score = score
        self.points = points
        self.threshold = threshold
        self._tell = tell
        self._details = _NO_DETAILS if tell else Details(why=why)

    def __repr__(self) -> str:
        """Return the score and its reasons."""
        return f"Judgement(score={self.score}, why={self.why}, met={self.met}, missed={self.missed})"

    @property
    def matched(self) -> bool:
        """Whether the document matches the topic."""
        return self.score >= MATCHED

    @property
    def why(self) -> tuple[Why, ...]:
        """The evidence, most important first."""
        return self._told().why

    @property
    def met(self) -> tuple[str, ...]:
        """The rule's conditions and facets that occur."""
        return self._told().met

    @property
    def missed(self) -> tuple[str, ...]:
        """The rule's conditions and facets that do not occur."""
        return self._told().missed

    def _told(self) -> Details:
        if self._tell is not None:
            self._details, self._tell = self._tell(), None
        return self._details


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
    told: tuple[tuple[int, str], ...]  # conditions and facets by place: what a judgement calls met or missed
    stranger: float = 0.0  # points off for each name that is not in the cast
    cast: frozenset[str] = frozenset()

    def judge(self, found: Mapping[int, Found], length: float, reading: ReadDocument) -> Judgement:
        """Return the judgement on a document, given which parts occur in it and its length factor."""
        parts = self.parts
        # fsum is exact, so that the score does not depend on the order in which parts were found.
        total = fsum([parts[place].points * factor * length for place, (factor, _) in found.items()])
        strangers = self.strangers(found, reading) if total >= LOOKED_AT * self.threshold else []
        total -= self.taken_off(strangers)
        score = score_of(total, self.threshold)
        if score > UNMET and not self._allows(found):
            score = UNMET
        return Judgement(
            score=score,
            points=total,
            threshold=self.threshold,
            tell=partial(self._details, found, length, strangers),
        )

    def strangers(self, found: Mapping[int, Found], reading: ReadDocument) -> list[Stranger]:
        """Return the names in a document that are neither of the cast nor of what was found, each with its factor."""
        if not self.stranger:
            return []
        others = reading.names_in(self.language).strangers(self.cast)
        if not others:
            return []
        parts = [self.parts[place] for place in found]
        own = {word for part in parts if part.points > 0 for phrase in part.phrases for word in phrase}
        return [(times, name) for term, times, name in others if term not in own]

    def taken_off(self, strangers: Sequence[Stranger]) -> float:
        """Return the points that strangers take off."""
        return self.stranger * sum([times for times, _ in strangers])

    def _details(self, found: Mapping[int, Found], length: float, strangers: Sequence[Stranger]) -> Details:
        return Details(
            why=self._why(found, length, strangers),
            met=tuple(name for place, name in self.told if place in found),
            missed=tuple(name for place, name in self.told if place not in found),
        )

    def _allows(self, found: Mapping[int, Found]) -> bool:
        if not all(place in found for place in self.must) or any(place in found for place in self.never):
            return False
        return not self.should or any(place in found for place in self.should)

    def _why(
        self, found: Mapping[int, Found], length: float, strangers: Sequence[Stranger]
    ) -> tuple[Why, ...]:
        points = {place: self.parts[place].points * factor * length for place, (factor, _) in found.items()}
        positive = fsum([value for value in points.values() if value > 0]) or 1.0
        strongest = sorted([(-value, place) for place, value in points.items() if value])
        own = [
            Why(term=self.parts[place].name, weight=round(-value / positive, DIGITS), where=found[place][1])
            for value, place in strongest
        ]
        off = [round(-self.stranger * times / positive, DIGITS) for times, _ in strangers]
        others = [
            Why(term=f"{name}{OUTSIDE}", weight=weight, where="")
            for weight, (_, name) in zip(off, strangers, strict=True)
        ]
        return (*own, *others)


def score_of(points: float, threshold: float) -> float:
    """Return the score of some points: 0.5 at the threshold."""
    return round(points / (points + threshold), DIGITS) if points > 0 else 0.0


def length_factor(reading: ReadDocument) -> float:
    """Return the factor of a document's points by its length: 1 for the usual length."""
    body = max(len(reading.words("summary")), min(TEXT_READ, len(reading.words("text"))))
    length = len(reading.words("title")) + body
    return float(((USUAL_LENGTH + SOFTENING) / (length + SOFTENING)) ** LENGTH_POWER)


def compiled(rule: Rule) -> CompiledRule:
    """Return a rule ready to judge: phrases as stems, conditions resolved to facets and terms."""
    parts: list[Part] = []
    known: dict[object, int] = {}
    for facet in rule.facets:
        known[facet.name] = known[phrase_stems(facet.name, rule.language)] = len(parts)
        phrases = {phrase_stems(text, rule.language): ALSO for text in facet.also}
        phrases |= {phrase_stems(text, rule.language): 1.0 for text in facet.words}
        parts.append(Part(facet.name, facet.points, phrases, is_facet=True))
    for term in rule.terms:
        phrase = phrase_stems(term.text, rule.language)
        known.setdefault(phrase, len(parts))
        parts.append(Part(term.text, term.points, {phrase: 1.0}))

    def resolved(texts: tuple[str, ...]) -> tuple[int, ...]:
        places = []
        for text in texts:
            phrase = phrase_stems(text, rule.language)
            place = known.get(text, known.get(phrase))
            if place is None:
                place = known[phrase] = len(parts)
                parts.append(Part(text, 0.0, {phrase: 1.0}))
            places.append(place)
        return tuple(places)

    must, should, never = resolved(rule.must), resolved(rule.should), resolved(rule.never)
    told = dict.fromkeys((*must, *(place for place, part in enumerate(parts) if part.is_facet)))
    named = tuple((place, parts[place].name) for place in told)
    cast = rule.cast or NO_CAST
    return CompiledRule(
        language=rule.language,
        threshold=rule.threshold,
        parts=tuple(parts),
        must=must,
        should=should,
        never=never,
        told=named,
        stranger=cast.stranger,
        cast=_terms_of(cast, rule.language),
    )


def _terms_of(cast: Cast, language: str) -> frozenset[str]:
    """Return the stems of a cast's names, of compounds as a whole and of their parts."""
    row = [word for name in cast.names for word in words(name, language)]
    return frozenset((*stems(row, language), *(stem(word, language) for word in row)))

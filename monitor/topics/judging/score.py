"""The score of a document on a topic, from 0 to 1 on the same scale for every topic, by the terms found in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import fsum
from typing import TYPE_CHECKING, NamedTuple

from monitor.text.stems import phrase_stems, stem, stems
from monitor.text.words import words
from monitor.topics.rules.rule import ALSO, NO_CAST, repetition
from monitor.topics.vocabulary.document import TEXT_READ
from storage.model import Why

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from monitor.topics.rules.rule import Cast, Rule
    from monitor.topics.vocabulary.read_document import ReadDocument

MATCHED = 0.5  # the threshold of every topic
NEAR = 0.4  # a score from here to MATCHED is a near miss worth showing
NEAR_SHARE = NEAR / (1 - NEAR)  # share of the threshold's points that gives NEAR
UNMET = 0.49  # the highest score of a document that does not meet a condition of the rule
LOOKED_AT = (
    0.5  # share of the threshold from which the names in an item are read; an item with less cannot match
)
OUTSIDE = " (not in the cast)"  # suffix of the reason for a name that subtracts points
DIGITS = 4  # decimals of a score; it is rounded before it is compared, so that the printed score decides
TITLE = 1.3  # factor of points for words in the title
USUAL_LENGTH = 50  # length of an item, in words, for which a rule's points are calibrated
SOFTENING = 50  # words added to both lengths, so that a bare title does not count double
LENGTH_POWER = 0.45  # longer items contain more words by chance, so their points count less

Phrase = tuple[str, ...]  # as stems
# A part found in a document: the factor of its points, and the field where it counts most.
Found = tuple[float, str]
# A name outside the cast: the factor of the points it subtracts, and the name.
Stranger = tuple[float, str]


class Details(NamedTuple):
    """The reasons for a score."""

    why: tuple[Why, ...] = ()
    met: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


_NO_DETAILS = Details()


class Judgement:
    """A topic's judgement of a document. The score follows from the document's `points` and the `threshold`.

    Most judgements are low scores whose reasons are never read, so `why` (the evidence, most important first), `met`
    and `missed` (the rule's facets and conditions that did and did not occur) are computed when they are first read.
    """

    __slots__ = ("_details", "_explain", "points", "score", "threshold")

    def __init__(
        self,
        *,
        score: float,
        why: tuple[Why, ...] = (),
        points: float = 0.0,
        threshold: float = 0.0,
        explain: Callable[[], Details] | None = None,
    ) -> None:
        """Keep the score, and its reasons or a function that computes them."""
        self.score = score
        self.points = points
        self.threshold = threshold
        self._explain = explain
        self._details = _NO_DETAILS if explain else Details(why=why)

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
        return self._computed().why

    @property
    def met(self) -> tuple[str, ...]:
        """The rule's conditions and facets that occur."""
        return self._computed().met

    @property
    def missed(self) -> tuple[str, ...]:
        """The rule's conditions and facets that do not occur."""
        return self._computed().missed

    def _computed(self) -> Details:
        if self._explain is not None:
            self._details, self._explain = self._explain(), None
        return self._details


NOTHING = Judgement(score=0.0)


@dataclass(frozen=True, slots=True)
class Part:
    """A term, a facet or a condition of a rule, with all phrases (as stems) that count as its occurrence."""

    name: str
    points: float
    phrases: Mapping[tuple[str, ...], float]
    is_facet: bool = False


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its phrases stemmed. Parts are identified by their index in `parts`."""

    language: str
    threshold: float
    parts: tuple[Part, ...]
    must: tuple[int, ...]
    should: tuple[int, ...]
    never: tuple[int, ...]
    reported: tuple[
        tuple[int, str], ...
    ]  # index and name of the parts that a judgement lists as met or missed
    repeated: float = 0.0  # more points for a part that occurs several times
    stranger: float = 0.0  # points subtracted for each name that is not in the cast
    cast: frozenset[str] = frozenset()

    def judge(self, found: Mapping[int, Found], length: float, reading: ReadDocument) -> Judgement:
        """Return the judgement of a document, given its parts as `counted` returns them, and its length factor."""
        parts = self.parts
        # fsum is exact, so the score does not depend on the order in which parts were found.
        total = fsum([parts[place].points * factor * length for place, (factor, _) in found.items()])
        strangers = self.strangers(found, reading) if total >= LOOKED_AT * self.threshold else []
        if strangers:
            total -= self.taken_off(strangers)
        score = score_of(total, self.threshold)
        if score > UNMET and not self._allows(found):
            score = UNMET
        return Judgement(
            score=score,
            points=total,
            threshold=self.threshold,
            explain=partial(self._details, found, length, strangers),
        )

    def counted(self, found: Mapping[int, Found], reading: ReadDocument) -> Mapping[int, Found]:
        """Return the parts found, with higher factors for those that occur several times."""
        if not self.repeated:
            return found
        times = reading.times(self.language)
        counted = dict(found)
        for place, (factor, where) in found.items():
            phrases = self.parts[place].phrases
            often = sum([times_of(phrase, times, reading, self.language) for phrase in phrases])
            if often > 1:
                counted[place] = (factor * repetition(often, self.repeated), where)
        return counted

    def strangers(self, found: Mapping[int, Found], reading: ReadDocument) -> list[Stranger]:
        """Return the names in a document that are neither in the cast nor in a found part, with their factors."""
        if not self.stranger:
            return []
        others = reading.names_in(self.language).strangers(self.cast)
        if not others:
            return []
        parts = [self.parts[place] for place in found]
        own = {word for part in parts if part.points > 0 for phrase in part.phrases for word in phrase}
        return [(times, name) for term, times, name in others if term not in own]

    def taken_off(self, strangers: Sequence[Stranger]) -> float:
        """Return the points that strangers subtract."""
        return self.stranger * sum([times for times, _ in strangers])

    def _details(self, found: Mapping[int, Found], length: float, strangers: Sequence[Stranger]) -> Details:
        return Details(
            why=self._why(found, length, strangers),
            met=tuple(name for place, name in self.reported if place in found),
            missed=tuple(name for place, name in self.reported if place not in found),
        )

    def _allows(self, found: Mapping[int, Found]) -> bool:
        if self.must and not all(place in found for place in self.must):
            return False
        if self.never and any(place in found for place in self.never):
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
    """Return the score for a number of points: 0.5 at the threshold."""
    return round(points / (points + threshold), DIGITS) if points > 0 else 0.0


def times_of(phrase: Phrase, times: Mapping[str, int], reading: ReadDocument, language: str) -> int:
    """Return how often a phrase occurs in a document; `times` are those of its words, as `reading` counts them."""
    if len(phrase) == 1:
        return times.get(phrase[0], 0)
    if not phrase or any(word not in times for word in phrase):
        return 0
    found = {
        field: _occurrences(phrase, reading.stems(field, language))
        for field in reading.fields
        if field != "text"
    }
    text = (
        _occurrences(phrase, reading.stems("text", language)[:TEXT_READ]) if "text" in reading.fields else 0
    )
    return found.get("title", 0) + max(found.get("summary", 0), text)


def _occurrences(phrase: Phrase, row: list[str]) -> int:
    whole, size = list(phrase), len(phrase)
    return sum([row[at : at + size] == whole for at, word in enumerate(row) if word == phrase[0]])


def length_factor(reading: ReadDocument) -> float:
    """Return the factor by which a document's length changes its points: 1 at the usual length."""
    body = max(len(reading.words("summary")), min(TEXT_READ, len(reading.words("text"))))
    length = len(reading.words("title")) + body
    return float(((USUAL_LENGTH + SOFTENING) / (length + SOFTENING)) ** LENGTH_POWER)


def compiled(rule: Rule) -> CompiledRule:
    """Return a rule in the form that judges: phrases as stems, conditions resolved to facets and terms."""
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
    reported = dict.fromkeys((*must, *(place for place, part in enumerate(parts) if part.is_facet)))
    cast = rule.cast or NO_CAST
    return CompiledRule(
        language=rule.language,
        threshold=rule.threshold,
        repeated=rule.repeated,
        parts=tuple(parts),
        must=must,
        should=should,
        never=never,
        reported=tuple((place, parts[place].name) for place in reported),
        stranger=cast.stranger,
        cast=_terms_of(cast, rule.language),
    )


def _terms_of(cast: Cast, language: str) -> frozenset[str]:
    """Return the stems of a cast's names, of compounds as a whole and of their parts."""
    row = [word for name in cast.names for word in words(name, language)]
    return frozenset((*stems(row, language), *(stem(word, language) for word in row)))

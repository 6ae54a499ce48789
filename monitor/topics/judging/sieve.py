"""Judges documents by thousands of topics: only topics that a document may satisfy are judged exactly.

An inverted index leads from the document's words to the *ideas* in it (a term, or all the phrases of a facet; many
rules share one), and from each idea to the points that every rule gives it. Their sums, in the most favourable case,
bound each rule's points from above; the few rules whose bound reaches their threshold are judged exactly.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from monitor.topics.judging.index import WakeIndex
from monitor.topics.judging.matcher import Judgements, Matcher, by_kind, satisfied
from monitor.topics.judging.phrase_finder import PhraseFinder
from monitor.topics.judging.score import (
    NEAR,
    NEAR_SHARE,
    TITLE,
    UNMET,
    Judgement,
    compiled,
    length_factor,
    score_of,
    times_of,
)
from monitor.topics.judging.semantic import semantic_judge
from monitor.topics.rules.rule import repetition
from monitor.topics.vocabulary.read_document import ReadDocument
from monitor.topics.vocabulary.searched_fields import SEARCHED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from monitor.topics.judging.score import CompiledRule, Found, Phrase
    from monitor.topics.queries.query import Query
    from monitor.topics.rules.rule import Rule
    from monitor.topics.vocabulary.document import Document

    Points = NDArray[np.float32]  # precise enough for a bound with some slack, and half the memory

DENSE = 1 / 20  # share of all rules from which the rules of an idea are one dense row, which is faster
SHORT = 500  # rules: shorter rows are not worth a step each
_WHOLE: dict[str, Found] = {field: (TITLE if field == "title" else 1.0, field) for field in SEARCHED}
SLACK = 0.999  # sums of rounded points may be slightly low, and scores are rounded up


class Sieve:
    """Judges as `Matcher` does, but leaves out topics that do not match. Threads may share it."""

    def __init__(
        self, topics: Mapping[str, Rule | Query], *, floors: Mapping[str, float] | None = None
    ) -> None:
        """Compile and index every topic.

        `floors` are shares of their thresholds: rules that may have so many points are listed too, with these points
        as a bound from above and without reasons.
        """
        rules, queries = by_kind(topics)
        self._queries = WakeIndex(queries)
        self._second = semantic_judge(rules)
        # If meaning may decide alone, the words of every rule are read too, to give the reasons.
        self._matcher = None if self._second is None else Matcher(topics, second=self._second)
        by_language: dict[str, dict[str, CompiledRule]] = defaultdict(dict)
        for name, rule in rules.items():
            by_language[rule.language][name] = compiled(rule)
        share = (lambda _: 1.0) if self._second is None else self._second.share_needed
        self._sheets = [
            _Sheet(rules, language, share, floors or {}) for language, rules in by_language.items()
        ]

    @property
    def reads_meaning(self) -> bool:
        """Whether the meanings of items are read, which may take 10 ms per item."""
        return self._second is not None

    def judge(self, document: Document) -> Judgements:
        """Return the judgements of the topics that a document may satisfy."""
        if self._second is not None and self._matcher is not None and self._second.is_abroad(document):
            return self._matcher.judge(document)
        reading = ReadDocument(document)
        judgements = Judgements()
        length = length_factor(reading) if self._sheets else 1.0
        for sheet in self._sheets:
            held = sheet.held_by(reading)
            judgements |= sheet.near(held, length)
            for name, rule, found in sheet.woken_by(held, length):
                judgements[name] = rule.judge(found, length, reading)
        for name, hits in self._queries.found_in(reading):
            judgements[name] = satisfied(hits)
        if self._second is not None:
            self._second.revise(document, judgements)
        return judgements

    def is_near(self, document: Document) -> bool:
        """Whether a document is near some rule by its words, so that its full text might match."""
        reading = ReadDocument(document)
        length = length_factor(reading)
        return any(
            rule.judge(found, length, reading).score >= NEAR
            for sheet in self._sheets
            for _, rule, found in sheet.reached_by(sheet.held_by(reading), length, share=NEAR_SHARE)
        )


class _Held(NamedTuple):
    """A document's contents: the most points for each rule, the ideas, and the phrases with their best fields.

    `times` has the number of occurrences of ideas that occur several times.
    """

    bound: NDArray[np.float64]
    ideas: Mapping[int, list[Phrase]]
    phrases: Mapping[Phrase, str]
    times: Mapping[int, int]


class _Sheet:
    """A matrix of points for the rules of one language: a row for each idea, a column for each rule."""

    def __init__(
        self,
        rules: Mapping[str, CompiledRule],
        language: str,
        share_needed: Callable[[str], float],
        floors: Mapping[str, float],
    ) -> None:
        self._language = language
        self._names = list(rules)
        self._rules = list(rules.values())
        self._needed = np.array(
            [rule.threshold * SLACK * share_needed(name) for name, rule in rules.items()], dtype=np.float64
        )
        floor = [rule.threshold * SLACK * floors.get(name, np.inf) for name, rule in rules.items()]
        self._floor = np.minimum(np.array(floor), np.where(np.isinf(floor), np.inf, self._needed))
        self._has_floors = bool(floors)
        self._repeated = max((rule.repeated for rule in self._rules), default=0.0)
        self._idea_of: dict[frozenset[Phrase], int] = {}
        self._ideas_with: dict[Phrase, list[int]] = defaultdict(list)
        self._finder = PhraseFinder(language)
        self._terms: set[int] = set()  # ideas of a single phrase, which gives all their points in every rule
        # Equal places share one object: with many rules, memory access takes most of the time.
        self._same: dict[tuple[int, ...], tuple[int, ...]] = {}
        self._places = [self._places_of(rule) for rule in self._rules]
        self._rows: dict[int, Points] = {}
        self._scattered: dict[int, tuple[NDArray[np.int32], Points, Points]] = {}
        for idea, columns in self._postings().items():
            self._enter(idea, columns)

    def _places_of(self, rule: CompiledRule) -> dict[int, tuple[int, ...]]:
        """Return the index of each idea among a rule's parts."""
        places: dict[int, list[int]] = defaultdict(list)
        for place, part in enumerate(rule.parts):
            places[self._idea(frozenset(part.phrases))].append(place)
        return {
            idea: self._same.setdefault(its, its)
            for idea, its in ((idea, tuple(found)) for idea, found in places.items())
        }

    def _idea(self, phrases: frozenset[Phrase]) -> int:
        idea = self._idea_of.get(phrases)
        if idea is None:
            idea = self._idea_of[phrases] = len(self._idea_of)
            if len(phrases) == 1:
                self._terms.add(idea)
            for phrase in phrases:
                if phrase not in self._ideas_with:
                    self._finder.add(phrase)
                self._ideas_with[phrase].append(idea)
        return idea

    def _postings(self) -> Mapping[int, Mapping[int, float]]:
        """Return the points that each idea gives in each rule, without negative ones: an upper bound."""
        postings: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        for column, rule in enumerate(self._rules):
            for idea, places in self._places[column].items():
                points = sum(max(0.0, rule.parts[place].points) for place in places)
                if points:
                    postings[idea][column] = points
        return postings

    def _enter(self, idea: int, columns: Mapping[int, float]) -> None:
        places = np.fromiter(columns, dtype=np.int32)  # half as much to read as indexes of the usual size
        points = np.fromiter(columns.values(), dtype=np.float32)
        if len(places) > max(len(self._rules), SHORT) * DENSE:
            row = self._rows[idea] = np.zeros(len(self._rules), dtype=np.float32)
            row[places] = points
        else:
            self._scattered[idea] = (places, points, points * TITLE)

    def held_by(self, reading: ReadDocument) -> _Held:
        """Return a document's contents, and the most points that each rule may collect from them."""
        phrases = self._finder.found_in(reading)
        ideas: dict[int, list[Phrase]] = {}
        for phrase in phrases:
            for idea in self._ideas_with[phrase]:
                if idea in ideas:
                    ideas[idea].append(phrase)
                else:
                    ideas[idea] = [phrase]
        times = self._times(ideas, reading) if self._repeated else {}
        return _Held(self._bound(ideas, phrases, times), ideas, phrases, times)

    def near(self, held: _Held, length: float) -> dict[str, Judgement]:
        """Return the rules that a document only comes near, each with the most points that it may have."""
        if not self._has_floors:
            return {}
        bound = held.bound
        near = np.flatnonzero((bound >= self._floor / length) & (bound < self._needed / length))
        found = {}
        for column, points in zip(near.tolist(), (bound[near] * length).tolist(), strict=True):
            threshold = self._rules[column].threshold
            score = min(score_of(points, threshold), UNMET)
            found[self._names[column]] = Judgement(score=score, points=points, threshold=threshold)
        return found

    def woken_by(self, held: _Held, length: float) -> Iterable[tuple[str, CompiledRule, Mapping[int, Found]]]:
        """Yield the rules that may match, each with its parts in the document."""
        for name, rule, found in self.reached_by(held, length, share=1.0):
            if not rule.must or all(place in found for place in rule.must):
                yield name, rule, found

    def reached_by(
        self, held: _Held, length: float, *, share: float
    ) -> Iterable[tuple[str, CompiledRule, Mapping[int, Found]]]:
        """Yield the rules that may have at least this share of their threshold, each with its parts found."""
        ideas, phrases, times = held.ideas, held.phrases, held.times
        whole = {idea: _WHOLE[phrases[its[0]]] for idea, its in ideas.items() if idea in self._terms}
        for column in np.flatnonzero(held.bound >= self._needed * share / length).tolist():
            rule, places = self._rules[column], self._places[column]
            parts = rule.parts
            found: dict[int, Found] = {}
            for idea in [idea for idea in ideas if idea in places]:
                word, often = whole.get(idea), times.get(idea)
                again = 1.0 if often is None else repetition(often, rule.repeated)
                for place in places[idea]:
                    part = word or _strongest(parts[place].phrases, ideas[idea], phrases)
                    found[place] = part if again == 1.0 else (part[0] * again, part[1])
            yield self._names[column], rule, found

    def _times(self, ideas: Mapping[int, list[Phrase]], reading: ReadDocument) -> dict[int, int]:
        """Return the number of occurrences of the ideas that occur several times in a document."""
        times, language = reading.times(self._language), self._language
        found = {}
        for idea, its in ideas.items():
            if len(its) == 1 and len(its[0]) == 1:
                often = times[its[0][0]]
            else:
                often = sum([times_of(phrase, times, reading, language) for phrase in its])
            if often > 1:
                found[idea] = often
        return found

    def _bound(
        self, ideas: Mapping[int, list[Phrase]], phrases: Mapping[Phrase, str], times: Mapping[int, int]
    ) -> NDArray[np.float64]:
        """Return the most points that each rule may collect in an item of the usual length."""
        dense: dict[float, Points] = {}
        places, points = [], []
        for idea, its in ideas.items():
            fields = (phrases[its[0]],) if len(its) == 1 else [phrases[phrase] for phrase in its]
            factor = TITLE if "title" in fields else 1.0
            if idea in times:
                factor *= repetition(times[idea], self._repeated)
            if idea in self._rows:
                row = self._rows[idea]
                dense[factor] = dense[factor] + row if factor in dense else row
            elif idea in self._scattered:
                where, outside, inside = self._scattered[idea]
                places.append(where)
                plain = outside if factor == 1.0 else inside if factor == TITLE else None
                points.append(outside * np.float32(factor) if plain is None else plain)
        total: NDArray[np.float64] = np.zeros(len(self._rules))
        if places:
            total += np.bincount(np.concatenate(places), weights=np.concatenate(points), minlength=len(total))
        for factor, row in dense.items():
            total += row if factor == 1.0 else np.float32(factor) * row
        return total


def _strongest(shares: Mapping[Phrase, float], held: list[Phrase], phrases: Mapping[Phrase, str]) -> Found:
    """Return how much a part counts by the phrases found, and the (first) field where it counts most."""
    if len(held) == 1:
        factor, where = _WHOLE[phrases[held[0]]]
        return shares[held[0]] * factor, where
    best, where = 0.0, ""
    for phrase in held:
        factor, field = _WHOLE[phrases[phrase]]
        value = shares[phrase] * factor
        if value > best or (value == best and SEARCHED.index(field) < SEARCHED.index(where)):
            best, where = value, field
    return best, where

"""Thousands of topics: only those that some decisive word of a document wakes are scored at all.

A rule cannot be met without one of its decisive parts: a `must`, or else the fewest strongest parts without which
all the others together stay below the threshold, however favourably they stand.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.topics.frequencies import shipped
from monitor.topics.index import RuleIndex, WakeIndex
from monitor.topics.judge import Judgements, judge_query
from monitor.topics.query import Query
from monitor.topics.reading import Reading
from monitor.topics.score import LENGTH_POWER, SOFTENING, TITLE, USUAL_LENGTH, compiled, length_factor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.topics.document import Document
    from monitor.topics.frequencies import Frequencies
    from monitor.topics.rule import Rule
    from monitor.topics.score import CompiledRule, Part

LEAST_POINT = 0.01  # so that what brings nothing is left aside first
# The most that a point can count: in the title of an item of a single word.
_MOST = TITLE * ((USUAL_LENGTH + SOFTENING) / (1 + SOFTENING)) ** LENGTH_POWER


class Sieve:
    """Judges as `Matcher` does, but leaves out topics that cannot match. Threads may share it."""

    def __init__(self, topics: Mapping[str, Rule | Query]) -> None:
        """Compile every topic and index its decisive parts."""
        self._queries = {name: topic for name, topic in topics.items() if isinstance(topic, Query)}
        rules = {name: compiled(topic) for name, topic in topics.items() if not isinstance(topic, Query)}
        table = shipped()
        decisive: dict[str, dict[str, CompiledRule]] = defaultdict(dict)
        for name, rule in rules.items():
            decisive[rule.language][name] = replace(
                rule, parts=tuple(rule.parts[place] for place in _decisive(rule, table))
            )
        self._indexes = {language: RuleIndex(parts, language) for language, parts in decisive.items()}
        self._alone = {name: RuleIndex({name: rule}, rule.language) for name, rule in rules.items()}
        self._rules = rules
        self._wakes = WakeIndex(self._queries)

    def judge(self, document: Document) -> Judgements:
        """Return how the topics that a document may satisfy judge it."""
        reading = Reading(document)
        judgements = Judgements()
        length = length_factor(reading) if self._rules else 1.0
        for index in self._indexes.values():
            for name in index.found_in(reading):
                found = self._alone[name].found_in(reading)[name]
                judgements[name] = self._rules[name].judge(found, length)
        for name in self._wakes.woken_by(reading) if self._queries else ():
            judgements[name] = judge_query(self._queries[name], reading)
        return judgements


def _decisive(rule: CompiledRule, table: Frequencies) -> list[int]:
    if rule.must:
        return [min(rule.must, key=lambda place: _commonness(rule.parts[place], table))]
    # The commonest words per point are left aside first: they would wake their topic for nothing.
    places = sorted(
        range(len(rule.parts)),
        key=lambda place: -_commonness(rule.parts[place], table) / max(LEAST_POINT, rule.parts[place].points),
    )
    room = rule.threshold / _MOST
    decisive = []
    for place in places:
        gain = max(0.0, rule.parts[place].points)
        if gain < room:
            room -= gain
        else:
            decisive.append(place)
    return decisive


def _commonness(part: Part, table: Frequencies) -> int:
    return 1 + sum(table.count(" ".join(phrase)) for phrase in part.phrases)

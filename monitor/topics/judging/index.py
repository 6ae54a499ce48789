"""Inverted indexes from words to the topics that may match a document."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from monitor.topics.judging.score import TITLE
from monitor.topics.queries.search import START, QueryCompiler, wakes
from monitor.topics.vocabulary.document import TEXT_READ
from monitor.topics.vocabulary.read_document import EXACTLY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from monitor.topics.judging.score import CompiledRule, Found
    from monitor.topics.queries.query import Query
    from monitor.topics.queries.search import Hit
    from monitor.topics.vocabulary.read_document import ReadDocument

    # The target of a phrase: the topic, the part of its rule, the share of the part's points.
    Posting = tuple[str, int, float]


class RuleIndex:
    """The phrases of many rules of one language, by first stem."""

    def __init__(self, rules: Mapping[str, CompiledRule], language: str) -> None:
        """Index every phrase of every part of the rules."""
        self._language = language
        # Parts that are one word, which bring all their points: topic and part.
        self._terms: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._words: dict[str, list[Posting]] = defaultdict(list)
        self._phrases: dict[str, list[tuple[list[str], Posting]]] = defaultdict(list)
        for topic, rule in rules.items():
            for place, part in enumerate(rule.parts):
                for phrase, share in part.phrases.items():
                    self._add(phrase, (topic, place, share), alone=len(part.phrases) == 1)

    def _add(self, phrase: tuple[str, ...], posting: Posting, *, alone: bool) -> None:
        if len(phrase) == 1 and alone and posting[2] == 1.0:
            self._terms[phrase[0]].append(posting[:2])
        elif len(phrase) == 1:
            self._words[phrase[0]].append(posting)
        elif phrase:
            self._phrases[phrase[0]].append((list(phrase[1:]), posting))

    def found_in(self, reading: ReadDocument) -> dict[str, dict[int, Found]]:
        """Return for each topic found its parts, how much each counts, and the field where it counts most."""
        found: dict[str, dict[int, Found]] = defaultdict(dict)
        for field in reading.fields:
            row = reading.stems(field, self._language)
            if field == "text":
                row = row[:TEXT_READ]
            whole = (TITLE if field == "title" else 1.0, field)
            # dict.fromkeys and not set: the order of equal terms must not change from run to run.
            stems = dict.fromkeys(row)
            for stem in stems:
                if stem in self._terms:
                    for topic, place in self._terms[stem]:
                        found[topic].setdefault(place, whole)  # the title comes first, and counts most
            for topic, place, share in self._postings(row, stems):
                factor = share * whole[0]
                parts = found[topic]
                if place not in parts or parts[place][0] < factor:
                    parts[place] = (factor, field)
        return found

    def _postings(self, row: list[str], stems: Iterable[str]) -> Iterator[Posting]:
        for stem in stems:
            if stem in self._words:
                yield from self._words[stem]
            if stem in self._phrases:
                for rest, posting in self._phrases[stem]:
                    if _continues(row, stem, rest):
                        yield posting


def _continues(row: list[str], first: str, rest: list[str]) -> bool:
    """Whether a phrase occurs in a sequence of stems that is known to contain its first word."""
    length, at = len(rest), -1
    for _ in range(row.count(first)):
        at = row.index(first, at + 1)
        if row[at + 1 : at + 1 + length] == rest:
            return True
    return False


class WakeIndex:
    """Indexes from the words that queries need to the queries that a document may satisfy, one for each language."""

    def __init__(self, queries: Mapping[str, Query]) -> None:
        """Keep the queries; they are indexed for a language when the first document in it comes."""
        self._queries = queries
        self._made = QueryCompiler()
        self._languages: dict[str, _QueriesIn] = {}

    def found_in(self, reading: ReadDocument) -> Iterator[tuple[str, tuple[Hit, ...]]]:
        """Yield the queries that a document satisfies, in a fixed order, each with its hits."""
        if not self._queries:
            return
        language = reading.language
        index = self._languages.get(language)
        if index is None:
            index = self._languages[language] = _QueriesIn(self._queries, language, self._made)
        yield from index.found_in(reading)


class _QueriesIn:
    """An index of queries for the documents of one language."""

    def __init__(self, queries: Mapping[str, Query], language: str, made: QueryCompiler) -> None:
        """Index every query by the words it needs; queries without such words are always evaluated."""
        self._always: list[str] = []
        # Words by spelling; starts of words by their length.
        self._words: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self._starts: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self._compiled_queries = {name: made.of(query, language) for name, query in queries.items()}
        for name, query in queries.items():
            needed = wakes(query, language)
            if needed is None:
                self._always.append(name)
            for wake in needed or ():
                postings = (
                    self._starts[len(wake.text)] if wake.spelling == START else self._words[wake.spelling]
                )
                postings[wake.text].append(name)

    def found_in(self, reading: ReadDocument) -> Iterator[tuple[str, tuple[Hit, ...]]]:
        compiled_queries = self._compiled_queries
        for name in self._woken_by(reading):
            hits = compiled_queries[name](reading)
            if hits is not None:
                yield name, hits

    def _woken_by(self, reading: ReadDocument) -> dict[str, None]:
        woken = dict.fromkeys(self._always)
        for spelling, postings in self._words.items():
            _wake(woken, postings, reading.first_fields(spelling))
        for length, postings in self._starts.items():
            _wake(woken, postings, dict.fromkeys([word[:length] for word in reading.first_fields(EXACTLY)]))
        return woken


def _wake(woken: dict[str, None], postings: Mapping[str, list[str]], words: Iterable[str]) -> None:
    for word in words:
        if word in postings:
            woken |= dict.fromkeys(postings[word])

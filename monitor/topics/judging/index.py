"""Inverted indexes from words to the topics that may match a document."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from monitor.topics.judging.score import TITLE
from monitor.topics.queries.search import START, QueryCompiler, longest_wakes, needed_phrases, wakes
from monitor.topics.vocabulary.document import TEXT_READ
from monitor.topics.vocabulary.read_document import EXACTLY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from monitor.topics.judging.score import CompiledRule, Found
    from monitor.topics.queries.nodes import Phrase
    from monitor.topics.queries.query import Query
    from monitor.topics.queries.search import Hit, Search, Wake
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
    """Indexes from the words that queries need to the queries that a document may satisfy.

    The words by a query's own languages are indexed at once. Those by another language of items are indexed when the
    first document in it comes, which takes less than a tenth of a second for ten thousand queries. Queries are compiled
    when they are first needed.
    """

    def __init__(self, queries: Mapping[str, Query]) -> None:
        """Index every query by the words it needs; queries without such words are always evaluated."""
        self._queries = queries
        self._made = QueryCompiler()
        self._searches: dict[str, dict[str, Search]] = defaultdict(dict)  # by the language of the document
        self._always: list[str] = []
        self._needed: dict[str, tuple[Phrase, ...]] = {}
        self._own = _Postings()
        self._others: dict[str, _Postings] = {}
        for name, query in queries.items():
            needed = needed_phrases(query)
            if needed is None:
                self._always.append(name)
                continue
            self._needed[name] = needed
            for language in query.languages:
                self._own.add(name, wakes(needed, language))

    def found_in(self, reading: ReadDocument) -> Iterator[tuple[str, tuple[Hit, ...]]]:
        """Yield the queries that a document satisfies, in a fixed order, each with its hits."""
        if not self._queries:
            return
        language = reading.language
        searches = self._searches[language]
        for name in self._woken_by(reading, language):
            search = searches.get(name)
            if search is None:
                search = searches[name] = self._made.of(self._queries[name], language)
            hits = search(reading)
            if hits is not None:
                yield name, hits

    def _woken_by(self, reading: ReadDocument, language: str) -> dict[str, None]:
        woken = dict.fromkeys(self._always)
        self._own.wake(woken, reading)
        others = self._others.get(language)
        if others is None:
            others = self._others[language] = self._in(language)
        others.wake(woken, reading)
        return woken

    def _in(self, language: str) -> _Postings:
        """Return an index of the words by a language that is not the queries' own."""
        postings = _Postings()
        found: dict[Phrase, frozenset[Wake]] = {}
        for name, phrases in self._needed.items():
            if language in self._queries[name].languages:
                continue
            for phrase in phrases:
                if phrase not in found:
                    found[phrase] = longest_wakes([phrase], language)
                postings.add(name, found[phrase])
        return postings


class _Postings:
    """Names of queries by a word that must occur: by its spelling, or by the length of a beginning."""

    def __init__(self) -> None:
        self._words: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self._starts: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))

    def add(self, name: str, wakes_: Iterable[Wake]) -> None:
        """Add a query under its words."""
        for wake in wakes_:
            words = self._starts[len(wake.text)] if wake.spelling == START else self._words[wake.spelling]
            words[wake.text].append(name)

    def wake(self, woken: dict[str, None], reading: ReadDocument) -> None:
        """Add to `woken` the queries whose words a document contains."""
        for spelling, postings in self._words.items():
            _wake(woken, postings, reading.first_fields(spelling))
        for length, postings in self._starts.items():
            _wake(woken, postings, dict.fromkeys([word[:length] for word in reading.first_fields(EXACTLY)]))


def _wake(woken: dict[str, None], postings: Mapping[str, list[str]], words: Iterable[str]) -> None:
    for word in words:
        if word in postings:
            woken |= dict.fromkeys(postings[word])

"""Inverted indexes: from a document's words to the topics they wake."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from monitor.topics.score import TEXT_READ, TITLE
from monitor.topics.search import wakes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monitor.topics.query import Query
    from monitor.topics.reading import Reading
    from monitor.topics.score import CompiledRule, Found

    # Where a phrase leads: the topic, the part of its rule, the share of its points.
    Posting = tuple[str, int, float]


class RuleIndex:
    """The phrases of many rules of one language, by first stem."""

    def __init__(self, rules: Mapping[str, CompiledRule], language: str) -> None:
        """Index every phrase of every part of the rules."""
        self._language = language
        self._words: dict[str, list[Posting]] = defaultdict(list)
        self._phrases: dict[str, list[tuple[list[str], Posting]]] = defaultdict(list)
        for topic, rule in rules.items():
            for place, part in enumerate(rule.parts):
                for phrase, share in part.phrases.items():
                    self._add(phrase, (topic, place, share))

    def _add(self, phrase: tuple[str, ...], posting: Posting) -> None:
        if len(phrase) == 1:
            self._words[phrase[0]].append(posting)
        elif phrase:
            self._phrases[phrase[0]].append((list(phrase[1:]), posting))

    def found_in(self, reading: Reading) -> dict[str, dict[int, Found]]:
        """Return, for each topic that occurs at all, its parts found: how much they count, and where most."""
        found: dict[str, dict[int, Found]] = defaultdict(dict)
        for field in reading.fields:
            row = reading.stems(field, self._language)
            if field == "text":
                row = row[:TEXT_READ]
            factor = TITLE if field == "title" else 1.0
            for topic, place, share in self._postings(row):
                parts = found[topic]
                known = parts.get(place)
                if known is None or known[0] < share * factor:
                    parts[place] = (share * factor, field)
        return found

    def _postings(self, row: list[str]) -> Iterator[Posting]:
        # dict.fromkeys and not set: the order of equal terms must not change from run to run.
        for stem in dict.fromkeys(row):
            if stem in self._words:
                yield from self._words[stem]
            if stem in self._phrases:
                for rest, posting in self._phrases[stem]:
                    if _continues(row, stem, rest):
                        yield posting


def _continues(row: list[str], first: str, rest: list[str]) -> bool:
    """Whether a phrase stands in a row of stems: its first word is known to occur."""
    length, at = len(rest), -1
    for _ in range(row.count(first)):
        at = row.index(first, at + 1)
        if row[at + 1 : at + 1 + length] == rest:
            return True
    return False


class WakeIndex:
    """The words of which a query needs one, from which the queries worth asking follow."""

    def __init__(self, queries: Mapping[str, Query]) -> None:
        """Index every query by what wakes it; those that anything may satisfy are always asked."""
        self._always: list[str] = []
        self._words: dict[str, list[str]] = defaultdict(list)
        self._starts: dict[str, list[str]] = defaultdict(list)
        self._stems: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for name, query in queries.items():
            needed = wakes(query)
            if needed is None:
                self._always.append(name)
            for wake in needed or ():
                self._postings(wake.kind, query.language)[wake.text].append(name)
        self._lengths = sorted({len(start) for start in self._starts})

    def _postings(self, kind: str, language: str) -> dict[str, list[str]]:
        if kind == "stem":
            return self._stems[language]
        return self._words if kind == "word" else self._starts

    def woken_by(self, reading: Reading) -> dict[str, None]:
        """Return the queries that a document may satisfy, in a fixed order."""
        woken = dict.fromkeys(self._always)
        for field in reading.fields:
            row = reading.words(field)
            if self._words:
                self._wake(woken, self._words, row)
            for language, postings in self._stems.items():
                self._wake(woken, postings, reading.stems(field, language))
            for length in self._lengths:
                self._wake(woken, self._starts, [word[:length] for word in row])
        return woken

    def _wake(self, woken: dict[str, None], postings: dict[str, list[str]], row: list[str]) -> None:
        for word in dict.fromkeys(row):
            if word in postings:
                woken.update(dict.fromkeys(postings[word]))

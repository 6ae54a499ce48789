"""Finds the phrases of many rules in a document."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from monitor.topics.vocabulary.document import TEXT_READ

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.topics.judging.score import Phrase
    from monitor.topics.vocabulary.read_document import ReadDocument

PAIR = 2  # words


class PhraseFinder:
    """The phrases of the rules of one language, by their first words."""

    def __init__(self, language: str) -> None:
        """Begin without phrases."""
        self._language = language
        self._words: dict[str, Phrase] = {}  # phrases of one word
        self._pairs: set[Phrase] = set()
        # Words that begin a phrase of several, and the words after them.
        self._starts: dict[str, set[str]] = defaultdict(set)
        self._longer: dict[Phrase, list[Phrase]] = defaultdict(list)  # of over two words, by the first two

    def add(self, phrase: Phrase) -> None:
        """Look for a phrase, which must be new, in all further documents."""
        if len(phrase) == 1:
            self._words[phrase[0]] = phrase
        elif phrase:
            self._starts[phrase[0]].add(phrase[1])
        if len(phrase) == PAIR:
            self._pairs.add(phrase)
        elif len(phrase) > PAIR:
            self._longer[phrase[:PAIR]].append(phrase)

    def found_in(self, reading: ReadDocument) -> dict[Phrase, str]:
        """Return the phrases that a document contains, and the field where each counts most."""
        found: dict[Phrase, str] = {}
        words, starts = self._words, self._starts
        for field in reading.fields:
            row = reading.stems(field, self._language)
            if field == "text":
                row = row[:TEXT_READ]
            for word in row:
                if word in words:
                    found.setdefault(words[word], field)
            last = len(row) - 1
            for at in [
                at
                for at, word in enumerate(row)
                if word in starts and at < last and row[at + 1] in starts[word]
            ]:
                for phrase in self._longer_at(row, at):
                    found.setdefault(phrase, field)
        return found

    def _longer_at(self, row: list[str], at: int) -> Iterator[Phrase]:
        pair = tuple(row[at : at + PAIR])
        if pair in self._pairs:
            yield pair
        for phrase in self._longer.get(pair, ()):
            if tuple(row[at : at + len(phrase)]) == phrase:
                yield phrase

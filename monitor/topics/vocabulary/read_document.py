"""The words of a document by field, each computed once for all topics."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from itertools import takewhile
from typing import TYPE_CHECKING

from monitor.text.words import stems, words
from monitor.topics.vocabulary.linear_regex import readable
from monitor.topics.vocabulary.strangers import NamesInText, names_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from monitor.topics.vocabulary.document import Document

SEARCHED = ("title", "summary", "text")

# A hostile item must not take more than 50 ms: these bounds limit the words to be stemmed to about two thousand.
MAX_WORDS = {"title": 120, "summary": 600, "text": 1_000}
LONGEST_WORD = 12  # average characters of a word with its space, used to cut a field before it is split


class ReadDocument:
    """The words of a document by field, with their positions; made once per document and then discarded."""

    def __init__(self, document: Document) -> None:
        """Read nothing yet, since most documents concern few topics."""
        self.document = document
        self.fields = [field for field in SEARCHED if getattr(document, field)]
        self._words: dict[str, list[str]] = {}
        self._places: dict[tuple[str, str], Mapping[str, list[int]]] = {}
        self._first_fields: dict[str, Mapping[str, str]] = {}
        self._stems: dict[tuple[str, str], list[str]] = {}
        self._readable: dict[str, str] = {}
        self._sorted: dict[str, list[str]] = {}
        self._names: NamesInText | None = None
        self._starting: dict[tuple[str, str], list[int]] = {}

    @property
    def names(self) -> NamesInText:
        """The names in the document, with the positions where they count more."""
        if self._names is None:
            self._names = names_in(self.document)
        return self._names

    def readable(self, field: str) -> str:
        """Return a field's text in the form that regular expressions are matched with."""
        if field not in self._readable:
            self._readable[field] = readable(field, self._text(field))
        return self._readable[field]

    def words(self, field: str) -> list[str]:
        """Return the folded words of a field, up to its bound."""
        found = self._words.get(field)
        if found is None:
            bound = MAX_WORDS.get(field, MAX_WORDS["title"])
            found = words(self._text(field)[: bound * LONGEST_WORD])[:bound]
            self._words[field] = found
        return found

    def stems(self, field: str, language: str) -> list[str]:
        """Return the stems of a field's words in a language; with an empty language, the words as written."""
        if not language:
            return self.words(field)
        found = self._stems.get((field, language))
        if found is None:
            found = stems(self.words(field), language)
            self._stems[field, language] = found
        return found

    def first_fields(self, language: str) -> Mapping[str, str]:
        """Return, for each stem as given by `stems`, the first of the searched fields that contains it."""
        found = self._first_fields.get(language)
        if found is None:
            found = {}
            for field in reversed(self.fields):
                found |= dict.fromkeys(self.stems(field, language), field)
            self._first_fields[language] = found
        return found

    def places(self, field: str, language: str) -> Mapping[str, list[int]]:
        """Return the positions of each stem in a field."""
        found = self._places.get((field, language))
        if found is None:
            found = _places(self.stems(field, language))
            self._places[field, language] = found
        return found

    def starting(self, field: str, start: str) -> Sequence[int]:
        """Return the positions of a field's words, as written, that have this beginning."""
        found = self._starting.get((field, start))
        if found is None:
            places = self.places(field, "")
            known = self._sorted.setdefault(field, [])
            known.extend(() if known else sorted(places))
            at = bisect_left(known, start)
            ends = (
                place
                for word in takewhile(lambda word: word.startswith(start), known[at:])
                for place in places[word]
            )
            found = self._starting[field, start] = sorted(ends)
        return found

    def _text(self, field: str) -> str:
        if field == "lang":
            return self.document.language or ""
        return getattr(self.document, field) or ""


def _places(row: Sequence[str]) -> Mapping[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, word in enumerate(row):
        places[word].append(place)
    return places

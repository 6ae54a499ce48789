"""The words of a document by field, each computed once for all topics."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from itertools import takewhile
from typing import TYPE_CHECKING

from monitor.text.folding import fold
from monitor.text.lexicon import code_of
from monitor.text.segments import inner_words
from monitor.text.stems import pieces, stems
from monitor.text.words import habits_of, words
from monitor.topics.vocabulary.document import TEXT_READ, spoken_in
from monitor.topics.vocabulary.linear_regex import readable
from monitor.topics.vocabulary.searched_fields import SEARCHED
from monitor.topics.vocabulary.strangers import NO_NAMES, NamesInText, names_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from monitor.topics.vocabulary.document import Document

EXACTLY = "="  # before a language: words as written in it, not their stems

# A hostile item must not take more than 50 ms: these bounds limit the words to be stemmed to about two thousand.
MAX_WORDS = {"title": 120, "summary": 600, "text": 1_000}
LONGEST_WORD = 12  # average characters of a word with its space, used to cut a field before it is split


class ReadDocument:
    """The words of a document by field, with their positions; made once per document and then discarded."""

    def __init__(self, document: Document) -> None:
        """Read nothing yet, since most documents concern few topics."""
        self.document = document
        self.fields = [field for field in SEARCHED if getattr(document, field)]
        self._words: dict[tuple[str, str], list[str]] = {}
        self._places: dict[tuple[str, str], Mapping[str, list[int]]] = {}
        self._first_fields: dict[str, Mapping[str, str]] = {}
        self._times: dict[str, Counter[str]] = {}
        self._stems: dict[tuple[str, str], list[str]] = {}
        self._readable: dict[str, str] = {}
        self._sorted: dict[str, list[str]] = {}
        self._names: NamesInText | None = None
        self._language: str | None = None
        self._starting: dict[tuple[str, str], list[int]] = {}

    def names_in(self, language: str) -> NamesInText:
        """Return the names in the document; none if its language is another."""
        if self._names is None:
            self._names = names_in(self.document)
        return self._names if code_of(self._names.language) == code_of(language) else NO_NAMES

    def readable(self, field: str) -> str:
        """Return a field's text in the form that regular expressions are matched with."""
        if field not in self._readable:
            self._readable[field] = readable(field, self._text(field))
        return self._readable[field]

    @property
    def language(self) -> str:
        """The document's language, as given or else detected."""
        if self._language is None:
            body = "summary" if self.document.summary else "text"
            self._language = spoken_in(self.document, [*self.words("title"), *self.words(body)])
        return self._language

    def words(self, field: str, language: str = "") -> list[str]:
        """Return the words of a field, up to its bound, split by the habits of a language."""
        key = (field, habits_of(language))
        found = self._words.get(key)
        if found is None:
            bound = MAX_WORDS.get(field, MAX_WORDS["title"])
            found = words(self._text(field)[: bound * LONGEST_WORD], key[1])[:bound]
            self._words[key] = found
        return found

    def stems(self, field: str, language: str) -> list[str]:
        """Return the stems of a field's words in a language; with `EXACTLY` before it, the words without accents."""
        found = self._stems.get((field, language))
        if found is None:
            row = self.words(field, language.removeprefix(EXACTLY))
            if language.startswith(EXACTLY):
                found = row if self._text(field).isascii() else [*map(fold, row)]
            else:
                found = stems(row, language)
            self._stems[field, language] = found
        return found

    def pieces(self, field: str, language: str) -> list[tuple[str, str]]:
        """Return the words of a field, compounds as their parts, each with its stem."""
        return pieces(self.words(field, language), language)

    def first_fields(self, language: str) -> Mapping[str, str]:
        """Return, for each word that `places` knows, the first of the searched fields that contains it."""
        found = self._first_fields.get(language)
        if found is None:
            found = {}
            for field in reversed(self.fields):
                row = self.stems(field, language)
                found |= dict.fromkeys(row, field)
                inner = () if self._text(field).isascii() else [word for word in row if not word.isascii()]
                found |= dict.fromkeys([part for word in inner for part in inner_words(word)], field)
            self._first_fields[language] = found
        return found

    def times(self, language: str) -> Mapping[str, int]:
        """Return how often each stem occurs; a text that repeats the summary is not counted twice."""
        found = self._times.get(language)
        if found is None:
            rows = {field: self.stems(field, language) for field in self.fields}
            found = Counter(rows.get("summary", ()))
            if "text" in rows:
                found |= Counter(rows["text"][:TEXT_READ])
            found.update(rows.get("title", ()))
            self._times[language] = found
        return found

    def places(self, field: str, language: str) -> Mapping[str, list[int]]:
        """Return the positions of each stem in a field, and of words inside words of scripts without spaces."""
        found = self._places.get((field, language))
        if found is None:
            row = self.stems(field, language)
            found = self._places[field, language] = _places(row)
            if not self._text(field).isascii():
                _add_inner_words(found, row)
        return found

    def starting(self, field: str, start: str) -> Sequence[int]:
        """Return the positions of a field's words, as written, that have this beginning."""
        found = self._starting.get((field, start))
        if found is None:
            places = self.places(field, EXACTLY)
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


def _places(row: Sequence[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, word in enumerate(row):
        places[word].append(place)
    return places


def _add_inner_words(places: dict[str, list[int]], row: Sequence[str]) -> None:
    for place, word in enumerate(row):
        if not word.isascii():
            for part in inner_words(word):
                places[part].append(place)

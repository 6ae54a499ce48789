"""Evaluates queries on documents and returns the words that made them true."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, assert_never

from monitor.text.stems import stems
from monitor.topics.queries.query import All, AnyOf, Near, Node, Not, Phrase, Regex
from monitor.topics.vocabulary.frequencies import shipped
from monitor.topics.vocabulary.linear_regex import found_by
from monitor.topics.vocabulary.read_document import SEARCHED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from monitor.topics.queries.query import Query
    from monitor.topics.vocabulary.read_document import ReadDocument

    Hits: TypeAlias = "tuple[Hit, ...]"
    # Finds the hits of a query, or of a part of one, in a document; None if it is false.
    Search: TypeAlias = Callable[[ReadDocument], Hits | None]


STARTS_COMMON = 1_000  # assumed number of items of the table that contain a start of a word


@dataclass(frozen=True, slots=True)
class Hit:
    """A part of a query that was found, and the first field it is in."""

    text: str
    where: str


@dataclass(frozen=True, slots=True)
class Wake:
    """A word that must occur for a query to be true. `kind`: word (as written), stem, or start of a word."""

    kind: str
    text: str


def wakes(query: Query) -> frozenset[Wake] | None:
    """Return words of which one must occur, or None if any document may satisfy the query."""
    return _wakes(query.root)


class QueryCompiler:
    """Compiles queries to search functions. Equal parts of queries share one function, which saves memory."""

    def __init__(self) -> None:
        """Begin without compiled parts."""
        self._made: dict[tuple[Node, str], Search] = {}

    def of(self, query: Query) -> Search:
        """Return the search function of a query."""
        return self._of(query.root, query.language)

    def _of(self, node: Node, language: str) -> Search:
        key = (node, language)
        if key not in self._made:
            self._made[key] = self._new(node, language)
        return self._made[key]

    def _new(self, node: Node, language: str) -> Search:
        match node:
            case Phrase():
                return _for_phrase(node, language)
            case Regex():
                return partial(_found_by, node)
            case Near(phrases=phrases):
                # A single phrase in lang: is compared with the beginning of the code; in a NEAR it may be anywhere.
                alone = phrases if phrases[0].field != "lang" else ()
                parts = [self._of(phrase, language) for phrase in alone]
                spellings = [_spelling(phrase, language) for phrase in phrases]
                return partial(_near, node, parts, spellings, _hits(phrases, phrases[0].field))
            case Not(part=part):
                return partial(_not, self._of(part, language))
            case All(parts=parts):
                return partial(_all, [self._of(part, language) for part in parts])
            case AnyOf(parts=parts):
                return partial(_any, [self._of(part, language) for part in parts])
        assert_never(node)


def _not(found_in: Search, reading: ReadDocument) -> Hits | None:
    return () if found_in(reading) is None else None


def _all(parts: Sequence[Search], reading: ReadDocument) -> Hits | None:
    hits: Hits = ()
    for found_in in parts:
        found = found_in(reading)
        if found is None:
            return None
        hits += found
    return hits


def _any(parts: Sequence[Search], reading: ReadDocument) -> Hits | None:
    hits: Hits | None = None
    for found_in in parts:
        found = found_in(reading)
        if found is not None:
            hits = found if hits is None else hits + found
    return hits


def _spelling(phrase: Phrase, language: str) -> str:
    return "" if phrase.exact else language


def _hits(phrases: Iterable[Phrase], field: str | None) -> dict[str | None, Hits]:
    """Return, by field, the hits to report if the phrases are found there; computed once for all documents."""
    return {
        where: tuple(Hit(phrase.written, where) for phrase in phrases)
        for where in ((field,) if field else SEARCHED)
    }


def _for_phrase(phrase: Phrase, language: str) -> Search:
    spelling, hits = _spelling(phrase, language), _hits([phrase], phrase.field)
    if phrase.field == "lang":
        return partial(_in_language, phrase.words, hits["lang"])
    if phrase.field is None and not phrase.open_end and len(phrase.words) == 1:
        [word] = phrase.words
        return lambda reading: hits.get(reading.first_fields(spelling).get(word))
    return partial(_first_hit, phrase, spelling, hits)


def _in_language(words: tuple[str, ...], hits: Hits, reading: ReadDocument) -> Hits | None:
    return hits if tuple(reading.words("lang")[: len(words)]) == words else None


def _first_hit(
    phrase: Phrase, spelling: str, hits: Mapping[str | None, Hits], reading: ReadDocument
) -> Hits | None:
    for field in (phrase.field,) if phrase.field else reading.fields:
        if next(iter(_starts(phrase, field, reading, spelling)), None) is not None:
            return hits[field]
    return None


def _found_by(regex: Regex, reading: ReadDocument) -> Hits | None:
    for field in (regex.field,) if regex.field else reading.fields:
        if found_by(regex.pattern, reading.readable(field)):
            return (Hit(regex.written, field),)
    return None


def _starts(phrase: Phrase, field: str, reading: ReadDocument, spelling: str) -> Iterable[int]:
    """Return the positions in a field where a phrase begins, in order."""
    places = reading.places(field, spelling)
    *firsts, last = phrase.words
    if not all(word in places for word in firsts):
        return ()
    ends = reading.starting(field, last) if phrase.open_end else places.get(last, ())
    if not firsts or not ends:
        return ends
    row, length = reading.stems(field, spelling), len(firsts)
    return (end - length for end in ends if end >= length and row[end - length : end] == firsts)


def _near(
    near: Near,
    parts: Sequence[Search],
    spellings: Sequence[str],
    hits: Mapping[str | None, Hits],
    reading: ReadDocument,
) -> Hits | None:
    if _all(parts, reading) is None:  # usually the case, and faster to check than distances
        return None
    field = near.phrases[0].field
    for where in (field,) if field else reading.fields:
        if _close(near, where, reading, spellings):
            return hits[where]
    return None


def _close(near: Near, field: str, reading: ReadDocument, spellings: Sequence[str]) -> bool:
    """Return whether each phrase has a position close enough to one reached by the phrases before it."""
    reached = [*_starts(near.phrases[0], field, reading, spellings[0])]
    pairs = zip(near.phrases, near.phrases[1:], near.distances, spellings[1:], strict=False)
    for before, phrase, distance, spelling in pairs:
        if not reached:
            return False
        length, own = len(before.words), len(phrase.words)
        reached = [
            start
            for start in _starts(phrase, field, reading, spelling)
            if _any_between(reached, start - distance - length, start - length)
            or _any_between(reached, start + own, start + own + distance)
        ]
    return bool(reached)


def _any_between(places: list[int], low: int, high: int) -> bool:
    at = bisect_left(places, low)
    return at < len(places) and places[at] <= high


def _wakes(node: Node) -> frozenset[Wake] | None:
    match node:
        case Phrase():
            return _wakes_of_phrase(node)
        case Near(phrases=phrases):
            return _wakes(All(parts=phrases))
        case Not() | Regex():
            return None
        case All(parts=parts):
            known = [found for part in parts if (found := _wakes(part)) is not None]
            return min(known, key=_commonness) if known else None
        case AnyOf(parts=parts):
            union: frozenset[Wake] = frozenset()
            for part in parts:
                found = _wakes(part)
                if found is None:
                    return None
                union |= found
            return union
    assert_never(node)


def _wakes_of_phrase(phrase: Phrase) -> frozenset[Wake] | None:
    if phrase.field in ("lang", "feed", "author"):
        return None
    *firsts, last = phrase.words
    kind = "word" if phrase.exact else "stem"
    known = [Wake(kind, word) for word in firsts] + [Wake("start" if phrase.open_end else kind, last)]
    return frozenset({min(known, key=lambda wake: _commonness([wake]))})


def _commonness(wakes: Iterable[Wake]) -> int:
    """Return an estimate of how many items of the shipped table contain one of these words: rare words cost least."""
    table = shipped()
    return sum(
        STARTS_COMMON
        if wake.kind == "start"
        else table.count(stems([wake.text])[0] if wake.kind == "word" else wake.text)
        for wake in wakes
    )

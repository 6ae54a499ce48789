"""Whether a query is true of a document, and which of its words say so."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from monitor.text import stem
from monitor.topics.frequencies import shipped
from monitor.topics.query import All, AnyOf, Near, Node, Not, Phrase, Regex
from monitor.topics.regex import found_by

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.topics.query import Query
    from monitor.topics.reading import Reading


STARTS_COMMON = 1_000  # items of the table that the start of a word is taken to be in


@dataclass(frozen=True, slots=True)
class Hit:
    """A part of a query that was found, and the field where it first stands."""

    text: str
    where: str


@dataclass(frozen=True, slots=True)
class Wake:
    """What has to occur before a query can be true. `kind`: word (as written), stem, or start of a word."""

    kind: str
    text: str


def search(query: Query, reading: Reading) -> tuple[Hit, ...] | None:
    """Return what a query found, or None where it is false."""
    return _search(query.root, reading, query.language)


def wakes(query: Query) -> frozenset[Wake] | None:
    """Return words of which one has to occur, or None where any document may satisfy the query."""
    return _wakes(query.root)


def _search(node: Node, reading: Reading, language: str) -> tuple[Hit, ...] | None:
    match node:
        case Phrase():
            return _first_hit(node, reading, language)
        case Regex():
            return _found_by(node, reading)
        case Near():
            return _near(node, reading, language)
        case Not(part=part):
            return () if _search(part, reading, language) is None else None
        case All(parts=parts):
            return _all(parts, reading, language)
        case AnyOf(parts=parts):
            found = [hits for part in parts if (hits := _search(part, reading, language)) is not None]
            return tuple(hit for hits in found for hit in hits) if found else None
    assert_never(node)


def _all(parts: tuple[Node, ...], reading: Reading, language: str) -> tuple[Hit, ...] | None:
    hits: tuple[Hit, ...] = ()
    for part in parts:
        found = _search(part, reading, language)
        if found is None:
            return None
        hits += found
    return hits


def _first_hit(phrase: Phrase, reading: Reading, language: str) -> tuple[Hit, ...] | None:
    if phrase.field == "lang":
        said = reading.words("lang")[: len(phrase.words)]
        return (Hit(phrase.written, "lang"),) if tuple(said) == phrase.words else None
    for field in (phrase.field,) if phrase.field else reading.fields:
        places = reading.places(field, "" if phrase.exact else language)
        if not all(word in places for word in (phrase.words[:-1] if phrase.open_end else phrase.words)):
            continue
        if len(phrase.words) == 1 and not phrase.open_end:
            return (Hit(phrase.written, field),)
        if next(iter(_starts(phrase, field, reading, language)), None) is not None:
            return (Hit(phrase.written, field),)
    return None


def _found_by(regex: Regex, reading: Reading) -> tuple[Hit, ...] | None:
    for field in (regex.field,) if regex.field else reading.fields:
        if found_by(regex.pattern, reading.readable(field)):
            return (Hit(regex.written, field),)
    return None


def _starts(phrase: Phrase, field: str, reading: Reading, language: str) -> Iterable[int]:
    row = reading.words(field) if phrase.exact else reading.stems(field, language)
    places = reading.places(field, "" if phrase.exact else language)
    *firsts, last = phrase.words
    ends = reading.starting(field, last) if phrase.open_end else places.get(last, [])
    for end in ends:
        start = end - len(firsts)
        if start >= 0 and row[start:end] == firsts:
            yield start


def _near(near: Near, reading: Reading, language: str) -> tuple[Hit, ...] | None:
    field = near.phrases[0].field
    for where in (field,) if field else reading.fields:
        if _close(near, where, reading, language):
            return tuple(Hit(phrase.written, where) for phrase in near.phrases)
    return None


def _close(near: Near, field: str, reading: Reading, language: str) -> bool:
    """Whether each phrase has a place close enough to a place that the phrases before it led to."""
    reached = list(_starts(near.phrases[0], field, reading, language))
    for before, phrase, distance in zip(near.phrases, near.phrases[1:], near.distances, strict=False):
        length, own = len(before.words), len(phrase.words)
        reached = [
            start
            for start in _starts(phrase, field, reading, language)
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
    """Return in about how many items of the shipped table one of these occurs: what wakes seldom costs least."""
    table = shipped()
    return sum(
        STARTS_COMMON
        if wake.kind == "start"
        else table.count(stem(wake.text) if wake.kind == "word" else wake.text)
        for wake in wakes
    )

"""Evaluates queries on documents and returns the words that made them true."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias, assert_never

from monitor.text.stems import stem
from monitor.topics.queries.nodes import All, AnyOf, Near, Node, Not, Phrase, Regex
from monitor.topics.vocabulary.frequencies import shipped
from monitor.topics.vocabulary.linear_regex import found_by
from monitor.topics.vocabulary.read_document import EXACTLY
from monitor.topics.vocabulary.searched_fields import SEARCHED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from monitor.topics.queries.query import Query
    from monitor.topics.vocabulary.read_document import ReadDocument

    Hits: TypeAlias = "tuple[Hit, ...]"
    # Finds the hits of a query, or of a part of one, in a document; None if it is false.
    Search: TypeAlias = Callable[[ReadDocument], Hits | None]


START = "*"  # spelling of a wake that is the start of a word
STARTS_COMMON = 1_000  # assumed number of items of the table that contain a start of a word


@dataclass(frozen=True, slots=True)
class Hit:
    """A part of a query that was found, and the first field it is in."""

    text: str
    where: str


@dataclass(frozen=True, slots=True)
class Wake:
    """A word that must occur for a query to be true, as `ReadDocument` spells it, or the start of a word (`START`)."""

    language: str
    spelling: str
    text: str


def needed_phrases(query: Query) -> tuple[Phrase, ...] | None:
    """Return phrases of which one must occur in an item that satisfies the query, or None if any item may.

    They are the same for items of all languages; how rare they are is estimated by the query's own languages.
    """
    return _needed(query.root, query.languages)


def wakes(phrases: Iterable[Phrase], language: str) -> frozenset[Wake]:
    """Return the rarest word of each phrase as it must occur in an item, by the rules of a language."""
    return frozenset(
        min(known, key=lambda wake: _commonness([wake])) if len(known) > 1 else known[0]
        for known in (_wakes_of(phrase, language) for phrase in phrases)
    )


def longest_wakes(phrases: Iterable[Phrase], language: str) -> frozenset[Wake]:
    """Return the same with the longest words, since loading the frequencies of a language takes a quarter of a second."""
    return frozenset(
        max(_wakes_of(phrase, language), key=lambda wake: (wake.spelling != START, len(wake.text)))
        for phrase in phrases
    )


def spellings(query: Query, language: str) -> tuple[str, ...]:
    """Return the languages by whose rules the words of a query are looked for in an item of a language."""
    return tuple(dict.fromkeys((language, *query.languages)))


class QueryCompiler:
    """Compiles queries to search functions. Equal parts of queries share one function, which saves memory."""

    def __init__(self) -> None:
        """Begin without compiled parts."""
        self._made: dict[tuple[Node, tuple[str, ...]], Search] = {}

    def of(self, query: Query, language: str) -> Search:
        """Return the search function of a query in items of a language."""
        return self._of(query.root, spellings(query, language))

    def _of(self, node: Node, languages: tuple[str, ...]) -> Search:
        key = (node, languages)
        if key not in self._made:
            self._made[key] = self._new(node, languages)
        return self._made[key]

    def _new(self, node: Node, languages: tuple[str, ...]) -> Search:
        match node:
            case Phrase():
                return _either([_for_phrase(node, language) for language in languages])
            case Regex():
                return partial(_found_by, node)
            case Near():
                return _either([self._near(node, language) for language in languages])
            case Not(part=part):
                return partial(_not, self._of(part, languages))
            case All(parts=parts):
                return partial(_all, [self._of(part, languages) for part in parts])
            case AnyOf(parts=parts):
                return partial(_any, [self._of(part, languages) for part in parts])
        assert_never(node)

    def _near(self, near: Near, language: str) -> Search:
        phrases = near.phrases
        # A single phrase in lang: is compared with the beginning of the code; in a NEAR it may be anywhere.
        alone = phrases if phrases[0].field != "lang" else ()
        parts = [self._of(phrase, (language,)) for phrase in alone]
        spelled = [_spelled(phrase, language) for phrase in phrases]
        return partial(_is_near, near, parts, spelled, _hits(phrases, phrases[0].field))


def _either(ways: Sequence[Search]) -> Search:
    """Return a search that finds what the first of several does, or else the next."""
    if len(ways) == 1:
        return ways[0]
    return lambda reading: next((found for way in ways if (found := way(reading)) is not None), None)


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


@dataclass(frozen=True, slots=True)
class _Spelled:
    """A phrase as it is found in a text of a language: `words` among those that `spelling` gives of a field."""

    words: tuple[str, ...]
    spelling: str
    open_end: bool


def _spelled(phrase: Phrase, language: str) -> _Spelled:
    spelling = f"{EXACTLY}{language}" if phrase.exact else language
    return _Spelled(phrase.spelled(language), spelling, phrase.open_end)


def _hits(phrases: Iterable[Phrase], field: str | None) -> dict[str | None, Hits]:
    """Return, by field, the hits to report if the phrases are found there; computed once for all documents."""
    return {
        where: tuple(Hit(phrase.written, where) for phrase in phrases)
        for where in ((field,) if field else SEARCHED)
    }


def _for_phrase(phrase: Phrase, language: str) -> Search:
    spelled, hits = _spelled(phrase, language), _hits([phrase], phrase.field)
    if phrase.field == "lang":
        return partial(_in_language, spelled.words, hits["lang"])
    if phrase.field is None and not phrase.open_end and len(spelled.words) == 1:
        [word] = spelled.words
        return lambda reading: hits.get(reading.first_fields(spelled.spelling).get(word))
    return partial(_first_hit, phrase.field, spelled, hits)


def _in_language(words: tuple[str, ...], hits: Hits, reading: ReadDocument) -> Hits | None:
    return hits if tuple(reading.words("lang")[: len(words)]) == words else None


def _first_hit(
    field: str | None, spelled: _Spelled, hits: Mapping[str | None, Hits], reading: ReadDocument
) -> Hits | None:
    for where in (field,) if field else reading.fields:
        if next(iter(_starts(spelled, where, reading)), None) is not None:
            return hits[where]
    return None


def _found_by(regex: Regex, reading: ReadDocument) -> Hits | None:
    for field in (regex.field,) if regex.field else reading.fields:
        if found_by(regex.pattern, reading.readable(field)):
            return (Hit(regex.written, field),)
    return None


def _starts(spelled: _Spelled, field: str, reading: ReadDocument) -> Iterable[int]:
    """Return the positions in a field where a phrase begins, in order."""
    places = reading.places(field, spelled.spelling)
    *firsts, last = spelled.words
    if not all(word in places for word in firsts):
        return ()
    ends = reading.starting(field, last) if spelled.open_end else places.get(last, ())
    if not firsts or not ends:
        return ends
    row, length = reading.stems(field, spelled.spelling), len(firsts)
    return (end - length for end in ends if end >= length and row[end - length : end] == firsts)


def _is_near(
    near: Near,
    parts: Sequence[Search],
    spelled: Sequence[_Spelled],
    hits: Mapping[str | None, Hits],
    reading: ReadDocument,
) -> Hits | None:
    if _all(parts, reading) is None:  # usually the case, and faster to check than distances
        return None
    field = near.phrases[0].field
    for where in (field,) if field else reading.fields:
        if _close(near.distances, where, reading, spelled):
            return hits[where]
    return None


def _close(distances: Sequence[int], field: str, reading: ReadDocument, spelled: Sequence[_Spelled]) -> bool:
    """Return whether each phrase has a position close enough to one reached by the phrases before it."""
    reached = [*_starts(spelled[0], field, reading)]
    for before, phrase, distance in zip(spelled, spelled[1:], distances, strict=False):
        if not reached:
            return False
        length, own = len(before.words), len(phrase.words)
        reached = [
            start
            for start in _starts(phrase, field, reading)
            if _any_between(reached, start - distance - length, start - length)
            or _any_between(reached, start + own, start + own + distance)
        ]
    return bool(reached)


def _any_between(places: list[int], low: int, high: int) -> bool:
    at = bisect_left(places, low)
    return at < len(places) and places[at] <= high


def _needed(node: Node, languages: Sequence[str]) -> tuple[Phrase, ...] | None:
    match node:
        case Phrase(field=field):
            return None if field in ("lang", "feed", "author") else (node,)
        case Near(phrases=phrases):
            return _needed(All(parts=phrases), languages)
        case Not() | Regex():
            return None
        case All(parts=parts):
            known = [found for part in parts if (found := _needed(part, languages)) is not None]
            return min(known, key=partial(_rarity, languages), default=None)
        case AnyOf(parts=parts):
            either = [_needed(part, languages) for part in parts]
            known = [found for found in either if found is not None]
            return tuple(chain.from_iterable(known)) if len(known) == len(either) else None
    assert_never(node)


def _rarity(languages: Sequence[str], phrases: Sequence[Phrase]) -> float:
    """Return an estimate of how many items contain one of these phrases: the rarest cost least."""
    return _commonness({wake for language in languages for wake in wakes(phrases, language)})


def _wakes_of(phrase: Phrase, language: str) -> list[Wake]:
    """Return every word of a phrase as it must occur in an item."""
    spelled = _spelled(phrase, language)
    *firsts, last = spelled.words
    known = [Wake(language, spelled.spelling, word) for word in firsts]
    known.append(Wake(language, START if phrase.open_end else spelled.spelling, last))
    return known


def _commonness(wakes: Iterable[Wake]) -> float:
    """Return an estimate of how many items of the shipped tables contain one of these words: rare words cost least."""
    return sum(
        STARTS_COMMON if wake.spelling == START else shipped(wake.language).count(_stem_of(wake))
        for wake in wakes
    )


def _stem_of(wake: Wake) -> str:
    return stem(wake.text, wake.language) if wake.spelling.startswith(EXACTLY) else wake.text

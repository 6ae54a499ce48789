"""Detection of names (of companies, places, persons) in a text.

A capital letter alone is weak evidence. In English, whose headlines capitalise everything, a capitalised word is a name if its
stem is not an ordinary one, that is, one that news writes mostly in lower case. In other languages it is a name inside a
sentence; at the beginning of one, or where every noun has a capital, only if it is rare. Scripts without capitals show no names.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache, partial
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING

from monitor.text.forms.compounds import parts
from monitor.text.lexicon import code_of, frequency, lexicon
from monitor.text.memo import Memo
from monitor.text.stems import pieces, stem, stop_words
from monitor.text.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator

ORDINARY = "ordinary_stems.txt"  # written by benchmarks/build_ordinary_stems.py
KNOWN_NAMES = 1 << 15  # cached capitalised words; a week of news has about 20,000
NONE: frozenset[str] = frozenset()  # one shared empty set: each new one would take 216 bytes
NOUNS = frozenset({"de", "lb"})  # languages that capitalise every noun, not only names
LAST_CAPITAL = 0x2000  # later ones are rare, and the scan takes time at every start
CASELESS = frozenset(["ar", "fa", "he", "hi", "bn", "ta", "zh", "ja", "ko", "th"])
SHORTEST = 2  # letters of a name in a script without capitals
TITLE_CASE = 0.7  # share of long words with a capital from which a headline capitalises everything
LONG, ENOUGH_LONG = 4, 3  # letters of a long word, and how many of them show that
# Endings of German nouns that are no names.
_NOUN = re.compile(
    r"(?:ung|heit|keit|schaft|ismus|tion|tät|nis|ment|chen|ling|erei)(?:e|en|s|es|n|sen|sse)?$"
)


def _capitals() -> str:
    """Return the capital letters of all scripts that have them, as ranges of a character class."""
    capitals = [at for at in range(LAST_CAPITAL) if unicodedata.category(chr(at)) == "Lu"]
    runs = groupby(enumerate(capitals), key=lambda pair: pair[1] - pair[0])
    found = ([at for _, at in run] for _, run in runs)
    # In many alphabets, capitals and small letters alternate: every capital is then a run of its own.
    return "".join(chr(run[0]) if len(run) == 1 else f"{chr(run[0])}-{chr(run[-1])}" for run in found)


UPPER = _capitals()
_NAME = rf"[{UPPER}][^\W_]+(?:-[{UPPER}][^\W_]+)*"
_CAPITALISED = re.compile(_NAME)
_AND = r"and|und|en|et|y|e|och|og|i|и|та|ve|și|és|ja|και"
_LIST = re.compile(rf"{_NAME}(?:, {_NAME})*,? (?:(?i:{_AND})|&) {_NAME}")
# The end of a sentence before a word, or a mark that begins one.
_BEGINNING = re.compile(r"(?:^|[.!?:;\u2026\u2013\u2014|]|[\"\u201c\u201e\u00ab\u2018(\u00bf\u00a1])\W*$")


_GOES_ON = re.compile(rf"[ -][{UPPER}]")  # another capitalised word follows


@lru_cache(maxsize=1)
def ordinary_stems() -> frozenset[str]:
    """Return the English stems that are not names even when capitalised."""
    return frozenset(files("monitor.text").joinpath(ORDINARY).read_text("ascii").split())


def names(text: str, language: str = "en") -> frozenset[str]:
    """Return the stems of a plain text's names."""
    if language == "en":
        return NONE.union(*map(_known(language).__getitem__, {*_CAPITALISED.findall(text)})) or NONE
    return NONE.union(*_names(text, language)) or NONE


def named(text: str, language: str = "en") -> dict[str, str]:
    """Return the same stems in the order of the text, each with its first word in lower case."""
    found: dict[str, str] = {}
    for called in _names(text, language):
        for term, word in called.items():
            found.setdefault(term, word)
    return found


def listed(title: str, language: str = "en") -> frozenset[str]:
    """Return the stems of the names in a list in a title, such as `IBM, Amazon and Microsoft`; empty without a list."""
    found = _LIST.search(title)
    return names(found[0], language) if found else NONE


def _names(text: str, language: str) -> Iterator[dict[str, str]]:
    if language == "en":
        yield from map(_known(language).__getitem__, _CAPITALISED.findall(text))
        return
    if code_of(language) in CASELESS:
        yield from map(_unknown(language).__getitem__, words(text, language))
        return
    inside, at_beginning = _known(language), _known_at_beginning(language)
    is_sentence = ". " in text or text.rstrip().endswith((".", "\u2026"))
    is_title_case = not is_sentence and _is_title_case(text)
    for found in _CAPITALISED.finditer(text):
        begins = _BEGINNING.search(text[max(0, found.start() - 4) : found.start()])
        if begins and is_sentence and not _GOES_ON.match(text, found.end()):
            continue  # the first word of a sentence has a capital anyway
        yield (at_beginning if begins or is_title_case else inside)[found[0]]


@lru_cache(maxsize=16)
def _unknown(language: str) -> Memo[dict[str, str]]:
    return Memo(partial(_if_unknown, language), most=KNOWN_NAMES)


def _if_unknown(language: str, word: str) -> dict[str, str]:
    if len(word) < SHORTEST or any(map(str.isdigit, word)) or word in stop_words(language):
        return {}
    return {term: written for written, term in pieces([word], language) if term not in _known_stems(language)}


@lru_cache(maxsize=16)
def _known_stems(language: str) -> frozenset[str]:
    return frozenset(stem(word, language) for word in lexicon(language))


def _is_title_case(text: str) -> bool:
    """Whether a headline capitalises every word."""
    long = [word for word in text.split() if len(word) >= LONG and word.isalpha()]
    return len(long) >= ENOUGH_LONG and sum(word[0].isupper() for word in long) >= TITLE_CASE * len(long)


@lru_cache(maxsize=64)
def _known(language: str) -> Memo[dict[str, str]]:
    return Memo(partial(_called, language=language, begins=False), most=KNOWN_NAMES)


@lru_cache(maxsize=64)
def _known_at_beginning(language: str) -> Memo[dict[str, str]]:
    return Memo(partial(_called, language=language, begins=True), most=KNOWN_NAMES)


def _called(capitalised: str, *, language: str, begins: bool) -> dict[str, str]:
    """Return the stems and words of the names in a capitalised word or in words joined by hyphens."""
    stopped = stop_words(language)
    row = [word for word in words(capitalised, language) if len(word) > 1 and word not in stopped]
    called: dict[str, str] = {}
    for word in row:
        term = stem(word, language)
        if not _is_ordinary(word, term, language, begins=begins):
            called.setdefault(term, word)
    return called


def _is_ordinary(word: str, term: str, language: str, *, begins: bool) -> bool:
    code = code_of(language)
    if code == "en":
        return term in ordinary_stems()
    is_compound = len(parts(word, language)) > 1
    if code in NOUNS:
        return is_compound or frequency(word, code) > 0 or _NOUN.search(word) is not None
    return begins and (is_compound or term in _known_stems(language))

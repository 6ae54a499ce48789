"""Detection of names (of companies, places, persons) in a text.

A capital letter alone is weak evidence, since headlines capitalise everything. A word is a name if it is capitalised
and its stem is not an ordinary one, that is, one that news writes mostly in lower case.
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from importlib.resources import files

from monitor.text.memo import Memo
from monitor.text.words import stems, stop_words, words

ORDINARY = "ordinary_stems.txt"  # written by benchmarks/build_ordinary_stems.py
KNOWN_NAMES = 1 << 15  # cached capitalised words; a week of news has about 20,000
NONE: frozenset[str] = frozenset()  # one shared empty set: each new one would take 216 bytes
_NAME = r"[A-Z\u00c0-\u00de\u0391-\u03a9\u0410-\u042f][^\W_]+(?:-[A-Z][^\W_]+)*"
_CAPITALISED = re.compile(_NAME)
# English, German, Dutch, French, Spanish, Italian, Swedish, Danish
_LIST = re.compile(rf"{_NAME}(?:, {_NAME})*,? (?:(?i:and|und|en|et|y|e|och|og)|&) {_NAME}")


@lru_cache(maxsize=1)
def ordinary_stems() -> frozenset[str]:
    """Return the English stems that are not names even when capitalised."""
    return frozenset(files("monitor.text").joinpath(ORDINARY).read_text("ascii").split())


def names(text: str, language: str = "en") -> frozenset[str]:
    """Return the stems of a plain text's capitalised words that are neither ordinary nor stop words."""
    return NONE.union(*map(_known(language).__getitem__, {*_CAPITALISED.findall(text)})) or NONE


def named(text: str, language: str = "en") -> dict[str, str]:
    """Return the same stems in the order of the text, each with its first folded word."""
    found: dict[str, str] = {}
    for called in map(_known(language).__getitem__, _CAPITALISED.findall(text)):
        for term, word in called.items():
            found.setdefault(term, word)
    return found


@lru_cache(maxsize=64)
def _known(language: str) -> Memo[dict[str, str]]:
    return Memo(partial(_called, language), most=KNOWN_NAMES)


def _called(language: str, capitalised: str) -> dict[str, str]:
    """Return the stems and words of the names in a capitalised word or in words joined by hyphens."""
    stopped = stop_words(language)
    row = [word for word in words(capitalised) if len(word) > 1 and word not in stopped]
    called: dict[str, str] = {}
    for term, word in zip(stems(row, language), row, strict=True):
        if term not in ordinary_stems():
            called.setdefault(term, word)
    return called


def listed(title: str, language: str = "en") -> frozenset[str]:
    """Return the stems of the names in a list in a title, such as `IBM, Amazon and Microsoft`; empty without a list."""
    found = _LIST.search(title)
    return names(found[0], language) if found else NONE

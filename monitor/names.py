"""Which words of a text are names: of companies, places, persons.

A capital alone says little, for headlines capitalise everything. A word is a name if it is written with a capital and
its stem is not among the ordinary ones, those that news writes mostly in lower case.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from monitor.text import stems, stop_words, words

ORDINARY = "ordinary_stems.txt"  # written by benchmarks/build_ordinary_stems.py
_NAME = r"[A-Z\u00c0-\u00de\u0391-\u03a9\u0410-\u042f][^\W_]+(?:-[A-Z][^\W_]+)*"
_CAPITALISED = re.compile(_NAME)
# English, German, Dutch, French, Spanish, Italian, Swedish, Danish
_LIST = re.compile(rf"{_NAME}(?:, {_NAME})*,? (?:(?i:and|und|en|et|y|e|och|og)|&) {_NAME}")


@lru_cache(maxsize=1)
def ordinary_stems() -> frozenset[str]:
    """Return the English stems that are no names, however a headline writes them."""
    return frozenset(files("monitor").joinpath(ORDINARY).read_text("ascii").split())


def names(text: str, language: str = "en") -> frozenset[str]:
    """Return the stems of a plain text's capitalised words that are neither ordinary nor stop words."""
    return frozenset(stems(_called(text, language), language)) - ordinary_stems()


def named(text: str, language: str = "en") -> dict[str, str]:
    """Return the same stems in the order of the text, each with the folded word that is met first."""
    called = _called(text, language)
    found = dict(zip(reversed(stems(called, language)), reversed(called), strict=True))
    return {term: found[term] for term in reversed(found) if term not in ordinary_stems()}


def _called(text: str, language: str) -> list[str]:
    # A hyphen joins what `words` would cut anyway; the blank keeps words of two matches apart.
    stopped = stop_words(language)
    return [
        word for word in words(" ".join(_CAPITALISED.findall(text))) if len(word) > 1 and word not in stopped
    ]


def listed(title: str, language: str = "en") -> frozenset[str]:
    """Return the stems of the names that a title lists: `IBM, Amazon and Microsoft`; nothing if it lists none."""
    found = _LIST.search(title)
    return names(found[0], language) if found else frozenset()

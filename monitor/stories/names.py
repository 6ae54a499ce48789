"""Which words of a text are names: of companies, places, persons.

A capital alone says little, for headlines capitalise everything. A word is a name if it is written with a capital and
its stem is not among the ordinary ones, those that news writes mostly in lower case.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from monitor.text import stem, stop_words, words

ORDINARY = "ordinary_stems.txt"  # written by benchmarks/build_ordinary_stems.py
_CAPITALISED = re.compile(r"[A-Z\u00c0-\u00de\u0391-\u03a9\u0410-\u042f][^\W_]+(?:-[A-Z][^\W_]+)*")


@lru_cache(maxsize=1)
def ordinary_stems() -> frozenset[str]:
    """Return the English stems that are no names, however a headline writes them."""
    return frozenset(files("monitor.stories").joinpath(ORDINARY).read_text("ascii").split())


def names(text: str, language: str = "en") -> frozenset[str]:
    """Return the stems of a plain text's capitalised words that are neither ordinary nor stop words."""
    # A hyphen joins what `words` would cut anyway; the blank keeps words of two matches apart.
    found = words(" ".join(_CAPITALISED.findall(text)))
    stems = {stem(word, language) for word in found if len(word) > 1 and word not in stop_words(language)}
    return frozenset(stems - ordinary_stems())

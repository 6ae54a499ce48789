"""Recognition of full names: words of names that an article never writes apart.

`Edwin Pellar` are two words and one name. In scripts without spaces, the overlapping pairs of characters into which an unknown
name is cut are one name too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monitor.text.names import names
from monitor.text.stems import stems
from monitor.text.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# What ends a name: punctuation other than the hyphens, apostrophes and points inside names.
_END = re.compile(
    '[!?,;:()\\n"\u00ab\u00bb\u201c\u201d\u201e|\u2026\u060c\u061b\u061f\u0964\u3001\u3002\u300c-\u300f\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]+'
    "|\\.(?=\\s|$)"
)

NamesBeside = dict[str, frozenset[str]]


def names_beside(title: str, body: str, language: str) -> NamesBeside:
    """Return, for the stem of each name, the names that stand beside it wherever it occurs."""
    called = names(f"{title}. {body}", language)
    rows = (stems(words(part, language), language) for part in _END.split(f"{title}\n{body}"))
    return _common(
        (term, called.intersection(row[max(0, place - 1) : place + 2]) - {term})
        for row in rows
        for place, term in enumerate(row)
        if term in called
    )


def in_every(articles: Iterable[Mapping[str, frozenset[str]]]) -> NamesBeside:
    """Return the names beside each name in every article that contains it."""
    return _common(pair for article in articles for pair in article.items())


def _common(pairs: Iterable[tuple[str, frozenset[str]]]) -> NamesBeside:
    """Return the names that every pair of a name has."""
    found: NamesBeside = {}
    for term, beside in pairs:
        found[term] = found.get(term, beside) & beside
    return found

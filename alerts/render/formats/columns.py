"""Measures text in terminal columns: East Asian characters take two, combining marks take none (UAX #11)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


def columns(text: str) -> int:
    """Return how many terminal columns `text` takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


@lru_cache(maxsize=4096)
def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def fit(text: str, width: int) -> str:
    """Return `text` cut to `width` columns, with an ellipsis where it was cut."""
    if columns(text) <= width:
        return text
    return _head(text, width - 1).rstrip() + "…"


def pad(text: str, width: int) -> str:
    """Return `text` followed by blanks up to `width` columns."""
    return text + " " * (width - columns(text))


def wrap(text: str, width: int, *, indent: str = "") -> list[str]:
    """Return `text` in lines of at most `width` columns, each beginning with `indent`; a link is never broken."""
    room = max(width - columns(indent), 10)
    lines: list[str] = [""]
    for word in text.split():
        for piece in _pieces(word, room):
            longer = f"{lines[-1]} {piece}" if lines[-1] else piece
            if columns(longer) <= room or not lines[-1]:
                lines[-1] = longer
            else:
                lines.append(piece)
    return [indent + line for line in lines if line]


def _pieces(word: str, room: int) -> list[str]:
    """Break a word that is longer than a line (Chinese has no blanks); links are not broken."""
    if "://" in word or columns(word) <= room:
        return [word]
    pieces, begins, taken = [], 0, 0
    for at, character in enumerate(word):
        width = _width(character)
        if taken + width > room and at > begins:
            pieces.append(word[begins:at])
            begins, taken = at, 0
        taken += width
    return [*pieces, word[begins:]]


def _head(text: str, width: int) -> str:
    taken = 0
    for at, character in enumerate(text):
        taken += _width(character)
        if taken > width:
            return text[: max(at, 1)]
    return text

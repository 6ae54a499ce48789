"""Folding: the spellings of a word that readers take for one compare as equal."""

from __future__ import annotations

import re
import unicodedata

# Accents, Hebrew and Arabic vowel points, and the dots that make Indic letters of other letters (nukta).
_MARKS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670\u093c\u09bc\u0a3c]"
)
_LETTERS = str.maketrans(
    {
        "\u0131": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "þ": "th", "ŋ": "n", "æ": "ae",
        "œ": "oe", "ß": "ss", "\u03c2": "\u03c3", "Ł": "L", "Ø": "O", "Đ": "D",
        # Arabic: teh marbuta as heh, alef maksura and Persian yeh as yeh, Persian kaf as kaf, alef wasla as alef.
        "\u0629": "\u0647", "\u0649": "\u064a", "\u06cc": "\u064a", "\u06a9": "\u0643", "\u0671": "\u0627",
        "\u0901": "\u0902",  # Hindi: candrabindu as anusvara
    }
)  # fmt: skip


def fold(text: str) -> str:
    """Return text without accents and with the letters that stand for others replaced; otherwise unchanged."""
    if text.isascii():
        return text
    return unicodedata.normalize(
        "NFC", _MARKS.sub("", unicodedata.normalize("NFD", text)).translate(_LETTERS)
    )

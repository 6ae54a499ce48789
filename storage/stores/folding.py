"""Removes diacritical marks from words for PostgreSQL; SQLite's search does this itself."""

from __future__ import annotations

import re
import unicodedata

MARKS = "[\u0300-\u036f]"  # combining diacritical marks, which NFD separates from their letters


def without_marks(words: str) -> str:
    """Return words without diacritical marks (`café` becomes `cafe`), like the function of this name in PostgreSQL."""
    return unicodedata.normalize("NFC", re.sub(MARKS, "", unicodedata.normalize("NFD", words)))

"""Letters without their marks, for PostgreSQL: SQLite's search folds them by itself."""

from __future__ import annotations

import re
import unicodedata

MARKS = "[\u0300-\u036f]"  # combining diacritical marks, which NFD takes apart from their letters


def without_marks(words: str) -> str:
    """Return the words with plain letters, as the function of this name in PostgreSQL does: `café` is `cafe`."""
    return unicodedata.normalize("NFC", re.sub(MARKS, "", unicodedata.normalize("NFD", words)))

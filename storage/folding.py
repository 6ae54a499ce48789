"""Letters without their marks, for PostgreSQL: SQLite's search folds them by itself."""

from __future__ import annotations

import unicodedata

# Latin, Greek and Cyrillic letters that Unicode takes apart into one letter and its marks.
_BLOCKS = (range(0xC0, 0x250), range(0x370, 0x460), range(0x1E00, 0x2000))


def _plain(letter: str) -> str:
    apart = unicodedata.normalize("NFD", letter)
    return apart[0] if len(apart) > 1 and all(map(unicodedata.combining, apart[1:])) else letter


_MARKED = [chr(code) for block in _BLOCKS for code in block if _plain(chr(code)) != chr(code)]
MARKED = "".join(_MARKED)
PLAIN = "".join(map(_plain, _MARKED))
_TABLE = str.maketrans(MARKED, PLAIN)


def without_marks(words: str) -> str:
    """Return the words with plain letters: `café` is `cafe`."""
    return words.translate(_TABLE)

"""Regular expressions in linear time: RE2, which has no look-around and no back-references, and never backtracks."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any

from monitor.text.folding import fold

MOST_STEPS = (
    500  # of all expressions of a query; this and READ keep a hostile query on a hostile item under 20 ms
)
READ = {"title": 300, "summary": 2_000, "text": 3_000}  # characters of a field that expressions see
KEPT = 20_000  # cached expressions, more than any configuration has


class PatternError(ValueError):
    """An expression that RE2 does not accept; the message says why."""


def steps(pattern: str) -> int:
    """Return the size of an expression in instructions; the time of a search grows with it.

    Raises:
        PatternError: it cannot be compiled.
    """
    return int(_compiled(pattern).programsize)


def found_by(pattern: str, text: str) -> bool:
    """Return whether an expression matches in a text, ignoring case and accents of both."""
    return _compiled(pattern).search(text) is not None


def readable(field: str, text: str) -> str:
    """Return the text of a field in the form that expressions are matched with."""
    return fold(text[: READ[field]])


@lru_cache(maxsize=KEPT)
def _compiled(pattern: str) -> Any:
    import re2  # noqa: PLC0415  # few queries have expressions

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    try:
        return re2.compile(fold(unicodedata.normalize("NFC", pattern)), options)
    except re2.error as error:
        words = error.args[0]
        raise PatternError(
            words.decode(errors="replace") if isinstance(words, bytes) else str(words)
        ) from None

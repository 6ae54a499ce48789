"""Returns freed memory to the system: glibc keeps it for later, and a first fetch leaves 50 MB of it."""

from __future__ import annotations

import ctypes
import sys

GIVE_BACK_AFTER = 2_000  # items stored: some 5 MB of text, for 5 ms of trimming


class MemoryTrimmer:
    """Counts what was stored and let go, and gives its memory back now and then."""

    def __init__(self) -> None:
        self._since = 0
        self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None

    def note(self, items: int) -> None:
        """Take note of items stored; the lock of Python is free meanwhile."""
        self._since += items
        if self._trim is not None and self._since >= GIVE_BACK_AFTER:
            self._since = 0
            self._trim(0)

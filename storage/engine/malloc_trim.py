"""Returns freed memory to the system: glibc keeps it, and a first fetch leaves 50 MB of it."""

from __future__ import annotations

import ctypes
import sys

TRIM_AFTER = 2_000  # items stored: about 5 MB of text for 5 ms of trimming


class MemoryTrimmer:
    """Counts stored items and returns their memory to the system from time to time."""

    def __init__(self) -> None:
        self._since = 0
        self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None

    def note(self, items: int) -> None:
        """Count stored items, and trim if there were many; the GIL is released while trimming."""
        self._since += items
        if self._trim is not None and self._since >= TRIM_AFTER:
            self._since = 0
            self._trim(0)

"""Gives back the memory of pages: a daemon collects rarely, and glibc keeps what was freed."""

from __future__ import annotations

import gc

from monitor.polling.malloc_trim import TRIM_AFTER, MemoryTrimmer

BYTES = 200_000  # of pages, after which memory is given back: some twenty pages, for a few ms
YOUNG = 1  # the generations of the collector that hold what a request has left


class PageMemory:
    """Counts the bytes of pages, and collects and trims from time to time."""

    def __init__(self) -> None:
        self._since = 0
        self._trimmer = MemoryTrimmer()

    def note(self, size: int) -> None:
        """Count a page."""
        self._since += size
        if self._since >= BYTES:
            self._since = 0
            gc.collect(YOUNG)
            self._trimmer.note(TRIM_AFTER)

"""Returns the memory of pages to the system: a daemon rarely collects garbage, and glibc keeps freed memory."""

from __future__ import annotations

import gc

from storage.engine.malloc_trim import TRIM_AFTER, MemoryTrimmer

BYTES = 200_000  # bytes of pages after which memory is returned: about twenty pages; takes a few ms
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

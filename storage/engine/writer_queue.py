"""The queue of this process's threads that wait to write to SQLite."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from threading import Event, Lock
from time import monotonic
from typing import TYPE_CHECKING

from storage.engine import engines

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Collector:
    """Pauses Python's garbage collector while any thread writes: a collection of a large heap takes longer than most writes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._writers = 0
        self._collects = False

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Pause it; the last of several writers at once lets it go on."""
        with self._lock:
            if self._writers == 0:
                self._collects = gc.isenabled()
                gc.disable()
            self._writers += 1
        try:
            yield
        finally:
            with self._lock:
                self._writers -= 1
                if self._writers == 0 and self._collects:
                    gc.enable()


_COLLECTOR = _Collector()  # of this process: several databases may be open


class WriterQueue:
    """Lets one writer of this process at a time wait for SQLite's lock, which by itself is not first come, first served."""

    def __init__(self) -> None:
        self._writer = Lock()
        self._is_closed = Event()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the other writers, but no longer than SQLite would: after that SQLite reports the error."""
        is_first = self._wait()
        try:
            with _COLLECTOR.paused():
                yield
        finally:
            if is_first:
                self._writer.release()

    def _wait(self) -> bool:
        until = monotonic() + engines.BUSY_TIMEOUT_MS / 1000
        while not self._writer.acquire(timeout=engines.BUSY_SLICE_MS / 1000):
            if self._is_closed.is_set() or monotonic() >= until:
                return False
        return True

    def given_up(self) -> bool:
        """Return whether waiting has been ended by `give_up`."""
        return self._is_closed.is_set()

    def give_up(self) -> None:
        """End every wait for a lock, present and future; a lock that is free can still be taken."""
        self._is_closed.set()

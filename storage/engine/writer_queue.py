"""The queue of this process's writers before SQLite's lock."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Event, Lock
from time import monotonic
from typing import TYPE_CHECKING

from storage.engine import engines

if TYPE_CHECKING:
    from collections.abc import Iterator


class WriterQueue:
    """Lets one writer of this process at a time go to SQLite, which by itself would let latecomers go first."""

    def __init__(self) -> None:
        self._writer = Lock()
        self._is_closed = Event()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the other writers, but no longer than SQLite would wait: then SQLite reports what is wrong."""
        is_first = self._wait()
        try:
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
        """Return whether nobody may wait any more."""
        return self._is_closed.is_set()

    def give_up(self) -> None:
        """Let every wait for a lock end now, those to come too; a lock that is free is still taken."""
        self._is_closed.set()

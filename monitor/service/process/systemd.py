"""Reports readiness and liveness to systemd (sd_notify)."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)


class ProgressTimer:
    """The time of the last progress, at first the time of creation."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Use a monotonic clock, in seconds."""
        self._clock = clock
        self._last = clock()

    def record(self) -> None:
        """Record progress."""
        self._last = self._clock()

    def elapsed(self) -> float:
        """Return the seconds since the last progress."""
        return self._clock() - self._last


class ServiceManager:
    """The service manager that started this process, if it wants notifications; see sd_notify(3)."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        # "@" means the zero byte at the start of an abstract address, which an environment variable cannot contain.
        self._address = environ.get("NOTIFY_SOCKET", "").replace("@", "\0", 1)
        self._is_ready = False

    def alive(self) -> None:
        """Report progress; the first time also readiness."""
        words = "WATCHDOG=1" if self._is_ready else "READY=1\nWATCHDOG=1"
        self._is_ready = True
        self._say(words)

    def stopping(self) -> None:
        """Report that this process ends on request."""
        self._say("STOPPING=1")

    def _say(self, words: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.setblocking(False)
                out.sendto(words.encode(), self._address)
        except OSError as error:  # a failed notification must not stop the work
            log.warning("the service manager cannot be notified of %s: %s", words.split(maxsplit=1)[0], error)

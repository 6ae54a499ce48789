"""Reports readiness and liveness to systemd (sd_notify)."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)


class Pulse:
    """When the work last moved, for whoever asks; it begins as if it had just moved."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Go by a clock that never runs backwards, in seconds."""
        self._clock = clock
        self._last = clock()

    def beat(self) -> None:
        """Note that the work moves."""
        self._last = self._clock()

    def silence(self) -> float:
        """Return for how many seconds nothing has moved."""
        return self._clock() - self._last


class ServiceManager:
    """Whoever started us, if it wants to hear; see sd_notify(3)."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        # "@" stands for the first byte of an abstract address, which no environment can hold.
        self._address = environ.get("NOTIFY_SOCKET", "").replace("@", "\0", 1)
        self._is_ready = False

    def alive(self) -> None:
        """Say that the work moves; the first time also that we are ready."""
        words = "WATCHDOG=1" if self._is_ready else "READY=1\nWATCHDOG=1"
        self._is_ready = True
        self._say(words)

    def stopping(self) -> None:
        """Say that we end because we were told to."""
        self._say("STOPPING=1")

    def _say(self, words: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.setblocking(False)
                out.sendto(words.encode(), self._address)
        except OSError as error:  # a manager that does not listen is no reason to stop working
            log.warning("the service manager cannot be told %s: %s", words.split(maxsplit=1)[0], error)

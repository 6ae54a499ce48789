"""Signals that come while a daemon or worker starts, before its event loop handles them.

Without handlers SIGHUP would kill it, and SIGTERM would look like a failure to its service manager. This is called before
anything else is imported, and imports little itself.
"""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_reloads: list[int] = []


def handle_early_signals() -> None:
    """End with exit code 0 on SIGTERM and SIGINT; keep SIGHUP for `take_reload`."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    if hasattr(signal, "SIGHUP"):  # not on Windows
        signal.signal(signal.SIGHUP, _keep)


def take_reload() -> bool:
    """Return whether SIGHUP came during the start, and forget it."""
    came = bool(_reloads)
    _reloads.clear()
    return came


def _end(number: int, frame: FrameType | None) -> None:
    del number, frame
    sys.exit(0)


def _keep(number: int, frame: FrameType | None) -> None:
    del frame
    _reloads.append(number)

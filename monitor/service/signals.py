"""Signal handlers: SIGTERM and SIGINT end a run instead of the process; SIGHUP reloads the configuration."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _ignore() -> None:
    """Do nothing."""


@contextmanager
def heeding(*, stop: Callable[[], None], renew: Callable[[], None] = _ignore) -> Iterator[None]:
    """Call these on the running loop when a signal comes, until the block ends."""
    loop = asyncio.get_running_loop()
    wanted = {signal.SIGTERM: stop, signal.SIGINT: stop}
    if hasattr(signal, "SIGHUP"):  # not on Windows
        wanted[signal.SIGHUP] = renew
    for number, call in wanted.items():
        loop.add_signal_handler(number, call)
    try:
        yield
    finally:
        for number in wanted:
            loop.remove_signal_handler(number)

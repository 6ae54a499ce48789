"""Signal handlers: SIGTERM and SIGINT end a run instead of the process; SIGHUP reloads the configuration."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from monitor.service.process.start_signals import take_reload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _ignore() -> None:
    """Do nothing."""


@contextmanager
def handling_signals(*, stop: Callable[[], None], renew: Callable[[], None] = _ignore) -> Iterator[None]:
    """Call `stop` or `renew` on the running loop when a signal comes; the earlier handlers are restored when the block ends.

    A SIGHUP that came during the start calls `renew` at once.
    """
    loop = asyncio.get_running_loop()
    wanted = {signal.SIGTERM: stop, signal.SIGINT: stop}
    if hasattr(signal, "SIGHUP"):  # not on Windows
        wanted[signal.SIGHUP] = renew
    before = {number: signal.getsignal(number) for number in wanted}
    for number, call in wanted.items():
        loop.add_signal_handler(number, call)
    try:
        if take_reload():
            renew()
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

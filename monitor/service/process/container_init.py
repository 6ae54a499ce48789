"""The first process of a container, which must reap orphans: the kernel makes process 1 their parent."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

FORWARDED = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")


def leave_process_one() -> None:
    """If this is process 1, continue in a child; process 1 then forwards signals, reaps, and exits like the child.

    Call it before starting any thread. A command channel may leave children behind, which would otherwise stay zombies
    until the container ends.
    """
    if os.getpid() != 1:
        return
    child = os.fork()
    if child:
        os._exit(_forward_signals(child))


def _forward_signals(child: int) -> int:
    def forward(number: int, frame: object) -> None:
        del frame
        with suppress(ProcessLookupError):
            os.kill(child, number)

    for name in FORWARDED:
        signal.signal(getattr(signal, name), forward)
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code  # the exit code by which shells report a signal

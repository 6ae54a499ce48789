"""The first process of a container: it reaps orphans, which the kernel hands to process 1 and to nobody else."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

FORWARDED = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")


def leave_process_one() -> None:
    """Go on in a child process if this is process 1, which then only forwards signals, reaps, and exits like the child.

    To be called before any thread is started. A command channel may leave children behind; in a container they would
    stay zombies until it ends.
    """
    if os.getpid() != 1:
        return
    child = os.fork()
    if child:
        os._exit(_look_after(child))


def _look_after(child: int) -> int:
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
            return code if code >= 0 else 128 - code  # as a shell reports a signal

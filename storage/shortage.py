"""Resource shortages of this process or machine: file descriptors, memory, threads. No server is at fault."""

from __future__ import annotations

import errno
import os
import socket

SHORTAGE_ERRNOS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})
NO_THREAD = "can't start new thread"  # Python's message; the error has no class of its own


class ResourceShortage(Exception):  # noqa: N818  # a state of this machine, not a mistake
    """This process has no descriptor, memory or thread left; the work was not done."""


def is_shortage_named(words: str) -> bool:
    """Return whether the words of somebody else's error name a shortage of this process or machine."""
    return NO_THREAD in words or any(os.strerror(number) in words for number in SHORTAGE_ERRNOS)


def resource_shortage(error: BaseException, *, forking: bool = False) -> ResourceShortage | None:
    """Return the shortage that caused an error, or None if it has another cause.

    `forking` says that a program was to be started: then EAGAIN means that there are too many processes (fork(2)).
    """
    if isinstance(error, ResourceShortage):
        return error
    if isinstance(error, socket.gaierror):
        return _shortage_behind_look_up(error)
    if isinstance(error, OSError) and (
        error.errno in SHORTAGE_ERRNOS or (forking and error.errno == errno.EAGAIN)
    ):
        return ResourceShortage(_words(os.strerror(error.errno).lower()))
    if isinstance(error, MemoryError):
        return ResourceShortage(_words("out of memory"))
    if isinstance(error, RuntimeError) and NO_THREAD in str(error):
        return ResourceShortage(_words("no thread can be started"))
    return None


def _shortage_behind_look_up(error: socket.gaierror) -> ResourceShortage | None:
    """Return the shortage behind a failed look-up, if no socket can be opened: the resolver then reports a time-out."""
    if error.errno == socket.EAI_MEMORY:
        return ResourceShortage(_words("out of memory"))
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as refused:
        return ResourceShortage(_words(os.strerror(refused.errno or errno.EMFILE).lower()))
    return None


def _words(cause: str) -> str:
    return (
        f"storywatch ran out of resources ({cause}); raise the limits (ulimit -n, -u) or lower `concurrency`"
    )

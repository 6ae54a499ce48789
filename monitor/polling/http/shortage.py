"""Shortages of this process or machine: no descriptor, no memory, no thread. They say nothing of any server."""

from __future__ import annotations

import errno
import os
import socket

OURS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})
NO_THREAD = "can't start new thread"  # how Python words it; the error has no class of its own


class OwnShortage(Exception):  # noqa: N818  # a state of this machine, not a mistake
    """This process has no descriptor, memory or thread left; what was to be done is still to be done."""


def own_shortage(error: BaseException) -> OwnShortage | None:
    """Return the shortage behind an error; None if the error is about something else."""
    if isinstance(error, OwnShortage):
        return error
    if isinstance(error, socket.gaierror):
        return _behind_look_up(error)
    if isinstance(error, OSError) and error.errno in OURS:
        return OwnShortage(_words(os.strerror(error.errno).lower()))
    if isinstance(error, MemoryError):
        return OwnShortage(_words("out of memory"))
    if isinstance(error, RuntimeError) and NO_THREAD in str(error):
        return OwnShortage(_words("no thread can be started"))
    return None


def _behind_look_up(error: socket.gaierror) -> OwnShortage | None:
    """A resolver without a descriptor reports a name server that does not answer: see whether one can be had."""
    if error.errno == socket.EAI_MEMORY:
        return OwnShortage(_words("out of memory"))
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as refused:
        return OwnShortage(_words(os.strerror(refused.errno or errno.EMFILE).lower()))
    return None


def _words(cause: str) -> str:
    return f"this machine gives storywatch too little ({cause}); raise its limits (ulimit -n, -u) or lower `concurrency`"

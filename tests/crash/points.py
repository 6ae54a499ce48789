"""Fault points at every commit, connect, send, receive and file operation of this process. Production code has none.

`install` puts them around SQLAlchemy's commits, asyncio's transports and the functions of `os` that write files. Each
point that is reached is counted; at the chosen one the fault happens.
"""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import sqlite3
import threading
from asyncio import selector_events
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy.engine import default

KILL, FULL, LOCKED, TIMEOUT, CANCEL = "kill", "full", "locked", "timeout", "cancel"
# Which points a fault can happen at: `db:`, `net:`, `file:` begin a point's name.
PLACES = {
    KILL: ("db:", "net:", "file:"),
    FULL: ("db:", "file:"),
    LOCKED: ("db:",),
    TIMEOUT: ("net:",),
    CANCEL: ("db:", "net:", "file:"),
}


@dataclass(slots=True)
class Points:
    """Counts the points whose names begin as the fault's do; at number `at` (from 1) the fault happens, once."""

    fault: str
    at: int
    reached: int = 0
    cancel: Callable[[], object] = lambda: None
    lock: threading.Lock = threading.Lock()  # noqa: RUF009  # one process has one set of points

    def reach(self, name: str) -> bool:
        """Count a point; return whether the fault is to happen at it, after having killed the process for `kill`."""
        if not name.startswith(PLACES[self.fault]):
            return False
        with self.lock:
            self.reached += 1
            hit = self.reached == self.at
        if hit and self.fault == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        if hit and self.fault == CANCEL:
            self.cancel()
            return False
        return hit


def install(points: Points) -> None:
    """Put the points around everything this process does to the world."""
    _around_commits(points)
    _around_sockets(points)
    _around_files(points)


def _around_commits(points: Points) -> None:
    commit = default.DefaultDialect.do_commit

    def do_commit(self: Any, connection: Any) -> None:
        if points.reach("db:before commit"):
            raise _refused(self.name, points.fault)
        commit(self, connection)
        # A server may have committed although its answer was lost; with SQLite only a kill can have this effect.
        if points.reach("db:after commit") and self.name == "postgresql":
            raise _refused(self.name, points.fault)

    default.DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]


def _refused(dialect: str, fault: str) -> Exception:
    if dialect == "postgresql":
        return psycopg.OperationalError("the server closed the connection unexpectedly")
    return sqlite3.OperationalError("database or disk is full" if fault == FULL else "database is locked")


def _around_sockets(points: Points) -> None:
    transport: Any = selector_events._SelectorSocketTransport  # type: ignore[attr-defined]
    for name in ("_read_ready__data_received", "_read_ready__get_buffer"):
        setattr(transport, name, _receiving(points, getattr(transport, name)))
    transport.write = _sending(points, transport.write)
    loop: Any = selector_events.BaseSelectorEventLoop
    loop.sock_connect = _connecting(points, loop.sock_connect)


def _sending(points: Points, write: Callable[[Any, bytes], None]) -> Callable[[Any, bytes], None]:
    def sending(self: Any, data: bytes) -> None:
        if points.reach("net:before send"):
            raise TimeoutError("a fault of the test")
        write(self, data)
        if points.reach("net:after send"):
            self._force_close(ConnectionResetError(errno.ECONNRESET, "a fault of the test"))

    return sending


def _receiving(points: Points, read: Callable[[Any], None]) -> Callable[[Any], None]:
    def ready(self: Any) -> None:
        if points.reach("net:before receive"):
            self._force_close(ConnectionResetError(errno.ECONNRESET, "a fault of the test"))
        else:
            read(self)

    return ready


def _connecting(points: Points, connect: Callable[..., Any]) -> Callable[..., Any]:
    async def connecting(self: Any, sock: Any, address: Any) -> None:
        if points.reach("net:before connect"):
            raise OSError(errno.ETIMEDOUT, "a fault of the test")
        await connect(self, sock, address)
        if points.reach("net:after connect"):
            raise OSError(errno.ECONNRESET, "a fault of the test")

    return connecting


def _around_files(points: Points) -> None:
    def around(name: str) -> None:
        do = getattr(os, name)

        def doing(*given: Any, **named: Any) -> Any:
            if points.reach(f"file:before {name}"):
                raise OSError(errno.ENOSPC, "No space left on device")
            done = do(*given, **named)
            points.reach(f"file:after {name}")
            return done

        setattr(os, name, doing)

    for name in ("open", "fsync", "replace", "pwrite", "truncate"):
        around(name)


def cancels(points: Points, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> None:
    """Let the fault `cancel` end this task, from whatever thread it happens in."""
    points.cancel = lambda: loop.call_soon_threadsafe(task.cancel)

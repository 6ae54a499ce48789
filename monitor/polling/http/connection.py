"""One TCP or TLS connection, directly on an asyncio transport."""

from __future__ import annotations

import asyncio
from typing import cast

from monitor.polling.http.http1 import HEAD_END, MAX_HEAD, broken_off, not_http

PIECE = 64 * 1024  # bytes read at a time; if they come in chunks of one byte, parsing them takes 40 ms
HIGH_WATER = 256 * 1024  # unread bytes at which reading from the peer is paused


class Connection(asyncio.Protocol):
    """An open connection. Raises `BrokenHttp` when it breaks. Deadlines are the caller's."""

    def __init__(self) -> None:
        self.idle_since = 0.0  # on the loop's clock, seconds
        self._transport: asyncio.Transport | None = None
        self._unread = bytearray()
        self._head = b""
        self._ended = False
        self._error: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._write_paused = False
        self._read_paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if len(self._unread) > HIGH_WATER and not self._read_paused and self._transport is not None:
            self._read_paused = True
            self._transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> bool:
        self._ended = True
        _wake(self._reader)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._error = exc
        self._write_paused = False
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        self._write_paused = True

    def resume_writing(self) -> None:
        self._write_paused = False
        _wake(self._writer)

    @property
    def is_quiet(self) -> bool:
        """Whether an idle connection is still open and the peer has sent nothing unrequested."""
        return not self._ended and not self._unread

    async def read_head(self) -> bytes:
        """Read up to the next empty line and return the bytes before it."""
        searched, self._head = 0, b""
        while (end := HEAD_END.search(self._unread, searched)) is None:
            if len(self._unread) > MAX_HEAD:
                raise not_http()
            searched = max(0, len(self._unread) - 2)
            if not await self._wait_for_data():
                raise not_http()
        raw = bytes(self._unread[: end.start()]).removesuffix(b"\r")
        self._drop(end.end())
        self._head = raw
        return raw

    @property
    def answer_begun(self) -> bytes:
        """The head that was read last, or what arrived of one that could not be read."""
        return self._head + b"\n" if self._head else bytes(self._unread)

    async def read_some(self) -> bytes:
        """Read the bytes that are available, at least one unless the peer has closed its side."""
        if not self._unread:
            await self._wait_for_data()
        taken = bytes(self._unread[:PIECE])
        self._drop(len(taken))
        if self._unread:
            await asyncio.sleep(0)  # lets other tasks run between two pieces
        return taken

    async def _wait_for_data(self) -> bool:
        """Wait for more bytes and return whether any came."""
        had = len(self._unread)
        while len(self._unread) == had and not self._ended:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        if len(self._unread) == had and self._error is not None:
            raise broken_off()
        return len(self._unread) > had

    def _drop(self, count: int) -> None:
        del self._unread[:count]
        if self._read_paused and len(self._unread) <= HIGH_WATER // 2 and self._transport is not None:
            self._read_paused = False
            if not self._ended:
                self._transport.resume_reading()

    async def send(self, sent: bytes) -> None:
        """Send bytes, waiting while the peer does not accept them."""
        if self._transport is None or self._transport.is_closing():
            raise broken_off()
        self._transport.write(sent)
        while self._write_paused:
            self._writer = asyncio.get_running_loop().create_future()
            await self._writer

    def close(self) -> None:
        """Close at once: a graceful TLS shutdown would wait for peers that do not answer."""
        if self._transport is not None:
            self._transport.abort()


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)

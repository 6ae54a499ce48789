"""One TCP or TLS connection as httpcore reads and writes it, straight on an asyncio transport."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import httpcore

if TYPE_CHECKING:
    import ssl

HIGH_WATER = 256 * 1024  # unread bytes at which the peer is made to wait


class Wire(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """A connection made. Time is kept by the caller's deadline; the `timeout` arguments of httpcore are not used."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._unread = bytearray()
        self._ended = False
        self._error: Exception | None = None
        self._waiting_reader: asyncio.Future[None] | None = None
        self._waiting_writer: asyncio.Future[None] | None = None
        self._write_paused = False
        self._read_paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if len(self._unread) > HIGH_WATER and not self._read_paused and self._transport is not None:
            self._read_paused = True
            self._transport.pause_reading()
        _wake(self._waiting_reader)

    def eof_received(self) -> bool:
        self._ended = True
        _wake(self._waiting_reader)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._error = exc
        self._write_paused = False
        _wake(self._waiting_reader)
        _wake(self._waiting_writer)

    def pause_writing(self) -> None:
        self._write_paused = True

    def resume_writing(self) -> None:
        self._write_paused = False
        _wake(self._waiting_writer)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109
        """Return up to `max_bytes`, at least one unless the peer has ended. Raises `httpcore.ReadError`."""
        while not self._unread and not self._ended:
            self._waiting_reader = asyncio.get_running_loop().create_future()
            await self._waiting_reader
        if self._unread:
            return self._taken(max_bytes)
        if self._error is not None:
            raise httpcore.ReadError(str(self._error))
        return b""

    def _taken(self, max_bytes: int) -> bytes:
        taken = bytes(self._unread[:max_bytes])
        del self._unread[:max_bytes]
        if self._read_paused and len(self._unread) <= HIGH_WATER // 2 and self._transport is not None:
            self._read_paused = False
            if not self._ended:
                self._transport.resume_reading()
        return taken

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109
        """Send bytes, waiting while the peer does not take them. Raises `httpcore.WriteError`."""
        if self._transport is None or self._transport.is_closing():
            raise httpcore.WriteError("the peer closed the connection")
        self._transport.write(buffer)
        while self._write_paused:
            self._waiting_writer = asyncio.get_running_loop().create_future()
            await self._waiting_writer

    async def aclose(self) -> None:
        """Close at once: a graceful end of TLS would wait for peers that do not answer."""
        if self._transport is not None:
            self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        """Never called: a wire is made with TLS or without."""
        raise NotImplementedError

    def get_extra_info(self, info: str) -> Any:
        """Return whether an idle wire has something to say (which can only be its end) for `is_readable`."""
        if info == "is_readable":
            return self._ended or bool(self._unread)
        return self._transport.get_extra_info(info) if self._transport is not None else None


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)

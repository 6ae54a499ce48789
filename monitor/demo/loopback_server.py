"""A small HTTP/1.1 server on loopback: connections, requests, answers, and an outage on demand."""

from __future__ import annotations

import asyncio
import gzip
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LOOPBACK = "127.0.0.1"
MAX_BODY = 1_000_000  # bytes; the demo's webhook bodies stay under 20 kB
NO_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request; header names are in lower case, `path` has no query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A site's answer; the connection adds length, date and compression."""

    status: HTTPStatus
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class _BadRequestError(Exception):
    """The bytes on a connection are not a request that this server accepts; it answers with `status`."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class LoopbackServer:
    """One site on a port of its own."""

    def __init__(self, site: Callable[[Request], Answer]) -> None:
        self._site = site
        self._server: asyncio.Server | None = None
        self._port = 0
        self._conversations: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """The site's address without a trailing slash."""
        return f"http://{LOOPBACK}:{self._port}"

    async def open(self) -> None:
        """Accept connections, after an outage on the same port as before."""
        self._server = await asyncio.start_server(self._connected, LOOPBACK, self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Refuse connections and end those that are open."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        # Since Python 3.12 closing a server waits for its connections, so idle ones are closed first.
        conversations = tuple(self._conversations)
        for conversation in conversations:
            conversation.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)
        await server.wait_closed()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._server is None:  # accepted just before the server closed
            writer.close()
            return
        conversation = asyncio.create_task(_converse(self._site, reader, writer))
        self._conversations.add(conversation)
        conversation.add_done_callback(self._conversations.discard)


async def _converse(
    site: Callable[[Request], Answer], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer the requests of one connection until either side closes it."""
    try:
        while (request := await _read_request(reader)) is not None:
            writer.write(_wire(site(request), request))
            await writer.drain()
            if request.headers.get("connection", "").lower() == "close":
                break
    except _BadRequestError as bad:
        refusal = Answer(status=bad.status, headers={"Connection": "close"})
        writer.write(_wire(refusal, Request(method="GET", path="/", headers={})))
    except (ConnectionError, asyncio.IncompleteReadError):
        pass  # the client closed the connection within a request
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    """Return the next request, or None if the client closed the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as error:
        raise _BadRequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE) from error
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):  # noqa: PLR2004 (method, target, version)
        raise _BadRequestError(HTTPStatus.BAD_REQUEST)
    named = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in named}
    body = await reader.readexactly(_body_length(headers))
    return Request(method=words[0], path=words[1].partition("?")[0], headers=headers, body=body)


def _body_length(headers: Mapping[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise _BadRequestError(HTTPStatus.LENGTH_REQUIRED)
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise _BadRequestError(HTTPStatus.BAD_REQUEST)
    if int(length) > MAX_BODY:
        raise _BadRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return int(length)


def _wire(answer: Answer, request: Request) -> bytes:
    """Return the bytes of an answer, compressed if the request allows it."""
    headers, body = dict(answer.headers), answer.body
    if body and _accepts_gzip(request.headers.get("accept-encoding", "")):
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, mtime=0)
    headers["Date"] = formatdate(usegmt=True)
    if answer.status not in NO_BODY:
        headers["Content-Length"] = str(len(body))
    lines = [f"HTTP/1.1 {answer.status.value} {answer.status.phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    return head if request.method == "HEAD" else head + body


def _accepts_gzip(accepted: str) -> bool:
    codings = {coding.replace(" ", "").lower() for coding in accepted.split(",")}
    return "gzip" in codings or any(
        coding.startswith("gzip;q=") and coding.strip("0.") != "gzip;q=" for coding in codings
    )

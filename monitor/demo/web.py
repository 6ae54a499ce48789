"""The demo's servers: a real HTTP/1.1 server for each outlet and one for webhooks, all on 127.0.0.1.

Each outlet has its own port, because polling pauses between two requests to one host and port.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import format_datetime, formatdate, parsedate_to_datetime
from functools import partial
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from monitor.demo import aggregator
from monitor.demo.formats import render
from monitor.demo.outlets import load_outlets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from monitor.demo.outlets import DemoItem, Outlet

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One received webhook request; header names are in lower case."""

    headers: Mapping[str, str]
    body: bytes


class _BadRequestError(Exception):
    """The bytes on a connection are not a request that this server accepts; it answers with `status`."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class DemoWeb:
    """The outlets' servers and the webhook's, open inside `async with`; `now` is the demo's start in aware UTC."""

    def __init__(self, *, now: datetime, outlets: Iterable[Outlet] | None = None) -> None:
        """Use the bundled outlets unless others are given; no port is open before `async with`."""
        self._now = now
        self._outlets = load_outlets() if outlets is None else tuple(outlets)
        self._round = 1
        self._addresses: dict[str, str] = {}
        self._servers: list[asyncio.Server] = []
        self._conversations: set[asyncio.Task[None]] = set()
        self._is_open = False
        self.received: list[Posted] = []
        self.webhook_url = ""
        self._aggregator_url = ""

    async def __aenter__(self) -> Self:
        self._is_open = True
        try:
            for outlet in self._outlets:
                self._addresses[outlet.host] = await self._listen(partial(self._visit, outlet))
            self._aggregator_url = await self._listen(self._aggregate) + aggregator.PATH
            self.webhook_url = await self._listen(self._record) + "/hook"
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def _close(self) -> None:
        self._is_open = False
        for server in self._servers:
            server.close()
        # Since Python 3.12 closing a server waits for its connections, so idle ones are closed first.
        conversations = tuple(self._conversations)
        for conversation in conversations:
            conversation.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)
        for server in self._servers:
            await server.wait_closed()

    @property
    def feeds(self) -> tuple[tuple[str, str], ...]:
        """The title and the address of each outlet's feed."""
        return tuple((outlet.title, self._addresses[outlet.host] + outlet.path) for outlet in self._outlets)

    @property
    def more_feeds(self) -> tuple[tuple[str, str], ...]:
        """The titles and addresses of the outlets' sections and of the aggregator."""
        sections = (
            (section.title, self._addresses[outlet.host] + section.path)
            for outlet in self._outlets
            for section in outlet.sections
        )
        return (*sections, (aggregator.TITLE, self._aggregator_url))

    def publish(self, upto: int) -> None:
        """Make the items of rounds 1 to `upto` visible from the next request on."""
        self._round = upto

    def _visit(self, outlet: Outlet, request: Request) -> Answer:
        if request.method not in {"GET", "HEAD"}:
            return Answer(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET, HEAD"})
        shown = outlet.visible(self._round)
        if request.path == outlet.path:
            return self._feed(outlet, shown, request)
        for section in outlet.sections:
            if request.path == section.path:
                part = outlet.in_section(section)
                return self._feed(part, part.visible(self._round), request)
        if request.path == "/":
            return _page(outlet, outlet.about, _contents(shown))
        for item in shown:
            if item.path == request.path:
                return _page(outlet, item.title, _story(outlet, item), about=item.summary)
        return Answer(status=HTTPStatus.NOT_FOUND)

    def _feed(self, outlet: Outlet, shown: tuple[DemoItem, ...], request: Request) -> Answer:
        body, content_type = render(outlet, shown, now=self._now, base_url=self._addresses[outlet.host])
        newest = max((item.published_at(start=self._now) for item in shown), default=self._now)
        return _validated(body, content_type, newest.replace(microsecond=0), request)

    def _aggregate(self, request: Request) -> Answer:
        if request.path != aggregator.PATH:
            return Answer(status=HTTPStatus.NOT_FOUND)
        body = aggregator.alert_feed(self._outlets, self._addresses, upto=self._round, now=self._now)
        return Answer(status=HTTPStatus.OK, headers={"Content-Type": aggregator.CONTENT_TYPE}, body=body)

    def _record(self, request: Request) -> Answer:
        if request.path != "/hook":
            return Answer(status=HTTPStatus.NOT_FOUND)
        if request.method != "POST":
            return Answer(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "POST"})
        self.received.append(Posted(headers=request.headers, body=request.body))
        return Answer(status=HTTPStatus.NO_CONTENT)

    async def _listen(self, site: Callable[[Request], Answer]) -> str:
        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if not self._is_open:  # accepted just before the server closed
                writer.close()
                return
            conversation = asyncio.create_task(_converse(site, reader, writer))
            self._conversations.add(conversation)
            conversation.add_done_callback(self._conversations.discard)

        server = await asyncio.start_server(connected, LOOPBACK, 0)
        self._servers.append(server)
        return f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"


def _validated(body: bytes, content_type: str, newest: datetime, request: Request) -> Answer:
    """Return a feed with its validators, or 304 where the visitor has it."""
    validators = {
        # Weak, so that it holds for the compressed form too (RFC 9110, 8.8.3.3).
        "ETag": f'W/"{hashlib.sha256(body).hexdigest()[:16]}"',
        "Last-Modified": format_datetime(newest, usegmt=True),
        "Vary": "Accept-Encoding",
    }
    if is_unchanged(request.headers, etag=validators["ETag"], modified=newest):
        return Answer(status=HTTPStatus.NOT_MODIFIED, headers=validators)
    return Answer(status=HTTPStatus.OK, headers={"Content-Type": content_type, **validators}, body=body)


def is_unchanged(headers: Mapping[str, str], *, etag: str, modified: datetime) -> bool:
    """Return whether a conditional request may be answered 304 (RFC 9110, 13.1.2 and 13.1.3)."""
    if (known := headers.get("if-none-match")) is not None:
        return known.strip() == "*" or etag in {tag.strip() for tag in known.split(",")}
    try:
        return parsedate_to_datetime(headers["if-modified-since"]) >= modified
    except (KeyError, TypeError, ValueError):
        return False  # no date, an unreadable date, or one without a zone


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


def _page(outlet: Outlet, heading: str, main: str, *, about: str = "") -> Answer:
    html = (
        f'<!doctype html><html lang="{escape(outlet.language)}"><meta charset="utf-8">'
        f"<title>{escape(heading)} · {escape(outlet.title)}</title>"
        f'<meta property="og:description" content="{escape(about or outlet.about)}">'
        f'<link rel="alternate" href="{escape(outlet.path)}" title="{escape(outlet.title)}">'
        f'<p><a href="/">{escape(outlet.title)}</a></p><h1>{escape(heading)}</h1>{main}</html>\n'
    )
    return Answer(
        status=HTTPStatus.OK, headers={"Content-Type": "text/html; charset=utf-8"}, body=html.encode()
    )


def _contents(shown: tuple[DemoItem, ...]) -> str:
    links = (f'<li><a href="{escape(item.path)}">{escape(item.title)}</a></li>' for item in shown)
    return f"<ul>{''.join(links)}</ul>"


def _story(outlet: Outlet, item: DemoItem) -> str:
    return item.summary if outlet.markup else f"<p>{escape(item.summary)}</p>"

"""A client's connection, whose requests are answered in order; no framework is involved."""

from __future__ import annotations

import asyncio
import email.utils
from http import HTTPStatus
from typing import cast

from control import answer_control
from farm import REDIRECTS, STATUSES, Farm
from pieces import gzipped, http_date, plain

MAX_HEAD = 65_536  # bytes
DRIPS = 50  # parts of a slow body
MALFORMED = b"<item><title>a & b <b>\x01</item></nope>"

Headers = dict[bytes, bytes]


class Connection(asyncio.Protocol):
    """A connection and the request on it that is being answered."""

    def __init__(self, farm: Farm) -> None:
        self._farm = farm
        self._loop = asyncio.get_running_loop()
        self._unread = b""
        self._busy = False
        self._open = True
        self._timer: asyncio.TimerHandle | None = None
        self._waiting_for: int | None = None  # the feed whose answer the timer delays
        self._close_after = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._farm.accepted += 1
        self._farm.connections += 1
        self._farm.most_connections = max(self._farm.most_connections, self._farm.connections)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._open = False
        self._farm.connections -= 1
        if self._timer:
            self._timer.cancel()
        if self._waiting_for is not None:
            self._farm.note_answer(self._waiting_for)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        self._next()

    def _next(self) -> None:
        while self._open and not self._busy:
            head, end, rest = self._unread.partition(b"\r\n\r\n")
            if not end:
                if len(self._unread) > MAX_HEAD:
                    self._refuse(HTTPStatus.BAD_REQUEST)
                return
            self._unread = rest
            self._request(head)

    def _request(self, head: bytes) -> None:
        line, *rows = head.split(b"\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (row.partition(b":") for row in rows)}
        words = line.decode("latin-1").split(" ")
        self._unread = self._unread[int(headers.get(b"content-length") or 0) :]
        self._close_after = headers.get(b"connection", b"").lower() == b"close" or words[-1] == "HTTP/1.0"
        path, _, query = words[1 % len(words)].partition("?")
        number = path[3:-4]
        if path[:3] in ("/f/", "/m/") and number.isdigit() and int(number) < self._farm.plan.feeds:
            self._feed(int(number), headers, has_moved=path[1] == "m")
        elif path.startswith("/-/"):
            kind, body = answer_control(self._farm, path, query)
            self._write(HTTPStatus.OK, body, f"Content-Type: {kind}\r\n")
        else:
            self._refuse(HTTPStatus.NOT_FOUND)

    def _feed(self, feed: int, headers: Headers, *, has_moved: bool) -> None:
        self._farm.note_request(feed)
        wait = self._farm.wait()
        if wait:
            self._busy = True
            self._waiting_for = feed
            self._timer = self._loop.call_later(wait, self._answer, feed, headers, has_moved)
        else:
            self._answer(feed, headers, has_moved)

    def _answer(self, feed: int, headers: Headers, has_moved: bool) -> None:  # noqa: FBT001 (call_later has no keywords)
        self._busy = False
        self._waiting_for = None
        self._farm.note_answer(feed)
        fault = self._farm.fault(feed)
        if not self._went_wrong(feed, fault, has_moved=has_moved):
            self._serve(feed, headers, fault)
        self._next()

    def _went_wrong(self, feed: int, fault: str | None, *, has_moved: bool) -> bool:
        """Answer with a fault that needs no body, if there is one; return whether there was."""
        farm = self._farm
        if fault in STATUSES:
            farm.asked_again_when_gone += fault == "410" and farm.hits[feed] > 1
            self._count(HTTPStatus(int(fault)))
        elif fault in REDIRECTS and not has_moved:
            self._count(HTTPStatus(int(fault)), f"Location: /m/{feed}.xml\r\n")
        elif fault == "429" and self._throttles(feed):
            self._count(HTTPStatus.TOO_MANY_REQUESTS, f"Retry-After: {farm.plan.retry_after}\r\n")
        elif fault == "timeout":
            self._busy = True
        elif fault == "reset":
            self._transport.abort()
        else:
            return False
        return True

    def _throttles(self, feed: int) -> bool:
        now, last = self._loop.time(), self._farm.last_429.get(feed)
        if last is not None and now - last >= self._farm.plan.retry_after:
            return False
        self._farm.retry_after_violations += last is not None
        self._farm.last_429[feed] = now
        return True

    def _serve(self, feed: int, headers: Headers, fault: str | None) -> None:
        farm = self._farm
        state = farm.state(feed)
        kind = "atom" if farm.bodies.is_atom(feed) else "rss"
        extra = f"Content-Type: application/{kind}+xml; charset=utf-8\r\n"
        if feed not in farm.blind:
            tag = f'"{feed}-{state.version}"'
            extra += f"ETag: {tag}\r\nLast-Modified: {http_date(state.stamp)}\r\n"
            if self._is_current(headers, tag.encode(), state.stamp):
                self._count(HTTPStatus.NOT_MODIFIED, extra)
                return
        parts = list(farm.bodies.parts(state))
        if fault == "malformed":
            parts.insert(len(parts) // 2, MALFORMED)
        packs = farm.plan.gzip and b"gzip" in headers.get(b"accept-encoding", b"").lower()
        farm.gzipped += packs
        body = gzipped(parts) if packs else plain(parts)
        self._send_body(
            body, extra + ("Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n" if packs else ""), fault
        )

    def _is_current(self, headers: Headers, tag: bytes, stamp: int) -> bool:
        """Whether the client has this version (RFC 9110, 13.2.2: a tag beats a date)."""
        match, since = headers.get(b"if-none-match"), headers.get(b"if-modified-since")
        self._farm.conditional += bool(match or since)
        if match:
            return match == b"*" or tag in [one.strip().removeprefix(b"W/") for one in match.split(b",")]
        try:
            return email.utils.parsedate_to_datetime((since or b"").decode("latin-1")).timestamp() >= stamp
        except (ValueError, TypeError):
            return False

    def _send_body(self, body: bytes, extra: str, fault: str | None) -> None:
        self._farm.statuses[HTTPStatus.OK] += 1
        if fault == "truncated":
            self._transport.write(self._head(HTTPStatus.OK, len(body), extra) + body[: len(body) // 2])
            self._transport.close()
        elif fault == "slow":
            self._busy = True
            self._transport.write(self._head(HTTPStatus.OK, len(body), extra))
            self._drip(body, 0)
        else:
            self._farm.body_bytes += len(body)
            self._write(HTTPStatus.OK, body, extra)

    def _drip(self, body: bytes, at: int) -> None:
        step = max(1, len(body) // DRIPS)
        self._transport.write(body[at : at + step])
        if at + step < len(body):
            pause = self._farm.plan.slow_seconds / DRIPS
            self._timer = self._loop.call_later(pause, self._drip, body, at + step)
            return
        self._busy = False
        self._next()

    def _count(self, status: HTTPStatus, extra: str = "") -> None:
        self._farm.statuses[status] += 1
        self._write(status, b"", extra)

    def _refuse(self, status: HTTPStatus) -> None:
        self._close_after = True
        self._write(status, b"", "")

    def _write(self, status: HTTPStatus, body: bytes, extra: str) -> None:
        self._transport.write(self._head(status, len(body), extra) + body)
        if self._close_after:
            self._transport.close()

    def _head(self, status: HTTPStatus, length: int, extra: str) -> bytes:
        size = "" if status is HTTPStatus.NOT_MODIFIED else f"Content-Length: {length}\r\n"
        close = "Connection: close\r\n" if self._close_after else ""
        first = f"HTTP/1.1 {status.value} {status.phrase}\r\nServer: feedfarm\r\n"
        return f"{first}{size}{extra}{close}\r\n".encode("latin-1")

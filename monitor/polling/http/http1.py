"""One HTTP/1.1 request and its response as bytes, using h11 (RFC 9112); no input or output.

h11 decides where a response ends and refuses contradictions, so that no response is taken for another one. Invalid
header lines are removed before h11 reads a head: a single one must not make a feed unreadable. Most polls are a GET with
our own headers that is answered by a 304, which has no body; h11 is not needed for these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import h11

from monitor.polling.http.outcome import FailureKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Headers = Sequence[tuple[bytes, bytes]]

MAX_HEAD = 65_536  # bytes of a status line and headers; real ones take 400 to 8,000
MAX_FRAMING = 8_192  # bytes of a chunk's size and extensions, and of the trailers

HEAD_END = re.compile(rb"\n\r?\n")
_FOLD = re.compile(rb"\n[ \t]+")
# A folded line after a header that says where the body ends: a number never continues on a second line.
_STRAY = re.compile(rb"(?im)(^(?:content-length|transfer-encoding)[^\n]*)(?:\n[ \t][^\n]*)+")
_STATUS = re.compile(rb"\s*(?:HTTP/\d(?:\.\d)?|ICY)[ \t]+([2-5]\d\d)[ \t\r\n]", re.IGNORECASE)
# Name and value as h11 accepts them. No part matches the start of the next one, so that matching is linear.
_LINE = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ \t]*(?:[^\x00\s]+(?:[ \t]+[^\x00\s]+)*)?[ \t]*"
_HEADER = re.compile(_LINE)
_VALID_HEAD = re.compile(rb"HTTP/1\.[01] [1-9]\d\d(?: [^\r\n]*)?(?:\r\n" + _LINE + rb")*")
# What servers write for `HTTP/1.1 200`: another version, another case, several blanks.
_STATUS_LINE = re.compile(rb"(?:HTTP/\d(?:\.\d)?|ICY)[ \t]+([1-5]\d\d)(?![^ \t\r])", re.IGNORECASE)
# Framing headers without effect: the body continues to the end of the connection, or the other header frames it.
_EMPTY_FRAMING = re.compile(
    rb"(?:transfer-encoding:[ \t]*(?:identity)?|content-length:)[ \t]*", re.IGNORECASE
)
# gzip as a transfer coding (RFC 9112, 7.2). It was not asked for, and the body shows it by its first bytes.
_GZIP_CODING = re.compile(rb"(transfer-encoding:)[ \t]*(?:x-)?gzip[ \t]*(?:,|$)", re.IGNORECASE)
_ODD_FRAMING = re.compile(
    rb"^(?:transfer-encoding:[ \t]*(?:identity|(?:x-)?gzip\b[^\r\n]*)?|content-length:)[ \t]*\r?$",
    re.IGNORECASE | re.MULTILINE,
)
_FRAMING = re.compile(rb"\s*(?:content-length|transfer-encoding)", re.IGNORECASE)
_OK = 200
_NOT_MODIFIED = 304
_PLAIN_GET = re.compile(rb"GET [!-~]+ HTTP/1\.1\r\n(?:" + _LINE + rb"\r\n)+\r\n")
# Headers of a GET besides `Host` that say nothing about the connection or a body.
_PLAIN_HEADERS = frozenset(
    {
        b"user-agent", b"accept", b"accept-encoding", b"if-none-match", b"if-modified-since", b"a-im",
        b"authorization",
    }
)  # fmt: skip
# Headers of a response about the connection or a body, except `Connection: keep-alive`, which changes nothing.
_CONNECTION = re.compile(
    rb"^(?:connection:(?![ \t]*keep-alive[ \t]*\r?$)|(?:content-length|transfer-encoding|upgrade):)",
    re.IGNORECASE | re.MULTILINE,
)
_ANY_GET = h11.Request(method="GET", target="/", headers=[("Host", "a")])


class BrokenHttp(Exception):  # noqa: N818 (what happened, in the outcome's words)
    """A request that cannot be sent or a response that cannot be understood."""

    def __init__(self, kind: FailureKind, words: str) -> None:
        super().__init__(words)
        self.kind = kind
        self.words = words


@dataclass(frozen=True, slots=True)
class Head:
    """A response's status and headers, as they were sent."""

    status: int
    headers: Headers

    @property
    def is_interim(self) -> bool:
        """Whether the final response is still to come (1xx)."""
        return self.status < _OK


class Exchange:
    """A request, serialised as `request`, and the parsing of its response. Raises `BrokenHttp`.

    `ended` is true once the response is complete; `can_reuse` then says whether its connection may be used again.
    """

    __slots__ = ("_h11", "_was_repaired", "ended", "request")

    def __init__(self, method: bytes, target: bytes, headers: Headers, body: Iterable[bytes] = ()) -> None:
        self._h11: h11.Connection | None = None  # after a plain GET it is opened when a response needs it
        self._was_repaired = False
        self.ended = False
        self.request = _plain_get(method, target, headers) or self._written(method, target, headers, body)

    def _written(self, method: bytes, target: bytes, headers: Headers, body: Iterable[bytes]) -> bytes:
        stripped = [(name, value.strip(b" \t")) for name, value in headers]
        self._h11 = _h11_client()
        try:
            head = h11.Request(method=method, target=target, headers=stripped)
            events = [head, *(h11.Data(data=part) for part in body), h11.EndOfMessage()]
            return b"".join(self._h11.send(event) or b"" for event in events)
        except h11.LocalProtocolError as error:
            words = "a configured header cannot be sent; check the feed's headers, user and password"
            raise BrokenHttp(FailureKind.PROTOCOL, words) from error

    def _connection(self) -> h11.Connection:
        if self._h11 is None:
            self._h11 = _h11_client()
            self._h11.send(_ANY_GET)
            self._h11.send(h11.EndOfMessage())
        return self._h11

    def parse_head(self, raw: bytes) -> Head:
        """Parse a head, given without the empty line that ends it."""
        if self._h11 is None and (headers := _plain_not_modified(raw)) is not None:
            self.ended = True
            return Head(_NOT_MODIFIED, headers)
        valid, self._was_repaired = _repaired(raw)
        self._connection().receive_data(valid)
        event = self._next()
        if isinstance(event, h11.Response):
            self.take(b"")  # a response without a body is complete
        elif not isinstance(event, h11.InformationalResponse):
            raise not_http()
        return Head(event.status_code, event.headers.raw_items())

    def take(self, sent: bytes) -> bytes:
        """Return the part of the next bytes that belongs to the body; bytes after its end are ignored."""
        if sent:
            self._connection().receive_data(sent)
        parts: list[bytes] = []
        while not self.ended and (event := self._next()) is not h11.NEED_DATA:
            if isinstance(event, h11.Data):
                parts.append(bytes(event.data))
            else:
                self.ended = True
        return b"".join(parts)

    def close(self) -> None:
        """Note that the peer closed the connection. Raises `BrokenHttp` if the body is incomplete."""
        self._connection().receive_data(b"")
        try:
            self.ended = isinstance(self._connection().next_event(), h11.EndOfMessage)
        except h11.RemoteProtocolError as error:
            words = "the connection was closed before the whole body had arrived"
            raise BrokenHttp(FailureKind.TRUNCATED, words) from error

    @property
    def can_reuse(self) -> bool:
        """Whether both sides are done, both keep the connection alive, and no byte is left over."""
        if self._h11 is None:
            return self.ended
        is_done = self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE
        return is_done and not self._was_repaired and not self._h11.trailing_data[0]

    def _next(self) -> type[h11.NEED_DATA | h11.PAUSED] | h11.Event:
        try:
            return self._connection().next_event()
        except h11.RemoteProtocolError as error:
            raise not_http() from error


def _h11_client() -> h11.Connection:
    return h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_FRAMING)


def _plain_get(method: bytes, target: bytes, headers: Headers) -> bytes | None:
    """Return a GET as it is sent if all of its headers are plain and valid, else None."""
    names = [name.lower() for name, _ in headers]
    if method != b"GET" or names[:1] != [b"host"] or not _PLAIN_HEADERS.issuperset(names[1:]):
        return None
    lines = [
        b"GET %b HTTP/1.1" % target,
        *(b"%b: %b" % (name, value.strip(b" \t")) for name, value in headers),
    ]
    head = b"\r\n".join([*lines, b"", b""])
    # A line break in a value would make a line of its own.
    return head if head.count(b"\n") == len(lines) + 1 and _PLAIN_GET.fullmatch(head) else None


def _plain_not_modified(raw: bytes) -> list[tuple[bytes, bytes]] | None:
    """Return the headers of a valid 304 that says nothing special about the connection, else None."""
    if not raw.startswith(b"HTTP/1.1 304") or not _VALID_HEAD.fullmatch(raw) or _CONNECTION.search(raw):
        return None
    lines = (line.partition(b":") for line in raw.split(b"\r\n")[1:])
    return [(name, value.strip(b" \t")) for name, _, value in lines]


def _repaired(raw: bytes) -> tuple[bytes, bool]:
    """Return a head without its invalid header lines, and whether there were any.

    An invalid line that may be about the body's length is refused: without it the end would be a guess.
    """
    if _VALID_HEAD.fullmatch(raw) and not _ODD_FRAMING.search(raw):  # nearly always
        return raw + b"\r\n\r\n", False
    status, _, rest = raw.lstrip(b"\r\n").partition(b"\n")
    rest = rest.replace(b"\r\n", b"\n")
    unstrayed = _STRAY.sub(rb"\1", rest)
    lines = (
        [_GZIP_CODING.sub(rb"\1", line) for line in _FOLD.sub(b" ", unstrayed).split(b"\n")] if rest else []
    )
    lines = [line for line in lines if not _EMPTY_FRAMING.fullmatch(line)]
    kept = [line for line in lines if _HEADER.fullmatch(line)]
    if any(_FRAMING.match(line) for line in lines if not _HEADER.fullmatch(line)):
        raise not_http()
    return b"\r\n".join([_status_line(status.removesuffix(b"\r")), *kept, b"", b""]), True


def _status_line(line: bytes) -> bytes:
    """Return a status line in the form of HTTP/1; any other line is returned unchanged, to be refused."""
    found = _STATUS_LINE.match(line)
    if found is None:
        return line
    version = b"1.0" if line[:8].upper() == b"HTTP/1.0" else b"1.1"
    return b"HTTP/" + version + b" " + found[1] + line[found.end() :]


def decided_status(head: bytes) -> int | None:
    """Return the final status that the first line of a broken head names; None if it names none."""
    found = _STATUS.match(head)
    return int(found[1]) if found else None


def not_http() -> BrokenHttp:
    """Return the error for a response that breaks the protocol."""
    return BrokenHttp(FailureKind.PROTOCOL, "the server's response is not valid HTTP")


def broken_off() -> BrokenHttp:
    """Return the error for a connection that breaks."""
    return BrokenHttp(FailureKind.TRUNCATED, "the connection broke before the response was complete")

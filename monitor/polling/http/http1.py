"""HTTP/1.1 as bytes (RFC 9112): a request written out, the head of an answer read, where its body ends. Pure.

What is doubtful about where a message ends is refused, so that no answer is ever taken for another's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from monitor.polling.http.outcome import FailureKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    Headers = Sequence[tuple[bytes, bytes]]

MAX_HEAD = 65_536  # bytes of a status line and headers; real ones take 400 to 8,000
MAX_CHUNK_LINE = 256  # bytes of a chunk's size and extensions
MAX_TRAILER = 8_192  # bytes behind the last chunk
MAX_LENGTH_DIGITS = 20

HEAD_END = re.compile(rb"\n\r?\n")
_STATUS = re.compile(rb"HTTP/1\.([0-9]) ([1-9][0-9]{2})(?: [^\x00]*)?")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[^\x00\r\n]*[^\x00\r\n \t])?)[ \t]*")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNFIT_VALUE = re.compile(rb"[\x00\r\n]")
_UNFIT_TARGET = re.compile(rb"[\x00-\x20\x7f]")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\x00]*)?")
_BODILESS = frozenset({204, 304})
_OK = 200


class BrokenHttp(Exception):  # noqa: N818 (what happened, in the outcome's words)
    """An exchange that cannot be made or understood."""

    def __init__(self, kind: FailureKind, words: str) -> None:
        super().__init__(words)
        self.kind = kind
        self.words = words


@dataclass(frozen=True, slots=True)
class Head:
    """An answer's status and headers, as they were sent; `keeps` says whether its connection may be used again."""

    status: int
    headers: list[tuple[bytes, bytes]]
    keeps: bool

    @property
    def is_interim(self) -> bool:
        """Whether the real answer is still to come."""
        return self.status < _OK


class BodyEnd(Protocol):
    """Tells the bytes of a body from what surrounds them. `ended` once the body is complete."""

    ended: bool

    def take(self, sent: bytes) -> bytes:
        """Return what of the next bytes belongs to the body. Raises `BrokenHttp`."""
        ...

    def close(self) -> None:
        """Note that the peer has ended. Raises `BrokenHttp` where the body should go on."""
        ...


def request_head(method: bytes, target: bytes, headers: Headers) -> bytes:
    """Return a request's first line and headers. Raises `BrokenHttp` for what would be another request on the wire."""
    lines = [b"%b %b HTTP/1.1" % (method, target)]
    if _UNFIT_TARGET.search(target):
        raise _unsendable()
    for name, value in headers:
        if _UNFIT_VALUE.search(value) or not _NAME.fullmatch(name):
            raise _unsendable()
        lines.append(b"%b: %b" % (name, value.strip(b" \t")))
    return b"\r\n".join(lines) + b"\r\n\r\n"


def read_head(raw: bytes) -> Head:
    """Return the head that these bytes are, without the empty line that ends it. Raises `BrokenHttp`."""
    first, *lines = raw.replace(b"\r\n", b"\n").lstrip(b"\n").split(b"\n")
    status = _STATUS.fullmatch(first)
    if status is None:
        raise not_http()
    headers: list[tuple[bytes, bytes]] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and headers:  # folded, as nobody should any more (RFC 9112, 5.2)
            name, value = headers[-1]
            headers[-1] = (name, value + b" " + line.strip(b" \t\r\x00"))
            continue
        header = _HEADER.fullmatch(line)
        if header is None:
            raise not_http()
        headers.append((header.group(1), header.group(2)))
    connection = b",".join(_all(headers, b"connection")).lower()
    return Head(
        status=int(status.group(2)),
        headers=headers,
        keeps=status.group(1) != b"0" and b"close" not in connection,
    )


def body_end(head: Head) -> BodyEnd:
    """Return what finds the end of an answer's body (RFC 9112, 6.3). Raises `BrokenHttp` for contradictions."""
    if head.status in _BODILESS:
        return Counted(0)
    codings = b",".join(_all(head.headers, b"transfer-encoding")).strip().lower()
    if codings:
        if codings != b"chunked":
            raise not_http()
        return Chunked()
    lengths = {part.strip() for value in _all(head.headers, b"content-length") for part in value.split(b",")}
    if not lengths:
        return UntilClosed()
    length = lengths.pop()
    if lengths or not length.isdigit() or len(length) > MAX_LENGTH_DIGITS:
        raise not_http()
    return Counted(int(length))


class Counted:
    """A body whose length was said."""

    __slots__ = ("_left", "ended")

    def __init__(self, length: int) -> None:
        self._left = length
        self.ended = length == 0

    def take(self, sent: bytes) -> bytes:
        if len(sent) > self._left:
            raise not_http()
        self._left -= len(sent)
        self.ended = self._left == 0
        return sent

    def close(self) -> None:
        if not self.ended:
            raise cut_short()


class UntilClosed:
    """A body that ends with its connection."""

    __slots__ = ("ended",)

    def __init__(self) -> None:
        self.ended = False

    def take(self, sent: bytes) -> bytes:
        return sent

    def close(self) -> None:
        self.ended = True


class Chunked:
    """A body in chunks that say their size (RFC 9112, 7.1)."""

    __slots__ = ("_in_trailer", "_left", "_line", "_trailer", "ended")

    def __init__(self) -> None:
        self._left = 0  # bytes of the chunk still to come, the line end behind it included
        self._line = b""
        self._in_trailer = False
        self._trailer = 0
        self.ended = False

    def take(self, sent: bytes) -> bytes:
        body = bytearray()
        at = 0
        while at < len(sent):
            if self.ended:
                raise not_http()
            if self._left > 2:  # noqa: PLR2004 (the line end is not the body's)
                part = sent[at : at + self._left - 2]
                body += part
                self._left -= len(part)
                at += len(part)
            else:
                at = self._line_read(sent, at)
        return bytes(body)

    def _line_read(self, sent: bytes, at: int) -> int:
        """Take bytes up to the end of a line and act on it; return the position behind them."""
        end = sent.find(b"\n", at)
        stop = len(sent) if end < 0 else end + 1
        self._line += sent[at:stop]
        if len(self._line) > (MAX_TRAILER if self._in_trailer else MAX_CHUNK_LINE):
            raise not_http()
        if end >= 0:
            line, self._line = self._line.rstrip(b"\r\n"), b""
            self._act(line)
        return stop

    def _act(self, line: bytes) -> None:
        if self._in_trailer:
            self._trailer += len(line)
            self.ended = not line
            if self._trailer > MAX_TRAILER:
                raise not_http()
        elif self._left:
            if line:
                raise not_http()
            self._left = 0
        else:
            size = _CHUNK_SIZE.fullmatch(line)
            if size is None:
                raise not_http()
            length = int(size.group(1), 16)
            self._in_trailer = length == 0
            self._left = length + 2 if length else 0

    def close(self) -> None:
        if not self.ended:
            raise cut_short()


def not_http() -> BrokenHttp:
    """Return the failure of an answer that breaks the rules."""
    return BrokenHttp(FailureKind.PROTOCOL, "the server's answer is not valid HTTP")


def cut_short() -> BrokenHttp:
    """Return the failure of a body that ends too soon."""
    return BrokenHttp(FailureKind.TRUNCATED, "the connection was closed before the whole body had come")


def broken_off() -> BrokenHttp:
    """Return the failure of a connection that breaks."""
    return BrokenHttp(FailureKind.TRUNCATED, "the connection broke before the answer was complete")


def _unsendable() -> BrokenHttp:
    words = "a configured header cannot be sent; check the feed's headers, user and password"
    return BrokenHttp(FailureKind.PROTOCOL, words)


def _all(headers: Headers, name: bytes) -> list[bytes]:
    return [value for given, value in headers if given.lower() == name]

"""Content codings undone by ourselves, so that a body never takes more memory than its cap.

`Decompressor.feed` takes the bytes as they come, `Decompressor.finish` gives the body; both raise `UndecodableBody`. Only what we ask
for is undone (gzip, deflate, once): a stack of codings turned 800 bytes into 1 GB elsewhere.
"""

from __future__ import annotations

import zlib

from monitor.polling.http.outcome import FailureKind

GZIP_MAGIC = b"\x1f\x8b"
_GZIP, _ZLIB, _RAW_DEFLATE = 31, 15, -15  # window bits, as zlib tells the three formats apart
_IDENTITY = frozenset({"", "identity", "none", "utf-8"})  # some servers name a charset here


class UndecodableBody(Exception):  # noqa: N818 (what it is, not that it is an error)
    """A body that cannot or may not be decoded."""

    def __init__(self, kind: FailureKind, words: str) -> None:
        super().__init__(words)
        self.kind = kind
        self.words = words


class Decompressor:
    """One body on its way in. `max_bytes` caps it twice: as sent, and decoded."""

    def __init__(self, content_encoding: str, *, max_bytes: int) -> None:
        self._coding = _known_coding(content_encoding)
        self._max_bytes = max_bytes
        self._decoded = bytearray()
        self._head = b""
        self._behind_end = b""
        self._started = False
        self._inflate: zlib._Decompress | None = None
        self.bytes_on_wire = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the wire. Raises `UndecodableBody` when the cap is passed or the coding is broken."""
        self.bytes_on_wire += len(chunk)
        if self.bytes_on_wire > self._max_bytes:
            raise too_large(self._max_bytes)
        if self._started:
            self._take(chunk)
            return
        self._head += chunk
        if len(self._head) >= len(GZIP_MAGIC):
            self._start()

    def finish(self) -> bytes:
        """Return the whole decoded body. Raises `UndecodableBody` if the compressed stream ends too soon."""
        if not self._started:
            self._start()
        if self._inflate is not None and not self._inflate.eof:
            raise UndecodableBody(
                FailureKind.TRUNCATED, "the compressed body ends before its end; it was cut on its way"
            )
        return bytes(self._decoded)

    def _start(self) -> None:
        self._started = True
        self._inflate = _decompressor(self._coding, self._head)
        self._take(self._head)

    def _take(self, compressed: bytes) -> None:
        if self._inflate is None:
            self._keep(compressed)
            return
        try:
            while compressed:
                if self._inflate.eof:
                    compressed = self._next_member(compressed)
                    continue
                room = self._max_bytes - len(self._decoded) + 1
                self._keep(self._inflate.decompress(compressed, room))
                compressed = self._inflate.unconsumed_tail or self._inflate.unused_data
        except zlib.error as error:
            raise UndecodableBody(
                FailureKind.DECODE, f"the {self._coding or 'gzip'} body is broken: {error}"
            ) from error

    def _next_member(self, compressed: bytes) -> bytes:
        """A gzip file may be several in a row (RFC 1952, 2.2); anything else behind the end is padding."""
        self._behind_end += compressed
        if len(self._behind_end) < len(GZIP_MAGIC):
            return b""
        rest, self._behind_end = self._behind_end, b""
        if rest.startswith(GZIP_MAGIC):
            self._inflate = zlib.decompressobj(_GZIP)
            return rest
        self._behind_end = rest[: len(GZIP_MAGIC)]
        return b""

    def _keep(self, decoded: bytes) -> None:
        self._decoded += decoded
        if len(self._decoded) > self._max_bytes:
            raise too_large(self._max_bytes)


def too_large(max_bytes: int) -> UndecodableBody:
    """Return the refusal of a body over its cap."""
    megabytes = f"{max_bytes / 1_000_000:g} MB"
    return UndecodableBody(
        FailureKind.TOO_LARGE, f"the body is larger than {megabytes}; raise polling.max_bytes to read it"
    )


def _known_coding(content_encoding: str) -> str:
    coding = content_encoding.strip().lower()
    if coding in _IDENTITY:
        return ""
    if coding in {"gzip", "x-gzip"}:
        return "gzip"
    if coding == "deflate":
        return "deflate"
    shown = "".join(c for c in coding[:40] if c.isprintable())
    raise UndecodableBody(
        FailureKind.DECODE,
        f"the body is encoded as {shown!r}, which was not asked for (only gzip or deflate)",
    )


def _decompressor(coding: str, head: bytes) -> zlib._Decompress | None:
    """Choose by the bytes, not by the label: servers mislabel both ways, and a feed file may itself be a .gz."""
    if head.startswith(GZIP_MAGIC):
        return zlib.decompressobj(_GZIP)
    if coding == "deflate" and head:
        is_zlib = (
            len(head) > 1 and head[0] & 0x0F == zlib.DEFLATED and int.from_bytes(head[:2], "big") % 31 == 0
        )
        return zlib.decompressobj(_ZLIB if is_zlib else _RAW_DEFLATE)
    return None

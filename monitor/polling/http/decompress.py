"""Decompresses bodies within the limits of `body_limits`.

`Decompressor.feed` takes the bytes as they arrive, `Decompressor.finish` returns the body; both raise
`UndecodableBody`. Only one layer of gzip, deflate or brotli is undone: stacked codings can turn 800 bytes into 1 GB. The bytes
count more than the Content-Encoding header, where servers put charsets, names of their storage, or a coding twice.
"""

from __future__ import annotations

import re
import zlib

from monitor.polling.http.body_limits import BodyLimits, UndecodableBody
from monitor.polling.http.brotli_stream import BrotliStream
from monitor.polling.http.outcome import FailureKind

GZIP_MAGIC = b"\x1f\x8b"
_GZIP, _ZLIB, _RAW_DEFLATE = 31, 15, -15  # window bits, by which zlib distinguishes the three formats
_GZIP_NAMES = frozenset({"gzip", "x-gzip"})
# IANA's registry of content codings; any other label says nothing about the bytes.
_CODINGS = _GZIP_NAMES | {
    "aes128gcm", "br", "compress", "dcb", "dcz", "deflate", "exi", "pack200-gzip", "x-compress", "zstd"
}  # fmt: skip
_TEXT = re.compile(rb"[ \t\r\n]*[<{]|\xef\xbb|\xff\xfe|\xfe\xff|\x00[\x00<]|[ \t\r\n]{2}")
MAX_MEMBERS = 1_000  # of a gzip body; a program that writes blocks of 64 kB needs 80 for 5 MB
LONG = 32_768  # compressed bytes; longer input is decompressed outside the event loop


class Decompressor:
    """A body that is being received, within the limits of `BodyLimits`."""

    def __init__(self, content_encoding: str, *, max_bytes: int) -> None:
        self._codings = _known_codings(content_encoding)
        self._limits = BodyLimits(max_bytes=max_bytes)
        self._decoded = bytearray()
        self._head = b""
        self._behind_end = b""
        self._members = 1
        self._undecided = bytearray()  # bytes received before anything was decoded
        self._started = False
        self._decoder: zlib._Decompress | BrotliStream | None = None

    @property
    def bytes_on_wire(self) -> int:
        """The number of bytes received so far."""
        return self._limits.bytes_on_wire

    def is_long(self, chunk: bytes) -> bool:
        """Whether decompressing these bytes takes too long for the event loop."""
        is_compressed = self._decoder is not None or not self._started
        return is_compressed and len(chunk) > LONG

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes. Raises `UndecodableBody` when a limit is exceeded or the coding is broken."""
        self._limits.receive(len(chunk))
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
        if self._decoder is not None and not self._decoder.eof:
            raise UndecodableBody(
                FailureKind.TRUNCATED, "the compressed body is incomplete; it was cut in transit"
            )
        if self._decoder is not None and self._decoded.startswith(GZIP_MAGIC):
            raise UndecodableBody(FailureKind.DECODE, "the body is compressed twice; one coding is undone")
        return bytes(self._decoded)

    def beginning(self, limit: int, end: bytes) -> bytes | None:
        """Return the body decoded so far once it has `limit` bytes or `end` in any case occurs; None before that."""
        if len(self._decoded) < limit and end not in self._decoded[:limit].lower():
            return None
        return bytes(self._decoded[:limit])

    def _start(self) -> None:
        self._started = True
        self._decoder = _decompressor(self._codings, self._head)
        self._take(self._head)

    def _take(self, compressed: bytes) -> None:
        if self._decoder is None:
            self._keep(compressed)
            return
        if not self._decoded:
            self._undecided += compressed
        try:
            while compressed:
                if self._decoder.eof:
                    compressed = self._next_member(compressed)
                    continue
                self._keep(self._decoder.decompress(compressed, self._limits.room))
                compressed = self._decoder.unconsumed_tail or self._decoder.unused_data
        except zlib.error as error:
            if not self._decoded and _TEXT.match(self._undecided):  # plain text, labelled deflate
                self._decoder = None
                self._keep(bytes(self._undecided))
                return
            raise UndecodableBody(FailureKind.DECODE, f"the compressed body is broken: {error}") from error

    def _next_member(self, compressed: bytes) -> bytes:
        """Continue with the next member of a gzip body (RFC 1952, 2.2); anything else after the end is padding."""
        self._behind_end += compressed
        if len(self._behind_end) < len(GZIP_MAGIC):
            return b""
        rest, self._behind_end = self._behind_end, b""
        if rest.startswith(GZIP_MAGIC):
            self._members += 1
            if self._members > MAX_MEMBERS:
                words = f"the gzip body has more than {MAX_MEMBERS} parts, which no real feed has"
                raise UndecodableBody(FailureKind.DECODE, words)
            self._decoder = zlib.decompressobj(_GZIP)
            return rest
        self._behind_end = rest[: len(GZIP_MAGIC)]
        return b""

    def _keep(self, decoded: bytes) -> None:
        self._limits.decode(len(decoded))
        self._decoded += decoded


def _known_codings(content_encoding: str) -> list[str]:
    """Return the content codings that a label names; unknown names are ignored."""
    named = (coding.strip().lower() for coding in content_encoding.split(","))
    return [coding for coding in named if coding in _CODINGS]


def _decompressor(codings: list[str], head: bytes) -> zlib._Decompress | BrotliStream | None:
    """Choose a decompressor by the bytes: servers mislabel in both directions, and a feed file may itself be a .gz."""
    if head.startswith(GZIP_MAGIC):
        return zlib.decompressobj(_GZIP)
    if set(codings) == {"deflate"} and head:
        is_zlib = (
            len(head) > 1 and head[0] & 0x0F == zlib.DEFLATED and int.from_bytes(head[:2], "big") % 31 == 0
        )
        return zlib.decompressobj(_ZLIB if is_zlib else _RAW_DEFLATE)
    if codings == ["br"] and not _TEXT.match(head):
        return BrotliStream()
    is_ours = not codings or (len(codings) == 1 and codings[0] in _GZIP_NAMES)
    if not is_ours and head and not _TEXT.match(head):
        shown = ", ".join(codings)[:40]
        raise UndecodableBody(
            FailureKind.DECODE,
            f"the body is encoded as {shown!r}, which was not asked for (only gzip, deflate or br)",
        )
    return None

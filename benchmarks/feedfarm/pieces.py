"""Bodies joined from pieces that are compressed once, so that gzip costs nothing at request time.

Constant pieces are also kept as full-flushed deflate blocks; bytes that differ between feeds become stored blocks.
Together they are an ordinary gzip stream of one member (RFC 1951, 1952).
"""

from __future__ import annotations

import email.utils
import struct
import time
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache

GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
DEFLATE_END = b"\x03\x00"  # final, empty, fixed-Huffman block
STORED_MOST = 65_535  # bytes of one stored block


class Piece:
    """Constant bytes, and the same bytes as deflate blocks."""

    __slots__ = ("deflated", "raw")

    def __init__(self, raw: bytes) -> None:
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        self.raw = raw
        self.deflated = packer.compress(raw) + packer.flush(zlib.Z_FULL_FLUSH)


Parts = Sequence[Piece | bytes]


def plain(parts: Parts) -> bytes:
    """Return the plain body."""
    return b"".join(part if isinstance(part, bytes) else part.raw for part in parts)


def gzipped(parts: Parts) -> bytes:
    """Return the body as gzip."""
    raw = plain(parts)
    blocks = (b"".join(_stored(part)) if isinstance(part, bytes) else part.deflated for part in parts)
    trailer = struct.pack("<II", zlib.crc32(raw), len(raw) & 0xFFFFFFFF)
    return b"".join([GZIP_HEAD, *blocks, DEFLATE_END, trailer])


def _stored(raw: bytes) -> Iterator[bytes]:
    for at in range(0, len(raw), STORED_MOST):
        part = raw[at : at + STORED_MOST]
        yield b"\x00" + struct.pack("<HH", len(part), len(part) ^ 0xFFFF) + part


@lru_cache(maxsize=200_000)
def http_date(seconds: int) -> str:
    """Return a time in the format of HTTP and RSS."""
    return email.utils.formatdate(seconds, usegmt=True)


@lru_cache(maxsize=200_000)
def iso(seconds: int) -> str:
    """Return a time in the format of Atom."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))

"""Brotli (RFC 7932) with the interface of zlib's decompressors; the only module that imports brotli."""

from __future__ import annotations

from zlib import error as BrokenStream  # noqa: N812 (a name that says what it is for both codings)

__all__ = ["BrokenStream", "BrotliStream"]


class BrotliStream:
    """A brotli stream on its way in."""

    unconsumed_tail = unused_data = (
        b""  # the library keeps bytes that are not decoded yet, and refuses bytes after the end
    )

    def __init__(self) -> None:
        import brotli  # type: ignore[import-untyped]  # noqa: PLC0415 (it has no types; 5 MB that many servers never need)

        self._stream = brotli.Decompressor()
        self._fault: type[Exception] = brotli.error
        self.eof = False

    def decompress(self, compressed: bytes, max_length: int) -> bytes:
        """Return the bytes that can be decoded now, at most a little more than `max_length`.

        A caller that got so many must not call again: the stream exceeds the limit.

        Raises:
            BrokenStream: the bytes are not a brotli stream, or other bytes follow its end.
        """
        try:
            decoded: bytes = self._stream.process(compressed, output_buffer_limit=max_length)
        except self._fault:
            raise BrokenStream("it is not brotli, or is damaged") from None
        self.eof = self._stream.is_finished()
        return decoded

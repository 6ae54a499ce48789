"""The limits on one body while it is received and decoded, whatever its content coding."""

from __future__ import annotations

from monitor.polling.http.outcome import FailureKind

MAX_RATIO = 200  # decoded bytes for each byte sent; feeds reach 5 to 30, near-identical items about 100
RATIO_FLOOR = 1_000_000  # decoded bytes that any body may have: a small body is harmless, however repetitive


class UndecodableBody(Exception):  # noqa: N818 (what it is, not that it is an error)
    """A body that cannot or may not be decoded."""

    def __init__(self, kind: FailureKind, words: str) -> None:
        super().__init__(words)
        self.kind = kind
        self.words = words


class BodyLimits:
    """Counts one body. `max_bytes` limits it as sent and as decoded; `MAX_RATIO` limits the ratio of the two.

    A decoder calls `receive` before it decodes, asks for at most `room` bytes at a time, and reports them to
    `decode`. Both raise `UndecodableBody` when a limit is passed.
    """

    def __init__(self, *, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self.bytes_on_wire = 0
        self.bytes_decoded = 0

    @property
    def room(self) -> int:
        """How many bytes to decode at once: one more than is allowed, so that `decode` sees the limit passed."""
        return min(self._max_bytes, self._unfolded) - self.bytes_decoded + 1

    @property
    def _unfolded(self) -> int:
        return max(RATIO_FLOOR, MAX_RATIO * self.bytes_on_wire)

    def receive(self, count: int) -> None:
        """Count bytes as they were sent."""
        self.bytes_on_wire += count
        if self.bytes_on_wire > self._max_bytes:
            raise too_large(self._max_bytes)

    def decode(self, count: int) -> None:
        """Count decoded bytes."""
        self.bytes_decoded += count
        if self.bytes_decoded > self._max_bytes:
            raise too_large(self._max_bytes)
        if self.bytes_decoded > self._unfolded:
            words = (
                f"the body unfolds to more than {MAX_RATIO} times its {self.bytes_on_wire} compressed bytes, "
                "as decompression bombs do; ask its publisher, no feed needs that"
            )
            raise UndecodableBody(FailureKind.DECODE, words)


def too_large(max_bytes: int) -> UndecodableBody:
    """Return the refusal of a body over its cap."""
    megabytes = f"{max_bytes / 1_000_000:g} MB"
    return UndecodableBody(
        FailureKind.TOO_LARGE, f"the body is larger than {megabytes}; raise polling.max_bytes to read it"
    )

"""Limits attempts to guess tokens: after five wrong ones in a minute an address has to wait."""

from __future__ import annotations

from collections import deque

MAX_WRONG = 5
SECONDS = 60.0
MAX_ADDRESSES = 10_000  # remembered at once; the oldest is forgotten first


class Guesses:
    """The wrong tokens of the last minute by address; times are seconds of a clock that never runs backwards."""

    def __init__(self) -> None:
        self._wrong: dict[str, deque[float]] = {}

    def wait(self, address: str, *, now: float) -> float:
        """Return for how many seconds an address has to wait before it may try again."""
        wrong = self._wrong.get(address)
        if wrong is None or len(wrong) < MAX_WRONG:
            return 0.0
        return max(0.0, wrong[0] + SECONDS - now)

    def wrong(self, address: str, *, now: float) -> None:
        """Record a wrong token."""
        recent = self._wrong.pop(address, deque(maxlen=MAX_WRONG))
        recent.append(now)
        self._wrong[address] = recent
        while len(self._wrong) > MAX_ADDRESSES:
            del self._wrong[next(iter(self._wrong))]

    def right(self, address: str) -> None:
        """Forget the wrong tokens of an address."""
        self._wrong.pop(address, None)

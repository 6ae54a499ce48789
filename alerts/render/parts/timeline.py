"""Draws the times of a story's items: block characters for text, one SVG path for HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

BLOCKS = "▁▂▃▄▅▆▇█"
BINS = 24  # an hour each in a daily digest
STEP = 5  # px between bars
HEIGHT = 18  # px of the tallest bar


def counts(
    times: Iterable[datetime], *, since: datetime, until: datetime, bins: int = BINS
) -> tuple[int, ...]:
    """Return how many times fall into each of `bins` equal parts of the period; times outside count at its edges."""
    tally = [0] * bins
    span = (until - since).total_seconds()
    for time in times:
        at = int((time - since).total_seconds() / span * bins) if span > 0 else bins - 1
        tally[min(max(at, 0), bins - 1)] += 1
    return tuple(tally)


def blocks(tally: tuple[int, ...]) -> str:
    """Return a line of block characters, one per bin, scaled to the fullest bin."""
    top = max(tally, default=0) or 1
    return "".join("·" if not n else BLOCKS[max(0, round(n / top * len(BLOCKS)) - 1)] for n in tally)


def path(tally: tuple[int, ...]) -> str:
    """Return the bars as the `d` of one SVG path to be stroked, on a canvas of `BINS * STEP` by `HEIGHT + 2` px."""
    top = max(tally, default=0) or 1
    return "".join(
        f"M{x * STEP + 2} {HEIGHT + 1}v-{max(4, round(n / top * HEIGHT))}" for x, n in enumerate(tally) if n
    )

"""Draws the scores of a topic's items as bars, with the threshold as a line between them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STEPS = 5  # bars from nothing to the threshold
MOST_STEPS = 8  # bars above it; the last holds all that has more
WIDEST = 40  # characters of a bar
LABEL = 12  # characters before it


def drawn(points: Sequence[float], threshold: float) -> Iterator[str]:
    """Yield lines, the highest scores first."""
    step = threshold / STEPS
    counts = Counter(min(int(one / step), STEPS + MOST_STEPS - 1) for one in points)
    most, highest = max(counts.values(), default=1), max([*counts, STEPS])
    for place in range(highest, min([*counts, STEPS - 1]) - 1, -1):
        count = counts[place]
        bar = "█" * -(-count * WIDEST // most)
        ends = "and more" if place == STEPS + MOST_STEPS - 1 else f"to {(place + 1) * step:4.1f}"
        yield f"  {f'{place * step:4.1f} {ends}':{LABEL + 2}} {bar} {count or ''}".rstrip()
        if place == STEPS:
            yield f"  {'─' * LABEL}─── threshold {threshold:.1f} {'─' * 24}"

"""Small pictures as inline SVG: ticks on a line of time, and bars. Each has a text alternative; colours are the style sheet's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

STRIP = 1000  # units from one end of a line of time to the other; it is stretched to the available width
BAR, GAP, HEIGHT = 14, 4, 56  # units of a bar chart, which are px at its own size


def strip(
    moments: Iterable[datetime],
    *,
    since: datetime,
    until: datetime,
    label: str,
    marks: Iterable[datetime] = (),
) -> Markup:
    """Return moments as ticks on a line of time; `marks` are drawn as dashed lines across it."""
    across = "".join(f"M{_place(one, since, until)} 0v20" for one in marks)
    ticks = "".join(f"M{_place(one, since, until)} 3v14" for one in moments)
    return Markup(
        '<svg class="strip" viewBox="0 0 {} 20" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path class="axis" d="M0 10H{}"/><path class="mark" d="{}"/><path class="ticks" d="{}"/></svg>'
    ).format(STRIP, label, STRIP, across, ticks)


def _place(moment: datetime, since: datetime, until: datetime) -> int:
    span = (until - since).total_seconds()
    share = (moment - since).total_seconds() / span if span > 0 else 0.5
    return round(min(max(share, 0.0), 1.0) * (STRIP - 12)) + 6  # a tick at an end is not cut off


def bars(numbers: Sequence[int], *, label: str) -> Markup:
    """Return a bar for each number; none is drawn for 0."""
    top = max(numbers, default=0) or 1
    drawn = "".join(
        f"M{at * (BAR + GAP) + BAR // 2} {HEIGHT}v-{max(2, round(number / top * HEIGHT))}"
        for at, number in enumerate(numbers)
        if number
    )
    width = max(len(numbers), 1) * (BAR + GAP) - GAP
    return Markup(
        '<svg class="bars" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">'
        '<path class="axis" d="M0 {}H{}"/><path class="full" d="{}"/></svg>'
    ).format(width, HEIGHT + 1, width, HEIGHT + 1, label, HEIGHT, width, drawn)

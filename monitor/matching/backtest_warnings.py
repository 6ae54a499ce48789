"""Warnings of a backtest: a rule that matches too much or nothing, and the term with the most noise."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.matching.backtest import BEFORE_ANY_DATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from monitor.matching.backtest import BacktestLine

ALL_DAY = 20.0  # stories a day
ENOUGH = 7.0  # days without a match after which a rule counts as silent
MOST = 0.2  # share of all items above which a topic is too broad
STRAY = (
    0.05  # share of items ignored at either end of the period, so that a few wrong dates do not lengthen it
)
A_DAY = 86_400  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """A term of a rule, the number of items that contain it, and how many of these match."""

    term: str
    items: int
    matching: int


def days_of(times: Iterable[datetime], *, within: timedelta | None = None) -> float:
    """Return the days that items cover, ignoring wrong dates; at most `within`, if they were seen within that time."""
    dated = sorted(at for at in times if at > BEFORE_ANY_DATE)
    if not dated:
        return 0.0
    stray = int(len(dated) * STRAY)
    span = dated[len(dated) - 1 - stray] - dated[stray]
    return (span if within is None else min(span, within)).total_seconds() / A_DAY


def noisiest(lines: Sequence[BacktestLine]) -> Noise | None:
    """Return the term in the largest number of items that do not match; None if every item with a term matches.

    Reasons without a field, such as the meaning of the whole, do not count, since no term could be removed.
    """
    everywhere: Counter[str] = Counter()
    matching: Counter[str] = Counter()
    for line in lines:
        terms = {why.term for why in line.why if why.weight > 0 and why.where}
        everywhere.update(terms)
        if line.matched:
            matching.update(terms)
    noise = {term: count - matching[term] for term, count in everywhere.items()}
    loudest = min(noise, key=lambda term: (-noise[term], term), default=None)
    if loudest is None or not noise[loudest]:
        return None
    return Noise(term=loudest, items=everywhere[loudest], matching=matching[loudest])


def warnings(
    lines: Sequence[BacktestLine], *, days: float, stories: int, counts_points: bool = True
) -> list[str]:
    """Return warnings about a topic's results; `counts_points` says whether it has a threshold."""
    hits = sum(line.matched for line in lines)
    if not hits and days >= ENOUGH:
        fix = (
            "look at the near misses, or lower `threshold`"
            if counts_points
            else "check its words, or join fewer of them with AND"
        )
        return [f"warning: no match in {days:.0f} days ({len(lines):,} items): it may never fire; {fix}"]
    warnings = []
    if days >= 1 and stories / days > ALL_DAY:
        fix = "raise `threshold`, or add a `must`" if counts_points else "add a word with AND, or a NOT"
        warnings.append(f"warning: {stories / days:.0f} stories a day: it would fire all day; {fix}")
    if hits > MOST * len(lines) and len(lines) >= 1 / MOST:
        warnings.append(f"warning: {hits / len(lines):.0%} of all items match")
    return warnings

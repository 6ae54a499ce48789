"""What a backtest shows at a glance: a rule that would fire all day or never, and the term that brings most noise."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.matching.backtest import BacktestLine

ALL_DAY = 20.0  # stories a day: the cap of messages an hour, spent every day
ENOUGH = 7.0  # days without a match, before a rule may be called silent
MOST = 0.2  # of all items: a topic of more than that is the news as such


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """A term of a rule, the items that hold it, and how many of these match."""

    term: str
    items: int
    matching: int


def noisiest(verdicts: Sequence[BacktestLine]) -> Noise | None:
    """Return the term that stands in most items which do not match; None where every find is a match.

    What stands nowhere, such as the meaning of the whole, is no term that its owner could take out.
    """
    everywhere: Counter[str] = Counter()
    matching: Counter[str] = Counter()
    for verdict in verdicts:
        terms = {why.term for why in verdict.why if why.weight > 0 and why.where}
        everywhere.update(terms)
        if verdict.matched:
            matching.update(terms)
    noise = {term: count - matching[term] for term, count in everywhere.items()}
    loudest = min(noise, key=lambda term: (-noise[term], term), default=None)
    if loudest is None or not noise[loudest]:
        return None
    return Noise(term=loudest, items=everywhere[loudest], matching=matching[loudest])


def warnings(verdicts: Sequence[BacktestLine], *, days: float, stories: int) -> list[str]:
    """Return what its owner should know of a rule before it is trusted."""
    hits = sum(verdict.matched for verdict in verdicts)
    if not hits and days >= ENOUGH:
        return [
            f"warning: nothing in {days:.0f} days: it may never fire; look at the near misses, or lower `threshold`"
        ]
    told = []
    if days >= 1 and stories / days > ALL_DAY:
        told.append(
            f"warning: {stories / days:.0f} stories a day: it would fire all day; raise `threshold`, or add a `must`"
        )
    if hits > MOST * len(verdicts) and len(verdicts) >= 1 / MOST:
        told.append(f"warning: it takes {hits / len(verdicts):.0%} of all items for its topic")
    return told

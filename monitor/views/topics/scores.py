"""Formatting of scores."""

from __future__ import annotations

from monitor.topics.judging.score import MATCHED, UNMET


def shown_score(score: float) -> str:
    """Return a score with two decimals; a score below the threshold is never rounded up to it."""
    return f"{score if score >= MATCHED else min(score, UNMET):.2f}"

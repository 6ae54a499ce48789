"""A short run of the fuzz of decode, parse and identify; `benchmarks/fuzz.py` makes long ones."""

from __future__ import annotations

import pytest

from benchmarks.fuzz import fuzz

SECONDS = 20.0


@pytest.mark.slow
def test_no_body_makes_reading_raise_or_hang() -> None:
    """Several hundred hostile bodies from fixed seeds are read or refused, with consistent results."""
    seen = fuzz(SECONDS)
    assert seen["feed"] > 20
    assert seen["feed"] < sum(seen.values()), "none was hostile enough to be refused"

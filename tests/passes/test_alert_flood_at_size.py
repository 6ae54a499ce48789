"""A flood at its real size: 10,000 matches within a minute (F3)."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.flood import ALERTS, CAP, HOOK, HOUR, HOURLY, MAIL, START, flood, stories_in


@pytest.mark.slow
def test_ten_thousand_matches_a_minute_are_alerted_once_under_the_cap(tmp_path: Path) -> None:
    """Every alert is in a message, no channel exceeds its cap, and digests have the rest with its number."""
    found = flood(tmp_path / "ledger.db", 10_000)
    assert found.alerts == found.told == dict.fromkeys((MAIL, HOOK, HOURLY), 10_000)
    for channel in (MAIL, HOOK, HOURLY):
        sent = [one.created_at for one in found.of(channel, *ALERTS)]
        assert max(sum(at <= one < at + HOUR for one in sent) for at in sent) <= CAP
    told = Counter(story for one in found.of(HOURLY, *ALERTS) for story in stories_in(one))
    assert (len(told), set(told.values())) == (10_000, {1})
    first = [one for one in found.of(HOURLY, *ALERTS) if one.created_at == START]
    assert (len(first), max(json.loads(one.body)["data"]["held"] for one in first)) == (
        CAP,
        10_000 // 60 - CAP,
    )
    told = Counter(story for one in found.of(HOOK, "digest") for story in stories_in(one))
    assert (len(told), set(told.values())) == (10_000, {1})
    assert sum(json.loads(one.body)["data"]["held"] for one in found.of(HOOK, "digest")) == 10_000 - CAP
    assert max(len(one.html or b"") for one in found.of(MAIL, "digest")) < 100_000

"""A story that continues an older one is recognised, also after a restart."""

from __future__ import annotations

import pytest
from builders import DAY
from fakes import NOW, WordJudge, a_topic, store, subscribe

from monitor.matching.match import Matching
from storage.database import Database

FEED = "https://example.org/feed"


def a_matching() -> Matching:
    return Matching([a_topic("police")], WordJudge("police"))


@pytest.mark.parametrize("process", ["running on", "restarted"])
def test_a_story_knows_the_older_one_it_continues(database: Database, process: str) -> None:
    """Months later a continuation is a story of its own that names the older one, also after restarts."""
    subscribe(database, FEED)
    matching = a_matching()
    store(database, "Velmont bars police from harbour cameras")
    matching.run(database, now=NOW)
    later = NOW + 200 * DAY
    store(database, "Velmont bars police from harbour cameras for good", "Brevik hires police", now=later)
    (a_matching() if process == "restarted" else matching).run(database, now=later)
    with database.read() as ledger:
        found = sorted(ledger.stories.since(NOW - DAY), key=lambda story: story.id)
    assert [story.continues for story in found] == [None, 1, None]

"""The position of a digest follows the order of grouping, not the times in the rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import DAY, HOUR, MINUTE
from digesting import EVENT, FEED, SEVEN, arrive, messages, run, titles
from fakes import NOW, WordJudge, a_topic, store, subscribe

from monitor.actions.prune import prune
from monitor.matching.match import Matching
from storage.database import Database


@pytest.mark.parametrize("stamped", [MINUTE, 9 * HOUR], ids=["just before", "by a worker that stood still"])
def test_an_item_matched_before_a_digest_and_grouped_after_it_is_in_the_next(
    database: Database, stamped: timedelta
) -> None:
    """An item that waits for a page or for another worker's transaction is in one of two digests."""
    subscribe(database, FEED)
    run(database, NOW)
    store(database, EVENT, now=NOW + HOUR)
    matching = Matching([a_topic("police")], WordJudge("police"))
    matching.match_news(database, now=SEVEN - stamped)
    assert run(database, SEVEN) == 0
    matching.run(database, now=SEVEN + MINUTE)
    assert run(database, SEVEN + DAY) == 1
    assert titles(messages(database)[0]) == [EVENT]
    assert run(database, SEVEN + 2 * DAY) == 0


def test_a_pruned_topic_stays_in_digests(database: Database) -> None:
    """Places in a topic are reused after its last matches are pruned, and no digest skips them."""
    subscribe(database, FEED)
    run(database, NOW)
    arrive(database, EVENT, "police two cc dd", now=NOW + HOUR)
    run(database, SEVEN)
    with database.write() as ledger:
        for story in ledger.stories.waiting():
            ledger.stories.schedule({story.id: None})
    later = SEVEN + 99 * DAY
    assert prune(database, keep=DAY, now=later).stories == 2
    arrive(database, "police three ee ff", now=later)
    assert run(database, later + DAY) == 1
    assert titles(messages(database)[-1]) == ["police three ee ff"]

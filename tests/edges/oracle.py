"""Conditions on the database and on the received messages that must hold after any fault of the workers."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from fleet import Farm
from tellers import Receiver

from storage.database import Database

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def polled(database: Database) -> int:
    """Return how many feeds were polled with success."""
    with database.read() as ledger:
        return sum(feed.last_success is not None for feed in ledger.feeds.subscribed())


def is_told(database: Database, hook: Receiver, *, items: int) -> bool:
    """Whether so many items were stored and matched, no pass has work left, and all messages arrived."""
    now = database.clock()
    with database.read() as ledger:
        seen = ledger.feed_controls.overview(now=now)
        waits = (
            ledger.placements.ungrouped_topics()
            or ledger.stories.waiting()
            or ledger.feeds.due(now=now, limit=1)
        )
    done = seen.items == items and not seen.unmatched and not waits and set(seen.deliveries) <= {"sent"}
    return done and len(hook.titles()) >= len(news(database))


def news(database: Database) -> list[str]:
    """Return the titles of matched items that appeared after the first poll, from the database."""
    with database.read() as ledger:
        matched = [
            match for story in ledger.stories.since(LONG_AGO) for match in ledger.matches.of_story(story.id)
        ]
    return sorted(match.item.title for match in matched if not match.item.at_first_poll)


def publish(database: Database, farm: Farm) -> int:
    """Give a tenth of the feeds new items and make every feed due; return how many new items there are."""
    farm.ask("stats?reset=1")
    changed = json.loads(farm.ask("round?changed=0.1"))["changed"]
    with database.write() as ledger:
        for feed in ledger.feeds.subscribed():
            ledger.feed_controls.make_due([feed.id], now=database.clock())
    return 2 * int(changed)

"""Old rows are deleted, but never open, unsent or still served ones (S10)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from builders import DAY
from fakes import NOW, FakeFetcher, FakeSender, a_desk, a_polling, fetched, store, subscribe
from newsroom import FEEDS, a_route, arrive
from outgoing import deliveries, run
from rounds import FEED, poll

from alerts.alert import alert
from monitor.actions.prune import prune
from storage.database import Database
from storage.model import LinkAction, LinkUse, RecipientMute
from storage.stores.pruning import KEPT_KEYS, Pruned

KEEP = 30 * DAY
LATER = NOW + 60 * DAY


def counts(database: Database) -> tuple[int, int]:
    with database.read() as ledger:
        return ledger.items.count(), ledger.stories.count()


def faults(database: Database) -> list[str]:
    return Database.faults(database._engine.url.render_as_string(hide_password=False))


def settle_matching(database: Database) -> None:
    """Mark all items as matched, without a match."""
    with database.write() as ledger:
        ledger.match_queue.remove(range(9_999))


def told(database: Database, *, now: datetime) -> None:
    arrive(database, "police close the old bridge", now=now)
    alert(database, a_desk(a_route()), now=now)


def test_an_old_story_is_pruned_with_its_items_and_messages(both: Database) -> None:
    """It is pruned once alerted and delivered; recent stories stay."""
    told(both, now=NOW)
    run(both, FakeSender())
    arrive(both, "police open a new bridge entirely elsewhere", now=LATER)
    assert prune(both, keep=KEEP, now=LATER) == Pruned(stories=1, items=1, messages=1)
    assert counts(both) == (1, 1)
    assert prune(both, keep=KEEP, now=LATER) == Pruned()
    assert faults(both) == []


def test_a_story_with_an_unsent_message_stays(both: Database) -> None:
    """An old story is kept until its messages are delivered."""
    told(both, now=NOW)
    assert prune(both, keep=KEEP, now=LATER) == Pruned()
    assert run(both, FakeSender(), now=LATER).sent == 1
    assert prune(both, keep=KEEP, now=LATER).messages == 1
    assert deliveries(both) == {}


def test_an_open_story_stays(both: Database) -> None:
    """A story that the alert pass has still to decide on is kept."""
    arrive(both, "police close the old bridge", now=NOW)
    assert prune(both, keep=KEEP, now=LATER) == Pruned()
    assert counts(both) == (1, 1)


def test_unmatched_items_stay(both: Database) -> None:
    """An item that was not matched yet is kept."""
    store(both, "something else", feed=FEEDS[0])
    assert prune(both, keep=KEEP, now=LATER) == Pruned()
    settle_matching(both)
    assert prune(both, keep=KEEP, now=LATER).items == 1


def test_a_pruned_item_that_comes_back_is_silent(sqlite_database: Database) -> None:
    """Its key outlives it, so a feed that still serves it causes no alert."""
    subscribe(sqlite_database, FEED)
    polling = a_polling(sqlite_database, FakeFetcher({FEED: fetched(("a", "An old item of long ago"))}))
    poll(polling)
    settle_matching(sqlite_database)
    assert prune(sqlite_database, keep=KEEP, now=LATER).items == 1
    again = FakeFetcher({FEED: fetched(("b", "A new one"), ("a", "An old item of long ago"))})
    [polled] = poll(a_polling(sqlite_database, again), LATER)
    assert [noted.publication.publisher_id for noted in polled.noted] == ["b"]


def test_a_key_goes_when_its_feed_cannot_serve_the_item_any_more(both: Database) -> None:
    """A key is pruned when a thousand newer items of its feed exist."""
    store(both, "an old one", feed=FEEDS[0])
    settle_matching(both)
    assert prune(both, keep=KEEP, now=LATER).keys == 0
    store(both, *(f"newer {number}" for number in range(KEPT_KEYS)), feed=FEEDS[0], now=LATER)
    assert prune(both, keep=KEEP, now=LATER).keys == 0
    store(both, "one more", feed=FEEDS[0], now=LATER)
    assert prune(both, keep=KEEP, now=LATER).keys == 1


@pytest.mark.parametrize("keep", [DAY, 28 * DAY])
def test_four_weeks_are_always_kept(sqlite_database: Database, keep: object) -> None:
    """Items may still join stories of that time."""
    subscribe(sqlite_database, *FEEDS)
    store(sqlite_database, "something", feed=FEEDS[0])
    settle_matching(sqlite_database)
    assert prune(sqlite_database, keep=keep, now=NOW + 27 * DAY) == Pruned()  # type: ignore[arg-type]


def test_the_file_shrinks(sqlite_database: Database, tmp_path: Path) -> None:
    """Free space is returned to the file system."""
    subscribe(sqlite_database, *FEEDS)
    store(sqlite_database, *(f"{number} {'long ' * 400}" for number in range(1_000)), feed=FEEDS[0])
    settle_matching(sqlite_database)
    sqlite_database.give_back_space()
    before = (tmp_path / "ledger.db").stat().st_size
    assert prune(sqlite_database, keep=KEEP, now=LATER).items == 1_000
    assert (tmp_path / "ledger.db").stat().st_size < before / 4
    assert faults(sqlite_database) == []


def test_old_uses_of_links_are_pruned(both: Database) -> None:
    """Old uses of links and undone mutes are deleted; a mute in force is kept."""
    use = LinkUse(
        token="t", action=LinkAction.MUTE, target="s1", topics=("police",), channel="mail", done_at=NOW
    )
    standing = RecipientMute(channel="mail", recipient="a@example.org", topic=None, since=NOW)
    lifted = RecipientMute(channel="mail", recipient="b@example.org", topic=None, since=NOW)
    with both.write() as ledger:
        ledger.link_uses.note(use)
        ledger.recipient_mutes.add(standing)
        ledger.recipient_mutes.add(lifted)
        ledger.recipient_mutes.lift("mail", "b@example.org", None, now=NOW)
    prune(both, keep=KEEP, now=LATER)
    with both.read() as ledger:
        assert ledger.link_uses.of("t") is None
        assert ledger.recipient_mutes.all() == [standing]

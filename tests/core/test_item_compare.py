"""What a polled item is to us: new, edited, the same under another id, or nothing new."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.polling.item_state.compare import MAX_REVISIONS, SAME_TITLE_WINDOW, Sighting, compare
from monitor.polling.parsing.identity import Identified, identify
from storage.model import ItemStatus, Publication
from storage.stores.items import KnownItem

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SINCE = NOW - SAME_TITLE_WINDOW
DAY = timedelta(days=1)
LONG_TITLE = "Council pauses face recognition again"


def document(*items: tuple[str, str, str]) -> tuple[Identified, ...]:
    """Return the items of a document, newest first: (id, title, summary) each."""
    return identify(
        Publication(publisher_id=ident, title=title, summary=summary) for ident, title, summary in items
    )


def known(
    item: Identified, item_id: int | None = 1, *, age: timedelta = DAY, revisions: int = 0
) -> KnownItem:
    """Return an item as the ledger knows it."""
    pruned = item_id is None
    return KnownItem(
        item_id=item_id,
        key=item.key,
        content_hash=None if pruned else item.content_hash,
        title_key=None if pruned else item.title_key,
        first_seen=NOW - age,
        revisions=revisions,
    )


def seen(items: tuple[Identified, ...], *earlier: KnownItem, first_poll: bool = False) -> list[Sighting]:
    return compare(items, earlier, first_poll=first_poll, since=SINCE)


def words(sightings: list[Sighting]) -> list[tuple[str, str]]:
    return [(str(one.seen), str(one.item.publication.publisher_id)) for one in sightings]


def test_a_first_poll_reads_everything_in_silence_oldest_first() -> None:
    """Documents run from new to old; what happened first is noted first."""
    items = document(("b", "Second", ""), ("a", "First", ""))
    assert words(seen(items, first_poll=True)) == [("first-poll", "a"), ("first-poll", "b")]


def test_an_unknown_item_is_new_and_an_unchanged_one_is_nothing() -> None:
    """Only what is worth noting is noted."""
    items = document(("b", "Second", ""), ("a", "First", ""))
    assert words(seen(items, known(items[1]))) == [("new", "b")]
    assert seen(items, known(items[0], 2), known(items[1])) == []


def test_an_edit_of_title_or_summary_is_a_revision() -> None:
    """The stored item is named."""
    [before] = document(("a", "First", "one"))
    for edited in (document(("a", "First!", "one")), document(("a", "First", "two"))):
        [found] = seen(edited, known(before, 7))
        assert (found.seen, found.item_id) == (ItemStatus.REVISION, 7)


def test_an_item_gone_and_back_is_silent() -> None:
    """It is known by its key however long it was away (P17), even after it was pruned."""
    items = document(("a", LONG_TITLE, ""))
    assert seen(items, known(items[0], age=300 * DAY)) == []
    assert seen(items, known(items[0], None, age=300 * DAY)) == []


def test_revisions_stop_at_twenty_four() -> None:
    """A feed that rewrites itself at every poll does not fill the ledger (P20)."""
    [before] = document(("a", "First", "one"))
    after = document(("a", "First", "two"))
    assert words(seen(after, known(before, revisions=MAX_REVISIONS - 1))) == [("revision", "a")]
    assert seen(after, known(before, revisions=MAX_REVISIONS)) == []


def test_the_same_title_under_a_new_id_within_a_week_is_republished() -> None:
    """Publishers rewrite slugs (P19)."""
    [before] = document(("a", LONG_TITLE, "one"))
    [found] = seen(document(("b", LONG_TITLE.upper(), "two")), known(before, 7))
    assert (found.seen, found.item_id) == (ItemStatus.REPUBLISHED, 7)


def test_a_title_older_than_a_week_is_a_new_edition_though_its_item_still_stands_in_the_feed() -> None:
    """A weekly column keeps its title; the feed still shows last week's."""
    items = document(("b", LONG_TITLE, "this week"), ("a", LONG_TITLE, "last week"))
    assert words(seen(items, known(items[1], age=8 * DAY))) == [("new", "b")]
    assert words(seen(items, known(items[1], age=6 * DAY))) == [("republished", "b")]


def test_short_titles_are_no_identity() -> None:
    """`Weather` comes back for other weather."""
    [before] = document(("a", "Weather for today", "rain"))
    assert words(seen(document(("b", "Weather for today", "sun")), known(before))) == [("new", "b")]


def test_two_new_items_with_one_title_are_one() -> None:
    """The second of a document is the first under another id."""
    found = seen(document(("b", LONG_TITLE, ""), ("a", LONG_TITLE, "")))
    assert words(found) == [("new", "a"), ("republished", "b")]
    assert found[1].same_as == found[0].item.key


def test_an_item_that_stands_under_two_ids_settles_on_the_newer_text() -> None:
    """Old and new slug side by side are one edit at most, not one at every poll for ever."""
    old, new = document(("b", LONG_TITLE, "newer"), ("a", LONG_TITLE, "older"))[::-1]
    aliases = [
        known(old, 7),
        KnownItem(
            item_id=7,
            key=new.key,
            content_hash=old.content_hash,
            title_key=old.title_key,
            first_seen=NOW - DAY,
            revisions=0,
        ),
    ]
    assert words(seen((new, old), *aliases)) == [("revision", "b")]
    settled = [
        KnownItem(
            item_id=7,
            key=one.key,
            content_hash=new.content_hash,
            title_key=old.title_key,
            first_seen=NOW - DAY,
            revisions=1,
        )
        for one in aliases
    ]
    assert seen((new, old), *settled) == []


ITEM = st.tuples(
    st.sampled_from("abcdefgh"),
    st.sampled_from(["Short", LONG_TITLE, "Four other words here", "And four more words"]),
    st.sampled_from(["", "one", "two"]),
)


@given(st.lists(ITEM, max_size=12))
def test_polling_twice_is_polling_once(items: list[tuple[str, str, str]]) -> None:
    """Whatever a document holds, reading it again when all of it is stored notes nothing."""
    polled = document(*items)
    stored: dict[str, KnownItem] = {}
    ids: dict[str, int] = {}

    def store(sightings: list[Sighting]) -> None:
        for one in sightings:
            item = one.item
            if one.seen in {ItemStatus.NEW, ItemStatus.FIRST_POLL}:
                ids[item.key] = len(ids) + 1
                stored[item.key] = known(item, ids[item.key], age=timedelta(0))
            elif one.seen is ItemStatus.REPUBLISHED:
                main = next(
                    k for k in stored.values() if k.item_id == (one.item_id or ids[one.same_as or ""])
                )
                stored[item.key] = KnownItem(
                    item_id=main.item_id, key=item.key, content_hash=main.content_hash,
                    title_key=main.title_key, first_seen=NOW, revisions=0,
                )  # fmt: skip
            else:
                for key, k in stored.items():
                    if k.item_id == one.item_id:
                        stored[key] = KnownItem(
                            item_id=k.item_id, key=key, content_hash=item.content_hash,
                            title_key=item.title_key, first_seen=NOW, revisions=k.revisions + 1,
                        )  # fmt: skip

    store(seen(polled, first_poll=True))
    store(seen(polled, *stored.values()))  # a story under two ids takes its newer text
    assert seen(polled, *stored.values()) == []


@pytest.mark.parametrize("first_poll", [True, False])
def test_no_item_is_noted_twice(first_poll: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """A document that repeats an item notes it once."""
    items = document(("a", "First", ""), ("b", "Second", ""), ("a", "First", ""))
    assert len(seen(items, first_poll=first_poll)) == 2

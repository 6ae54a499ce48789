"""The comparison of a polled item: new, edited, the same under another id, or unchanged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.polling.item_state.compare import MAX_REVISIONS, ComparedItem, compare
from monitor.polling.item_state.same_title import FormerItem, Presence, as_updates
from monitor.polling.parsing.identity import Identified, identify, key_hash
from storage.model import ItemStatus, Publication
from storage.stores.item_rows import KnownItem

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
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
    """Return an item as it is stored."""
    pruned = item_id is None
    return KnownItem(
        item_id=item_id,
        key=item.key,
        content_hash=None if pruned else item.content_hash,
        title_key=None if pruned else item.title_key,
        first_seen=NOW - age,
        revisions=revisions,
    )


def seen(items: tuple[Identified, ...], *earlier: KnownItem, first_poll: bool = False) -> list[ComparedItem]:
    return compare(items, earlier, first_poll=first_poll)


def words(compared: list[ComparedItem]) -> list[tuple[str, str]]:
    return [(str(one.seen), str(one.item.publication.publisher_id)) for one in compared]


def test_a_first_poll_is_silent_and_oldest_first() -> None:
    """Documents list the newest item first; the oldest is stored first."""
    items = document(("b", "Second", ""), ("a", "First", ""))
    assert words(seen(items, first_poll=True)) == [("first-poll", "a"), ("first-poll", "b")]


def test_an_unknown_item_is_new_and_an_unchanged_one_is_ignored() -> None:
    """Only new and changed items are returned."""
    items = document(("b", "Second", ""), ("a", "First", ""))
    assert words(seen(items, known(items[1]))) == [("new", "b")]
    assert seen(items, known(items[0], 2), known(items[1])) == []


def test_an_edit_of_title_or_summary_is_a_revision() -> None:
    """It names the stored item."""
    [before] = document(("a", "First", "one"))
    for edited in (document(("a", "First!", "one")), document(("a", "First", "two"))):
        [found] = seen(edited, known(before, 7))
        assert (found.seen, found.item_id) == (ItemStatus.REVISION, 7)


def test_an_item_gone_and_back_is_silent() -> None:
    """Its key identifies it after any time, also after it was pruned (P17)."""
    items = document(("a", LONG_TITLE, ""))
    assert seen(items, known(items[0], age=300 * DAY)) == []
    assert seen(items, known(items[0], None, age=300 * DAY)) == []


def test_revisions_stop_at_twenty_four() -> None:
    """A feed that rewrites itself at every poll does not fill the database (P20)."""
    [before] = document(("a", "First", "one"))
    after = document(("a", "First", "two"))
    assert words(seen(after, known(before, revisions=MAX_REVISIONS - 1))) == [("revision", "a")]
    assert seen(after, known(before, revisions=MAX_REVISIONS)) == []


def presence(*here: Identified, before: tuple[Identified, ...] = ()) -> Presence:
    """Return which items are in a document, and which were in the one before it."""
    return Presence(
        here=tuple(key_hash(item.key) for item in here), before=tuple(key_hash(item.key) for item in before)
    )


def former(item: Identified, item_id: int = 7, *, revisions: int = 0) -> FormerItem:
    """Return a stored item with a title that occurs again."""
    return FormerItem(
        item_id=item_id,
        keys=frozenset({item.key}),
        title_key=item.title_key,
        content_hash=item.content_hash,
        revisions=revisions,
        text=item.publication.summary,
    )


def test_an_item_in_the_place_of_one_of_the_same_title_is_an_update_of_it() -> None:
    """Publishers rewrite slugs (P19), so a new text is a revision of the former item."""
    [old] = document(("a", LONG_TITLE, "one"))
    new = document(("b", LONG_TITLE.upper(), "two"))
    [found] = as_updates(seen(new), [former(old)], presence(*new, before=(old,)))
    assert (found.seen, found.item_id, found.is_edited) == (ItemStatus.REPUBLISHED, 7, True)


def test_a_new_slug_with_the_same_text_is_no_edit() -> None:
    """A new id alone causes no matching."""
    [old] = document(("a", LONG_TITLE, "one"))
    new = document(("b", LONG_TITLE, "one"))
    [found] = as_updates(seen(new), [former(old)], presence(*new, before=(old,)))
    assert (found.seen, found.is_edited) == (ItemStatus.REPUBLISHED, False)


def test_updates_under_new_ids_stop_at_twenty_four_revisions() -> None:
    """The limit applies whatever the id (P20)."""
    [old] = document(("a", LONG_TITLE, "one"))
    new = document(("b", LONG_TITLE, "two"))
    [found] = as_updates(seen(new), [former(old, revisions=MAX_REVISIONS)], presence(*new, before=(old,)))
    assert (found.seen, found.is_edited) == (ItemStatus.REPUBLISHED, False)


def test_items_side_by_side_under_one_title_are_different() -> None:
    """Bulletins, filings and weekly notices repeat their title, and each is an item."""
    new, old = document(("b", LONG_TITLE, "one"), ("a", LONG_TITLE, "one"))
    compared = seen((new, old), known(old))
    assert words(as_updates(compared, [former(old)], presence(new, old, before=(old,)))) == [("new", "b")]
    assert words(seen((new, old))) == [("new", "a"), ("new", "b")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The council of Ellmouth pauses the cameras until a vote in May", "republished"),
        ("The council of Ellmouth pauses the cameras until a vote in June", "republished"),
        ("A vendor of Harwick sells other cameras", "new"),
        ("The council of Ellmouth pauses the 12 cameras until a vote in May", "new"),
    ],
    ids=["same", "alike", "different", "other numbers"],
)
def test_an_item_that_left_earlier_is_updated_only_by_a_text_like_its_own(text: str, expected: str) -> None:
    """Yesterday's notice is gone from the document, and today's has the same title."""
    [old] = document(("a", LONG_TITLE, "The council of Ellmouth pauses the cameras until a vote in May"))
    new = document(("b", LONG_TITLE, text))
    [found] = as_updates(seen(new), [former(old)], presence(*new, before=()))
    assert str(found.seen) == expected


@pytest.mark.parametrize(
    ("before", "here", "expected"),
    [
        ("axy", "bxy", "republished"),
        ("xay", "xby", "republished"),
        ("xay", "bxy", "republished"),
        ("xya", "xyb", "republished"),
        ("xya", "bxy", "new"),
        ("xya", "bzx", "new"),
        ("axy", "xyb", "new"),
        ("a", "b", "republished"),
        ("xya", "bvw", "new"),
        ("", "b", "new"),
    ],
    ids=[
        "first",
        "middle",
        "moved up",
        "last",
        "rolled off",
        "rolled on",
        "oldest first",
        "alone",
        "all other",
        "unknown",
    ],
)
def test_an_item_takes_the_place_of_one_that_did_not_roll_off(before: str, here: str, expected: str) -> None:
    """`b` updates `a` unless it was added at one end while `a` left at the other."""
    items = {
        name: document((name, LONG_TITLE if name in "ab" else name, f"text of {name}"))[0]
        for name in "abvwxyz"
    }
    new = tuple(items[name] for name in here)
    around = presence(*new, before=tuple(items[name] for name in before))
    stored = [known(items[name], number) for number, name in enumerate("xyvwz", start=20)]
    [found] = as_updates(seen(new, *stored), [former(items["a"])], around)
    assert str(found.seen) == expected


def test_each_former_item_is_updated_once_by_the_item_most_like_it() -> None:
    """Two notices with one title that both get new ids stay two items."""
    two, one = document(("b", LONG_TITLE, "two"), ("a", LONG_TITLE, "one"))
    new = document(("z", LONG_TITLE, "three"), ("y", LONG_TITLE, "one"), ("x", LONG_TITLE, "two"))
    found = as_updates(seen(new), [former(two, 8), former(one, 7)], presence(*new, before=(two, one)))
    assert [(str(each.seen), each.item_id) for each in found] == [
        ("republished", 8), ("republished", 7), ("new", None),
    ]  # fmt: skip


def test_short_titles_are_no_identity() -> None:
    """`Weather` recurs for other weather."""
    [before] = document(("a", "Weather for today", "rain"))
    assert before.title_key is None


def test_an_item_known_by_two_ids_settles_on_the_newer_text() -> None:
    """A document that has both slugs of one item causes one edit, not one at every poll."""
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
def test_polling_the_same_document_again_returns_nothing(items: list[tuple[str, str, str]]) -> None:
    """Nothing is returned once all items of a document are stored."""
    polled = document(*items)
    stored: dict[str, KnownItem] = {}
    ids: dict[str, int] = {}

    def store(compared: list[ComparedItem]) -> None:
        for one in compared:
            item = one.item
            if one.seen in {ItemStatus.NEW, ItemStatus.FIRST_POLL}:
                ids[item.key] = len(ids) + 1
                stored[item.key] = known(item, ids[item.key], age=timedelta(0))
            else:
                for key, k in stored.items():
                    if k.item_id == one.item_id:
                        stored[key] = KnownItem(
                            item_id=k.item_id, key=key, content_hash=item.content_hash,
                            title_key=item.title_key, first_seen=NOW, revisions=k.revisions + 1,
                        )  # fmt: skip

    store(seen(polled, first_poll=True))
    assert seen(polled, *stored.values()) == []


@pytest.mark.parametrize("first_poll", [True, False])
def test_a_repeated_item_is_returned_once(first_poll: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """A document that repeats an item returns it once."""
    items = document(("a", "First", ""), ("b", "Second", ""), ("a", "First", ""))
    assert len(seen(items, first_poll=first_poll)) == 2

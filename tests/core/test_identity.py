"""An item stays the same item when its date, tracking parameters or scheme change."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.polling.parsing.identity import content_hash, identify, title_key
from monitor.polling.sources.links import canonical_link
from storage.model import Publication

ITEM = Publication(
    publisher_id="a-1", title="Harbour reopens after the storm", url="https://a.org/1", summary="Ships."
)


def keys(*items: Publication) -> list[str]:
    """Return the keys of one document's items."""
    return [item.key for item in identify(items)]


def test_the_publishers_id_is_the_identity() -> None:
    """Title, text, link and date may all change while the id stays."""
    edited = replace(ITEM, title="Edited", url="https://a.org/2", summary="x", published_at=datetime.now(UTC))
    assert keys(ITEM) == keys(edited)


def test_without_an_id_the_link_is_the_identity() -> None:
    """The link identifies an item without an id; the date never does."""
    bare = replace(ITEM, publisher_id=None)
    assert keys(bare) == keys(replace(bare, title="Other", published_at=datetime.now(UTC)))
    assert keys(bare) != keys(replace(bare, url="https://a.org/2"))


def test_without_id_and_link_title_and_text_are_the_identity() -> None:
    """An item without id and link is identified by its words."""
    note = Publication(title="Note", summary="<p>One  two</p>")
    assert keys(note) == keys(replace(note, summary="One <b>two</b>", published_at=datetime.now(UTC)))
    assert keys(note) != keys(replace(note, summary="Three"))


def test_a_repeated_id_is_refined_by_the_link() -> None:
    """Both items are kept, and the older one keeps the key it had before."""
    newer = replace(ITEM, url="https://a.org/2", title="Another story of the same day")
    both = keys(newer, ITEM)
    assert len(set(both)) == 2
    assert both[1] == keys(ITEM)[0]


def test_items_that_share_id_and_link_are_told_apart() -> None:
    """A feed whose items all have the site's address is read in full."""
    items = [replace(ITEM, title=f"Story {n}", summary=f"Text {n}") for n in range(5)]
    assert len(set(keys(*items))) == 5
    assert keys(*items)[1:] == keys(*items[1:])


def test_an_exact_repetition_is_one_item() -> None:
    """An item repeated within a document is read once."""
    assert len(keys(ITEM, ITEM, ITEM)) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://a.org/x", "https://a.org/x"),
        ("https://www.a.org/x/", "https://a.org/x"),
        ("https://a.org/x?utm_source=rss&utm_medium=feed", "https://a.org/x"),
        ("https://a.org/x?id=7&fbclid=abc", "https://a.org/x?id=7"),
        ("https://a.org/x?source=rss&id=7#xtor=RSS-1", "https://a.org/x?id=7"),
        ("https://A.org:443/x?at_campaign=KARANGA", "http://a.org:80/x"),
    ],
)
def test_links_are_compared_in_canonical_form(one: str, other: str) -> None:
    """Scheme, `www.`, default ports and tracking parameters make no different item, as link or as id."""
    assert canonical_link(one) == canonical_link(other)
    assert keys(replace(ITEM, publisher_id=one)) == keys(replace(ITEM, publisher_id=other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.org/x?p=1", "https://a.org/x?p=2"),
        ("https://a.org/x#comment-1", "https://a.org/x#comment-2"),
        ("https://a.org/x", "https://b.org/x"),
        ("https://a.org/X", "https://a.org/x"),
    ],
)
def test_links_that_name_different_things_stay_different(one: str, other: str) -> None:
    """Links that differ in query, fragment, host or path are different items."""
    assert canonical_link(one) != canonical_link(other)


@given(
    st.one_of(
        st.text(max_size=40),
        st.builds("https://a.org/{}?{}".format, st.text(max_size=20), st.text(max_size=20)),
    )
)
def test_the_identity_link_is_idempotent(url: str) -> None:
    """Simplifying twice gives the same as simplifying once."""
    once = canonical_link(url)
    assert canonical_link(once) == once


def test_markup_and_dates_do_not_change_the_content() -> None:
    """Rotating pixels, attributes and white space are no edit; only words count."""
    noisy = replace(
        ITEM, summary='<p>Ships.<img src="https://t.org/7.gif"></p>', published_at=datetime.now(UTC)
    )
    assert content_hash(noisy) == content_hash(ITEM)
    assert content_hash(replace(ITEM, summary="Boats.")) != content_hash(ITEM)


def test_a_title_is_a_key_from_four_words_on() -> None:
    """Short titles recur for different events, so they are no key; case, accents and punctuation are ignored."""
    assert title_key("Weather for today") is None
    assert title_key("Café owners WIN, at last!") == title_key("cafe owners win at last")


def test_a_very_long_id_becomes_a_short_key() -> None:
    """Every key fits the index of every database."""
    assert len(keys(replace(ITEM, publisher_id="x" * 4000))[0]) < 60

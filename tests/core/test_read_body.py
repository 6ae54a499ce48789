"""Known items are cut out of a document unparsed, and the rest reads the same as in the whole document."""

from __future__ import annotations

from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.polling.parsing.read_body import ReadFeed, read_news
from monitor.polling.parsing.split_items import split
from storage.schema.columns import unpacked

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
URL = "https://example.org/feed"


def item(ident: str, text: str = "", *, kind: str = "guid") -> str:
    return f"<item><{kind}>{ident}</{kind}><title>About {ident}</title><description>{text}</description></item>\n"


def rss(*items: str, root: str = "<rss version='2.0'>") -> bytes:
    return f"{root}<channel><title>Feed</title>\n{''.join(items)}</channel></rss>".encode()


def read(body: bytes, before: bytes = b"", url: str = URL) -> ReadFeed:
    found = read_news(body, url=url, content_type="", now=NOW, before=before)
    assert isinstance(found, ReadFeed)
    return found


def ids(found: ReadFeed) -> list[str | None]:
    return [one.publication.publisher_id for one in found.items]


def test_only_new_items_are_parsed() -> None:
    """Count, facts and the state for the next reading equal those of reading the whole document."""
    first = read(rss(item("b"), item("a")))
    second = read(rss(item("c"), item("b"), item("a")), first.after)
    whole = read(rss(item("c"), item("b"), item("a")))
    assert ids(second) == ["c"]
    assert (second.recognised, second.total, second.facts) == (2, whole.total, whole.facts)
    assert second.items == whole.items[:1]
    assert second.after == whole.after


def test_an_edited_item_is_read_again() -> None:
    """One changed character is enough."""
    first = read(rss(item("b", "one"), item("a")))
    assert ids(read(rss(item("b", "two"), item("a")), first.after)) == ["b"]


def test_a_first_body_comes_with_its_texts_as_they_are_stored() -> None:
    """Reading it compresses the long ones; of a later body few items are stored, and they are left as they are."""
    body = rss(item("b", "long " * 400), item("a", "short"))
    first = read_news(body, url=URL, content_type="", now=NOW, packs=True)
    assert isinstance(first, ReadFeed)
    [long, short] = [one.packed for one in first.items]
    assert long is not None
    assert short is not None
    assert unpacked(long.summary) == first.items[0].publication.summary
    assert (type(long.summary), long.content) == (bytes, "")
    assert short.summary == "short"
    changed = rss(item("c", "long " * 400), item("b", "long " * 400), item("a", "short"))
    later = read_news(changed, url=URL, content_type="", now=NOW, before=first.after, packs=True)
    assert isinstance(later, ReadFeed)
    assert [one.packed for one in later.items] == [None]


def test_an_unchanged_document_parses_no_item() -> None:
    """A changed build date in the head changes the body and no item."""
    first = read(rss(item("b"), item("a")))
    again = read(rss("<lastBuildDate>now</lastBuildDate>", item("b"), item("a")), first.after)
    assert (ids(again), again.recognised) == ([], 2)


@pytest.mark.parametrize(
    "body",
    [
        rss(item("b"), item("a"), root="<rss version='2.0' xml:lang='de'>"),
        rss(item("c").replace("</title>", ""), item("a")),
        rss(item("c", "<![CDATA[</item><item>]]>"), item("a")),
        rss("<!-- ", item("c"), " -->", item("a")),
        rss(item("a", "other words"), item("a")),
        rss(item("a"), item("a")),
        rss(item("c", item("d")), item("a")),
        rss(item("c"), "between", item("a")),
        b"<html><item></item></html>",
    ],
    ids=["root", "broken", "cdata", "comment", "shared id", "twice", "nested", "text between", "page"],
)
def test_the_whole_document_is_read_when_in_doubt(body: bytes) -> None:
    """Another root, broken markup, item tags in wrong places or ambiguous ids cause a full reading."""
    before = read(rss(item("b"), item("a"))).after
    cut = read_news(body, url=URL, content_type="", now=NOW, before=before)
    assert cut == read_news(body, url=URL, content_type="", now=NOW)


def test_the_same_document_elsewhere_is_read_whole() -> None:
    """The same body under another URL is read in full, because relative links depend on the URL."""
    body = rss(item("b"), item("a"))
    assert ids(read(body, read(body).after, url="https://example.net/")) == ["b", "a"]


TEXTS = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="<>&"), max_size=8
)


@given(old=st.lists(TEXTS, max_size=6), new=st.lists(TEXTS, max_size=6))
def test_partial_and_full_reading_agree(old: list[str], new: list[str]) -> None:
    """A partial reading gives the items of the full one without those recognised."""
    before = read(rss(*(item(text, text) for text in old))).after
    body = rss(*(item(text, text) for text in new))
    cut, whole = read(body, before), read(body)
    assert cut.total == whole.total
    assert [one for one in whole.items if one in cut.items] == list(cut.items)
    assert cut.recognised == 0 or cut.after == whole.after


def test_a_long_document_is_split_in_linear_time() -> None:
    """No document makes the search for item tags slow."""
    for hostile in ("<item" * 200_000, "<![CDATA[" * 100_000, "<item>" + "<!--" * 100_000 + "</item>"):
        started = process_time()
        assert split(f"<rss>{hostile}</item></rss>") is None
        assert process_time() - started < 1

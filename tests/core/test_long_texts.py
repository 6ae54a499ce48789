"""Long texts that bypass the XML parser are read as if it had parsed them."""

from __future__ import annotations

from html import escape

import pytest
from documents import feed_of
from hypothesis import given
from hypothesis import strategies as st

from monitor.polling.parsing import long_texts
from storage.model import Publication

LONG = "The council met until midnight and sent the budget back to its committees. " * 3


def rss(inner: str) -> str:
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>News</title>'
        f"<item><title>Budget sent back</title><guid>1</guid>{inner}</item></channel></rss>"
    )


def atom(inner: str) -> str:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><id>n</id>'
        f"<entry><title>Budget sent back</title><id>1</id>{inner}</entry></feed>"
    )


def read(document: str) -> Publication:
    [item] = feed_of(document).items
    return item


def seen_whole(document: str, monkeypatch: pytest.MonkeyPatch) -> Publication:
    with monkeypatch.context() as patch:
        patch.setattr(long_texts, "LEAST", len(document) + 1)
        return read(document)


@pytest.mark.parametrize(
    "document",
    [
        rss(f"<description>{LONG}</description>"),
        rss(f"<description> <![CDATA[ <p>{LONG}</p> ]]> </description>"),
        rss(
            f"<description>&lt;p&gt;{LONG} R&amp;amp;D &#38;lt; &#233; &#x2019; &quot;so&quot;&lt;/p&gt;</description>"
        ),
        rss(f"<description>short</description><content:encoded><![CDATA[<p>{LONG}</p>]]></content:encoded>"),
        rss(
            f"<description>{LONG}</description><content:encoded><![CDATA[<b>{LONG}</b> x]]></content:encoded>"
        ),
        rss(f"<description><![CDATA[a {LONG}]]> and <![CDATA[{LONG} b]]></description>"),
        rss(f"<description>{LONG}<!-- {LONG} -->{LONG}</description>"),
        rss(f"<author><![CDATA[<description>{LONG}</description>]]></author>"),
        rss(f"<description>caf\u00c3\u00a9 {LONG}</description>"),
        rss(f"<summary>{LONG}</summary><description>{LONG} and more</description>"),
        atom(
            f'<summary type="html">&lt;i&gt;{LONG}&lt;/i&gt;</summary><content type="text">{LONG}</content>'
        ),
        atom(f"<content type='html'>&lt;p&gt;{LONG}&lt;/p&gt;</content>"),
        atom(f'<content type="image/png">{LONG}</content><summary>{LONG}</summary>'),
        atom(
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
            f"<p>Before.</p><p><summary>{LONG}</summary></p></div></content>"
        ),
    ],
)
def test_items_read_the_same_as_without_bypass(document: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The texts of an item are the same as when the parser reads them, in every form."""
    assert read(document) == seen_whole(document, monkeypatch)


def test_long_texts_of_items_bypass_the_parser() -> None:
    """Long texts in CDATA or escaped bypass the parser; those of the channel do not."""
    document = f"<channel><description>{LONG}</description>" + rss(
        f"<description>{LONG}</description><content:encoded><![CDATA[<p>{LONG}</p>]]></content:encoded>"
    )
    shortened = long_texts.shorten(document)
    assert shortened.texts == [LONG, f"<p>{LONG}</p>"]
    assert shortened.document.count(LONG) == 1


def test_a_document_that_holds_placeholders_is_left_unchanged() -> None:
    """A feed cannot make one item show another item's text."""
    forged = rss(f"<description>\ue0000\ue000</description><content:encoded>{LONG}</content:encoded>")
    assert long_texts.shorten(forged) == long_texts.ShortenedDocument(forged, [])


@given(st.text(st.characters(exclude_categories=["C"]), min_size=80))
def test_any_text_is_restored(text: str) -> None:
    """Any text, escaped for XML, is restored except for surrounding white space."""
    shortened = long_texts.shorten(rss(f"<description>{escape(text)}</description>"))
    mark = shortened.document.partition("<description>")[2].partition("<")[0]
    assert shortened.restored(mark) == text or shortened.restored(mark).encode("latin-1") == text.encode()


@pytest.mark.parametrize(
    "unread",
    [
        "<category>Budget</category>",
        '<category domain="a"><![CDATA[Bud<get]]></category>',
        '<category term="budget"/>',
        "<slash:comments>4</slash:comments>",
    ],
)
def test_unused_elements_are_removed_before_parsing(unread: str) -> None:
    """Categories and comment counts are removed whole; text that only looks like them stays."""
    text = f"<description><![CDATA[the {unread} of it]]></description>"
    with_it, without = (
        rss(f"{unread}{text}{unread}<author>Ann</author>{unread}"),
        rss(f"{text}<author>Ann</author>"),
    )
    assert long_texts.shorten(with_it) == long_texts.shorten(without)


def test_an_unfinished_category_is_left_to_the_parser() -> None:
    """An incomplete or nested element is not removed."""
    document = rss("<category>Budget<author>Ann</author>")
    assert long_texts.shorten(document).document == document

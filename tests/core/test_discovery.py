"""The feeds of a page, in forty ways of linking to them (P24)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.polling.parsing.discovery import discover

PAGE = "https://example.org/news/index.html"
RSS, ATOM = "application/rss+xml", "application/atom+xml"


def found(page: str | bytes, *, url: str = PAGE, **headers: str) -> list[str]:
    body = page.encode() if isinstance(page, str) else page
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return [one.url for one in discover(body, url=url, headers=named)]


def link(href: str, *, kind: str = RSS, rel: str = "alternate", rest: str = "") -> str:
    return f'<link rel="{rel}" type="{kind}" href="{href}" {rest}>'


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (link("/feed.xml"), ["https://example.org/feed.xml"]),
        (link("feed.xml"), ["https://example.org/news/feed.xml"]),
        (link("../feed.xml"), ["https://example.org/feed.xml"]),
        (link("?format=rss"), ["https://example.org/news/index.html?format=rss"]),
        (link("//cdn.example.net/feed"), ["https://cdn.example.net/feed"]),
        (link("http://other.example/feed"), ["http://other.example/feed"]),
        (link("feed://other.example/feed"), ["http://other.example/feed"]),
        (link("feed:https://other.example/feed"), ["https://other.example/feed"]),
        (link("/a", kind=ATOM), ["https://example.org/a"]),
        (link("/j", kind="application/feed+json"), ["https://example.org/j"]),
        (link("/x", kind="text/xml"), ["https://example.org/x"]),
        (link("/r", kind="application/rdf+xml"), ["https://example.org/r"]),
        (link("/f", kind="Application/RSS+XML; charset=utf-8"), ["https://example.org/f"]),
        (link("/f", rel="ALTERNATE"), ["https://example.org/f"]),
        (link("/f", rel="alternate home"), ["https://example.org/f"]),
        (link("/f", rel="feed", kind=""), ["https://example.org/f"]),
        (link("/f", rel="alternate stylesheet"), []),
        (link("/f", kind="text/html"), []),
        (link("/f", kind="", rest='hreflang="de"'), []),
        (link("/f", kind="application/json+oembed"), []),
        (link("/f", rel="canonical"), []),
        (link(""), []),
        (link("javascript:alert(1)"), []),
        (link("file:///etc/passwd"), []),
        (link("http://[::1"), []),
        (link("/f#latest"), ["https://example.org/f"]),
        (link("/f") + link("/f"), ["https://example.org/f"]),
        (link("/f") + link("/c", kind=ATOM), ["https://example.org/f", "https://example.org/c"]),
        (link(" /f\n"), ["https://example.org/f"]),
        (link("/f?a=1&amp;b=2"), ["https://example.org/f?a=1&b=2"]),
        ("<LINK REL=alternate TYPE=application/rss+xml HREF=/f>", ["https://example.org/f"]),
        ("<link href='/f' type='application/rss+xml' rel='alternate'/>", ["https://example.org/f"]),
        (f"<!-- {link('/f')} -->", []),
        (f"<script>document.write('{link('/f')}')</script>", []),
        (f"</head><body>{link('/f')}", ["https://example.org/f"]),
        ('<base href="https://base.example/deep/">' + link("f"), ["https://base.example/deep/f"]),
        ('<base href="/deep/">' + link("f"), ["https://example.org/deep/f"]),
        ('<base target="_top"><base href="/deep/"><base href="/deeper/">' + link("f"), ["https://example.org/deep/f"]),
        (link("https://bücher.example/feed"), ["https://xn--bcher-kva.example/feed"]),
        (link("https://XN--BCHER-KVA.example/feed"), ["https://xn--bcher-kva.example/feed"]),
        (link("/für alle"), ["https://example.org/f%C3%BCr%20alle"]),
        ('<a rel="alternate" type="application/rss+xml" href="/f">RSS</a>', ["https://example.org/f"]),
    ],
)  # fmt: skip
def test_a_page_names_its_feeds(head: str, expected: list[str]) -> None:
    """Feed links are found with base URL and IDNA, in any case and order; other links are ignored."""
    assert found(f"<!doctype html><html><head>{head}</head><body></body></html>") == expected


def test_ordinary_links_count_only_where_no_feed_is_named() -> None:
    """Ordinary links to feeds are used only on a page without autodiscovery links."""
    anchors = '<a href="/rss">News feed</a> <a href="/about">About</a> <a href="/feeds/all.atom?x=1">All</a>'
    assert found(anchors) == ["https://example.org/rss", "https://example.org/feeds/all.atom?x=1"]
    assert found(link("/named") + anchors) == ["https://example.org/named"]


def test_titles_are_one_clean_line() -> None:
    """Titles of discovered feeds hold no line breaks and no escape sequences."""
    [one] = discover(link("/f", rest='title="News\n\x1b[31m of &amp; for"').encode(), url=PAGE, headers={})
    assert (one.title, one.kind) == ("News of & for", "RSS")


@pytest.mark.parametrize(
    ("page", "headers"),
    [
        (
            link("/f", rest='title="Bücher"').encode("latin-1"),
            {"content_type": "text/html; charset=ISO-8859-1"},
        ),
        (b'<meta charset="windows-1252">' + link("/f", rest='title="B\xfccher"').encode("latin-1"), {}),
        (link("/f", rest='title="Bücher"').encode(), {"content_type": "text/html; charset=no-such"}),
    ],
)
def test_a_page_is_read_in_its_own_charset(page: bytes, headers: dict[str, str]) -> None:
    """The charset comes from the header, else from the page itself, else it is UTF-8."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    [one] = discover(page, url=PAGE, headers=named)
    assert one.title == "Bücher"


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: link(text).encode())))
def test_any_page_can_be_searched(page: bytes) -> None:
    """Any bytes give links or no links, never an exception."""
    assert all(url.startswith(("http://", "https://")) for url in found(page))

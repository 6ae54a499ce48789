"""Any body is parsed within bounds, and nothing harmful is left in the result."""

from __future__ import annotations

import json
import time
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import feedparser
import pytest
from documents import NOW, URL, atom, failure_of, feed_of, item_of, rss
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.polling.http.outcome import FailureKind
from monitor.polling.parsing.feed_parser import parse_xml
from monitor.polling.parsing.form import MAX_ITEMS
from monitor.polling.parsing.parsed_feed import ParsedFeed
from monitor.polling.parsing.read_body import ReadFeed, read_document


def test_a_body_that_is_a_path_or_a_url_is_never_opened(tmp_path: Path) -> None:
    """Feedparser opens strings that name files or URLs; it is given bytes only."""
    secret = tmp_path / "feed.xml"
    secret.write_text(rss("<title>From the disk</title>"))
    assert failure_of(str(secret)) is FailureKind.NOT_XML
    assert failure_of(secret.as_uri()) is FailureKind.NOT_XML


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMBS = {
    "billion laughs": f'<!DOCTYPE rss [<!ENTITY l0 "ha">{LAUGHS}]>' + rss("<title>&l9;</title>"),
    "quadratic": f'<!DOCTYPE rss [<!ENTITY a "{"x" * 50_000}">]>' + rss(f"<title>{'&a;' * 2_000}</title>"),
    "external": '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + rss("<title>&a;</title>"),
    "behind junk": '<!-- <a --> x <!DOCTYPE rss [<!ENTITY a "haha">]>' + rss("<title>&a;</title>"),
    "in a comment": '<!-- \n<!ENTITY a "haha"> <!DOCTYPE rss> -->' + rss("<title>&a;</title>x <"),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
def test_no_declared_entity_is_ever_expanded(bomb: str, charset: str) -> None:
    """Entity declarations are removed before parsing, in any charset; the items stay."""
    started = time.process_time()
    (item,) = feed_of(bomb.encode(charset)).items
    assert time.process_time() - started < 0.3
    assert "ha" not in item.title
    assert "xx" not in item.title


def test_a_doctype_is_ignored() -> None:
    """RSS 0.91 names a DTD; its items are read."""
    doctype = (
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/x.dtd">'
    )
    (item,) = feed_of("<?xml version='1.0'?>\n" + doctype + rss("<title>Caf&eacute;</title>")).items
    assert item.title == "Café"


@pytest.mark.parametrize(
    "broken", ["&#xD800;", "&#99999999999;", "&#x110000;", "\x00\x1b[2J", "&#27;", "\ufffe"]
)
def test_invalid_characters_lose_no_item(broken: str) -> None:
    """References and bytes that make feedparser raise are replaced; nothing unprintable is stored."""
    feed = feed_of(rss(f"<title>One {broken} two three</title><guid>1</guid>", "<title>Other</title>"))
    assert len(feed.items) == 2
    assert all(c.isprintable() for c in feed.items[0].title)


def test_an_extension_that_makes_feedparser_raise_is_dropped() -> None:
    """Feedparser raises KeyError on this geo position; the items are read without it."""
    position = "<gml:pos xmlns:gml='http://www.opengis.net/gml'>1 2</gml:pos>"
    document = rss("<title>0</title>", f"<title>1</title>{position}", f"<title>2</title>{position}")
    with pytest.raises(KeyError):
        feedparser.parse(BytesIO(document.encode()))
    assert [item.title for item in feed_of(document).items] == ["0", "1", "2"]


def test_an_item_that_makes_feedparser_raise_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other items are found by bisecting the document."""
    original = feedparser.parse

    def stumbling(stream: BytesIO, **options: object) -> object:
        if b"stumble" in stream.getvalue():
            raise UnicodeDecodeError("utf-8", b"", 0, 1, "stumbled")
        return original(stream, **options)

    monkeypatch.setattr(feedparser, "parse", stumbling)
    document = rss(*(f"<title>{'stumble' if n == 4 else n}</title>" for n in range(9)))
    feed = parse_xml(document, url=URL, now=NOW)
    assert isinstance(feed, ParsedFeed)
    assert [item.title for item in feed.items] == ["0", "1", "2", "3", "5", "6", "7", "8"]


MARKUP = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='&#1;javascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<svg><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<iframe src='https://evil.example'></iframe>",
    "<form action='https://evil.example'><input></form>",
    "<p style='position:fixed' onclick='alert(1)'>x</p>",
    "<base href='https://evil.example/'><link rel=stylesheet href=x>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
]


class Markup(HTMLParser):
    """Collects the elements and attributes that a browser would act on."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


@pytest.mark.parametrize("markup", MARKUP)
def test_texts_are_sanitised(markup: str) -> None:
    """Title, summary and content are harmless, escaped, in CDATA or as XHTML, in RSS, Atom and JSON."""
    cdata = f"<![CDATA[{markup} word]]>"
    bodies = [
        rss(f"<guid>1</guid><title>{cdata}</title><description>{cdata}</description>"),
        atom(f"<id>1</id><title type='html'>{cdata}</title><content type='html'>{cdata}</content>"),
        atom(f"<id>1</id><summary>{cdata}</summary><content type='xhtml'><div>{markup}</div></content>"),
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1",
                "items": [{"id": "1", "summary": markup, "content_html": markup, "content_text": markup}],
            }
        ),
    ]
    for body in bodies:
        (item,) = feed_of(body).items
        left = Markup(item.summary + item.content)
        assert left.tags <= {"a", "div", "p", "table"}
        assert all(name == "href" and str(value).startswith(URL[:21]) for name, value in left.attributes)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "\x01javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"]
)
def test_unsafe_links_are_dropped(link: str) -> None:
    """Only http and https links are kept; an item without a link stays."""
    item = item_of(f"<title>T</title><link><![CDATA[{link}]]></link><guid isPermaLink='false'>g</guid>")
    assert item.url is None
    assert item.title == "T"


def test_a_document_over_the_limit_gives_its_first_items() -> None:
    """The first thousand items are read; the rest is counted without being parsed."""
    started = time.process_time()
    feed = feed_of(rss(*(f"<title>{n}</title>" for n in range(40_000))))
    assert [item.title for item in feed.items] == [str(n) for n in range(MAX_ITEMS)]
    assert feed.truncated == 39_000
    assert time.process_time() - started < 2


PIECES = [
    b"<rss><channel>",
    b"<item>",
    b"</item>",
    b"<title>",
    b"</title>",
    b"<entry>",
    b"<feed xmlns='http://www.w3.org/2005/Atom'>",
]
PIECES += [
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"<!DOCTYPE a [",
    b"]>",
    b"&#",
    b"xD800;",
    b"<link>",
    b"http://a",
    b"<guid>",
    b"\xff\xfe",
]
PIECES += [
    b"<?xml encoding='",
    b"utf-16",
    b"'?>",
    b"{",
    b'"items":[',
    b"\x00",
    b"\xc3",
    b"<author>a@b.c",
    b"<pubDate>9999-99",
    b"<content type='",
]


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.binary(max_size=80), st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join)),
    st.text(max_size=10),
)
def test_any_bytes_are_a_feed_or_a_failure(body: bytes, charset: str) -> None:
    """Any bytes give a feed or a failure; every string can be stored; every key is unique."""
    headers = {"content-type": f"text/xml; charset={charset}"}
    result = read_document(body, url=URL, headers=headers, now=NOW)
    if isinstance(result, ReadFeed):
        assert len({item.key for item in result.items}) == len(result.items)
        for item in result.items:
            entry = item.publication
            text = f"{entry.title}{entry.summary}{entry.content}{entry.url}{entry.publisher_id}{entry.author}{item.key}"
            text.encode()
            assert not any((ord(c) < 32 and c not in "\t\n") or 0x7F <= ord(c) <= 0x9F for c in text)
            assert entry.published_at is None or entry.published_at <= NOW

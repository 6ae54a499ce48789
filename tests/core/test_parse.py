"""A body becomes a feed or a named failure: in every dialect, whatever is wrong with it, and harmless."""

import json
import time
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from monitor.polling.document import ParsedFeed
from monitor.polling.outcome import FailureKind, ParseFailure
from monitor.polling.parse import MAX_ITEMS, parse
from monitor.polling.reading import ReadFeed, read_document
from storage.model import Publication

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL = "https://news.example/feeds/all.xml"


def feed_of(body: str | bytes, **headers: str) -> ParsedFeed:
    """Return the feed that a body holds."""
    parsed = parsed_as(body, **headers)
    assert isinstance(parsed, ParsedFeed), parsed
    return parsed


def failure_of(body: str | bytes, **headers: str) -> FailureKind:
    """Return the kind of failure that a body is."""
    parsed = parsed_as(body, **headers)
    assert isinstance(parsed, ParseFailure), parsed
    assert parsed.words
    return parsed.kind


def parsed_as(body: str | bytes, **headers: str) -> ParsedFeed | ParseFailure:
    """Parse a body that came from URL at NOW."""
    raw = body.encode() if isinstance(body, str) else body
    return parse(raw, url=URL, headers={name.replace("_", "-"): v for name, v in headers.items()}, now=NOW)


def rss(*items: str, channel: str = "") -> str:
    """Return an RSS 2.0 document."""
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel><title>Daily</title>{channel}{inner}</channel></rss>'


def atom(*entries: str, feed: str = "") -> str:
    """Return an Atom 1.0 document."""
    inner = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Daily</title>{feed}{inner}</feed>'


def item_of(item: str) -> Publication:
    """Return the one item of an RSS document."""
    (publication,) = feed_of(rss(item)).items
    return publication


def test_an_rss_item_is_read_in_full() -> None:
    """Id, title, link, texts, author, language and date, links resolved against the feed's URL."""
    feed = feed_of(
        rss(
            "<guid isPermaLink='false'>tag:1</guid><title>Ferry &amp;amp; harbour</title><link>/a?x=1&amp;y=2</link>"
            "<author>Ann</author><pubDate>Sat, 21 Nov 2026 10:30:00 +0200</pubDate>"
            "<description>&lt;p&gt;Short &lt;a href='/b'&gt;text&lt;/a&gt;&lt;/p&gt;</description>",
            channel="<link>https://news.example/</link><language>en_gb</language>",
        )
    )
    assert (feed.facts.title, feed.facts.site_url, feed.facts.language) == ("Daily", "https://news.example/", "en-gb")
    assert feed.items == (
        Publication(
            publisher_id="tag:1",
            title="Ferry & harbour",
            summary='<p>Short <a href="https://news.example/b">text</a></p>',
            url="https://news.example/a?x=1&y=2",
            author="Ann",
            language="en-gb",
            published_at=datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
        ),
    )


def test_an_atom_entry_is_read_in_full() -> None:
    """Types and bases of Atom are honoured; content stands beside the summary."""
    (entry,) = feed_of(
        atom(
            "<id>urn:1</id><title type='html'>One &amp;lt;b&amp;gt; &lt;em&gt;two&lt;/em&gt;</title>"
            "<link href='x.html'/><updated>2026-11-20T01:02:03Z</updated><author><name>Bo</name></author>"
            "<summary>a &lt; b</summary><content type='xhtml' xml:base='https://cdn.example/d/'>"
            "<div xmlns='http://www.w3.org/1999/xhtml'><p>Long <a href='y'>z</a></p></div></content>"
        )
    ).items
    assert entry.title == "One <b> two"
    assert entry.url == "https://news.example/feeds/x.html"
    assert entry.summary == "a &lt; b"
    assert entry.content == '<p>Long <a href="https://cdn.example/d/y">z</a></p>'
    assert entry.published_at == datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "document",
    [
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        "<channel><title>D</title></channel><item rdf:about='https://a.org/1'><title>T</title>"
        "<link>https://a.org/1</link></item></rdf:RDF>",
        "<rss version='0.91'><channel><item><title>T</title><link>https://a.org/1</link></item></channel></rss>",
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>T</title>'
        '<link rel="alternate" type="text/html" href="https://a.org/1"/></entry></feed>',
        '<html><body><feed xmlns="http://www.w3.org/2005/Atom"><entry><title>T</title><link href="https://a.org/1"/>'
        "</entry></feed></body></html>",
        '{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","title":"T","url":"https://a.org/1"}]}',
    ],
)
def test_every_dialect_gives_its_items(document: str) -> None:
    """RSS 0.91 and 1.0, Atom 0.3, a feed inside a page, JSON Feed."""
    (item,) = feed_of(document).items
    assert (item.title, item.url) == ("T", "https://a.org/1")


def test_one_text_is_the_summary_whatever_the_feed_calls_it() -> None:
    """Content alone, or the same text twice, is told once."""
    (entry,) = feed_of(atom("<title>T</title><content type='html'>&lt;p&gt;All&lt;/p&gt;</content>")).items
    assert (entry.summary, entry.content) == ("<p>All</p>", "")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", FailureKind.EMPTY),
        (" \n\x00", FailureKind.EMPTY),
        ("<!DOCTYPE html><html><head><title>Sign in</title></head></html>", FailureKind.NOT_A_FEED),
        ("<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html xmlns='x'><body/></html>", FailureKind.NOT_A_FEED),
        ("<!-- a --><script>challenge()</script>", FailureKind.NOT_A_FEED),
        ("<opml version='2.0'><body/></opml>", FailureKind.NOT_A_FEED),
        ("Please log in.", FailureKind.NOT_XML),
        ('{"error": "no"}', FailureKind.NOT_A_FEED),
        ('{"version": "https://jsonfeed.org/version/1", "items"', FailureKind.NOT_A_FEED),
        ('{"a":' * 100_000, FailureKind.NOT_A_FEED),
    ],
)
def test_what_is_no_feed_is_a_named_failure(body: str, kind: FailureKind) -> None:
    """Empty bodies, pages, challenges, other XML, prose and other JSON never pass for an empty feed."""
    assert failure_of(body) is kind


def test_a_valid_feed_without_items_is_a_feed() -> None:
    """Empty is a state of a feed, not a failure."""
    assert feed_of(rss()).items == ()


def test_a_body_that_is_a_path_or_a_url_is_never_opened(tmp_path: Path) -> None:
    """feedparser opens strings that name files; ours gives it bytes in memory."""
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
    """The declarations are dropped before a parser sees them, in any charset; the items stay."""
    started = time.perf_counter()
    (item,) = feed_of(bomb.encode(charset)).items
    assert time.perf_counter() - started < 0.3
    assert "ha" not in item.title
    assert "xx" not in item.title


def test_a_harmless_doctype_costs_nothing() -> None:
    """RSS 0.91 names a DTD; its items are read."""
    doctype = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/x.dtd">'
    (item,) = feed_of("<?xml version='1.0'?>\n" + doctype + rss("<title>Caf&eacute;</title>")).items
    assert item.title == "Café"


@pytest.mark.parametrize("broken", ["&#xD800;", "&#99999999999;", "&#x110000;", "\x00\x1b[2J", "&#27;", "\ufffe"])
def test_characters_that_do_not_exist_cost_no_item(broken: str) -> None:
    """References and bytes that make feedparser raise are replaced; nothing unprintable is stored."""
    feed = feed_of(rss(f"<title>One {broken} two three</title><guid>1</guid>", "<title>Other</title>"))
    assert len(feed.items) == 2
    assert all(c.isprintable() for c in feed.items[0].title)


def test_an_item_that_makes_feedparser_raise_costs_itself_alone() -> None:
    """feedparser raises KeyError on this geometry; the other items are read."""
    geometry = "<georss:where xmlns:georss='http://www.georss.org/georss'/><gml:pos xmlns:gml='http://www.opengis.net/gml'>1 2</gml:pos>"
    items = [f"<title>{n}</title>" for n in range(8)]
    feed = feed_of(rss(*items[:3], f"<title>bad</title>{geometry}", *items[3:]))
    assert [item.title for item in feed.items if item.title != "bad"] == [str(n) for n in range(8)]


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
    """Collects what a browser would act on."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs



@pytest.mark.parametrize("markup", MARKUP)
def test_nothing_harmful_leaves_the_parse(markup: str) -> None:
    """In title, summary and content, escaped, in CDATA or as XHTML, of RSS, Atom and JSON."""
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


@pytest.mark.parametrize("link", ["javascript:alert(1)", "\x01javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"])
def test_a_link_that_may_not_be_followed_is_none(link: str) -> None:
    """Only http and https are links of an item; the item stays."""
    item = item_of(f"<title>T</title><link><![CDATA[{link}]]></link><guid isPermaLink='false'>g</guid>")
    assert item.url is None
    assert item.title == "T"


def test_titles_are_one_plain_line() -> None:
    """Line breaks, terminal escapes, bidi overrides and markup do not survive; a tag that is talked about does."""
    assert item_of("<title>\n One\r\n \u202etwo\x1b[31m &lt;b&gt;three&lt;/b&gt; &#8212; four </title>").title == (
        "One two three \u2014 four"
    )
    assert item_of("<title>Why the &lt;blink&gt; tag died</title>").title == "Why the <blink> tag died"
    assert item_of("<title>AT&amp;amp;T &amp;#8216;wins&amp;#8217;</title>").title == "AT&T \u2018wins\u2019"


@pytest.mark.parametrize(
    ("claimed", "meant"),
    [
        ("", None),
        ("<pubDate>yesterday-ish</pubDate>", None),
        ("<pubDate>Mon, 01 Jan 0001 00:00:00 GMT</pubDate>", None),
        ("<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>", None),
        ("<pubDate>Fri, 31 Dec 2999 00:00:00 GMT</pubDate>", NOW),
        ("<pubDate>99999-01-01</pubDate>", NOW),
        ("<pubDate>0000-00-00</pubDate>", None),
        ("<pubDate>Sun, 22 Nov 2026 11:59:60 GMT</pubDate>", None),
        ("<dc:date xmlns:dc='http://purl.org/dc/elements/1.1/'>2026-11-21</dc:date>", NOW - timedelta(hours=36)),
    ],
)
def test_dates_are_claims(claimed: str, meant: datetime | None) -> None:
    """Missing and impossible ones are none, future ones are now."""
    assert item_of(f"<title>T</title>{claimed}").published_at == meant


def test_a_document_over_the_limit_gives_its_first_items() -> None:
    """A thousand are kept, the rest is counted and costs no parsing."""
    started = time.perf_counter()
    feed = feed_of(rss(*(f"<title>{n}</title>" for n in range(40_000))))
    assert [item.title for item in feed.items] == [str(n) for n in range(MAX_ITEMS)]
    assert feed.truncated == 39_000
    assert time.perf_counter() - started < 2


def test_what_a_feed_wishes_is_read() -> None:
    """ttl, syndication, skip lists, hub and self links."""
    feed = feed_of(
        rss(
            channel="<ttl>90</ttl><skipHours><hour>0</hour><hour>24</hour><hour>5</hour></skipHours>"
            "<skipDays><day>Sunday</day></skipDays>"
            "<sy:updatePeriod xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>daily</sy:updatePeriod>"
            "<sy:updateFrequency xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>4</sy:updateFrequency>"
            "<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='hub' href='https://hub.example/'/>"
            "<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='self' href='/self.xml'/>"
        )
    )
    assert feed.facts.hints.period == timedelta(hours=6)
    assert feed.facts.hints.skip_hours == {0, 5}
    assert feed.facts.hints.skip_days == {6}
    assert feed.facts.hub_urls == ("https://hub.example/",)
    assert feed.facts.self_url == "https://news.example/self.xml"


def test_a_json_feed_is_read_in_full() -> None:
    """Version 1 and 1.1: numbers as ids, authors, language, relative links, texts, dates."""
    feed = feed_of(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": "Daily &amp; more",
                "home_page_url": "https://news.example/",
                "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
                "language": "de",
                "items": [
                    {
                        "id": 7,
                        "url": "/7",
                        "title": "Seven",
                        "summary": "short",
                        "content_text": "a < b",
                        "authors": [{"name": "Ann"}, {"name": "Bo"}, 3],
                        "date_published": "2026-11-21T10:00:00.123+02:00",
                    },
                    "no item",
                ],
            }
        ),
        content_type="application/feed+json",
    )
    assert (feed.facts.title, feed.facts.language) == ("Daily & more", "de")
    assert feed.items == (
        Publication(
            publisher_id="7",
            title="Seven",
            summary="short",
            content="a &lt; b",
            url="https://news.example/7",
            author="Ann, Bo",
            language="de",
            published_at=datetime(2026, 11, 21, 8, 0, tzinfo=UTC),
        ),
    )


PIECES = [b"<rss><channel>", b"<item>", b"</item>", b"<title>", b"</title>", b"<entry>", b"<feed xmlns='http://www.w3.org/2005/Atom'>"]
PIECES += [b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<!DOCTYPE a [", b"]>", b"&#", b"xD800;", b"<link>", b"http://a", b"<guid>", b"\xff\xfe"]
PIECES += [b"<?xml encoding='", b"utf-16", b"'?>", b"{", b'"items":[', b"\x00", b"\xc3", b"<author>a@b.c", b"<pubDate>9999-99", b"<content type='"]


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=80), st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join)), st.text(max_size=10))
def test_reading_is_total(body: bytes, charset: str) -> None:
    """Any bytes give a feed or a failure; every string can be stored; every key is there once."""
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

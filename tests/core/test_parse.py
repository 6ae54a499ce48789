"""A body in any dialect becomes a feed or a named failure."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from documents import NOW, atom, failure_of, feed_of, item_of, rss

from monitor.polling.http.outcome import FailureKind
from storage.model import Publication


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
    assert (feed.facts.title, feed.facts.site_url, feed.facts.language) == (
        "Daily",
        "https://news.example/",
        "en-gb",
    )
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
    """Types and bases of Atom are obeyed; content and summary are both read."""
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
        (
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
            "<channel><title>D</title></channel><item rdf:about='https://a.org/1'><title>T</title>"
            "<link>https://a.org/1</link></item></rdf:RDF>"
        ),
        "<rss version='0.91'><channel><item><title>T</title><link>https://a.org/1</link></item></channel></rss>",
        (
            '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>T</title>'
            '<link rel="alternate" type="text/html" href="https://a.org/1"/></entry></feed>'
        ),
        (
            '<html><body><feed xmlns="http://www.w3.org/2005/Atom"><entry><title>T</title><link href="https://a.org/1"/>'
            "</entry></feed></body></html>"
        ),
        '{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","title":"T","url":"https://a.org/1"}]}',
    ],
)
def test_every_dialect_gives_its_items(document: str) -> None:
    """RSS 0.91 and 1.0, Atom 0.3, a feed inside a page, JSON Feed."""
    (item,) = feed_of(document).items
    assert (item.title, item.url) == ("T", "https://a.org/1")


def test_one_text_is_the_summary_whatever_the_feed_calls_it() -> None:
    """Content alone, or the same text twice, is stored once as the summary."""
    (entry,) = feed_of(atom("<title>T</title><content type='html'>&lt;p&gt;All&lt;/p&gt;</content>")).items
    assert (entry.summary, entry.content) == ("<p>All</p>", "")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", FailureKind.EMPTY),
        (" \n\x00", FailureKind.EMPTY),
        ("<!DOCTYPE html><html><head><title>Sign in</title></head></html>", FailureKind.NOT_A_FEED),
        (
            "<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html xmlns='x'><body/></html>",
            FailureKind.NOT_A_FEED,
        ),
        ("<!-- a --><script>challenge()</script>", FailureKind.NOT_A_FEED),
        ("<opml version='2.0'><body/></opml>", FailureKind.NOT_A_FEED),
        ("Please log in.", FailureKind.NOT_XML),
        ('{"error": "no"}', FailureKind.NOT_A_FEED),
        ('{"version": "https://jsonfeed.org/version/1", "items"', FailureKind.NOT_A_FEED),
        ('{"a":' * 100_000, FailureKind.NOT_A_FEED),
    ],
)
def test_other_documents_are_named_failures(body: str, kind: FailureKind) -> None:
    """Empty bodies, pages, challenges, other XML, prose and other JSON are never taken for an empty feed."""
    assert failure_of(body) is kind


def test_a_valid_feed_without_items_is_a_feed() -> None:
    """An empty feed is a success."""
    assert feed_of(rss()).items == ()


def test_titles_are_one_plain_line() -> None:
    """Line breaks, terminal escapes, bidi overrides and markup are removed; a tag named as text stays."""
    assert item_of(
        "<title>\n One\r\n \u202etwo\x1b[31m &lt;b&gt;three&lt;/b&gt; &#8212; four </title>"
    ).title == ("One two three \u2014 four")
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
        (
            "<dc:date xmlns:dc='http://purl.org/dc/elements/1.1/'>2026-11-21</dc:date>",
            NOW - timedelta(hours=36),
        ),
    ],
)
def test_dates_are_checked(claimed: str, meant: datetime | None) -> None:
    """Missing and impossible dates are none; future dates become now."""
    assert item_of(f"<title>T</title>{claimed}").published_at == meant


def test_polling_hints_are_read() -> None:
    """ttl, syndication periods, skip lists, hub and self links are read."""
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

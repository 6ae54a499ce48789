"""Sitemaps in the shapes of ten publishers of six countries; words, names and hosts are invented."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from monitor.polling.http.decompress import Decompressor
from monitor.polling.parsing.forms import parse
from monitor.polling.parsing.parsed_feed import ParsedFeed

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
IMAGE = 'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A publisher's sitemap: its address, its document, and the expected result."""

    url: str
    body: bytes
    items: list[tuple[str, str, datetime]] = field(default_factory=list)
    children: list[str] = field(default_factory=list)
    title: str = ""
    language: str | None = None


AGENCY_US = Shape(  # one entry a line, dates with milliseconds, pages without news in between
    url="https://wire.example/news-sitemap-content.xml",
    body=f"""<?xml version="1.0" encoding="UTF-8"?><urlset {SITEMAP} {NEWS} {IMAGE}>
<url><loc>https://wire.example/article/dam-levels-4f1c9a0b</loc><lastmod>2026-11-30T11:02:03.120Z</lastmod><changefreq>hourly</changefreq><news:news><news:publication><news:name>Wire News</news:name><news:language>eng</news:language></news:publication><news:publication_date>2026-11-30T10:59:00.000Z</news:publication_date><news:title>Dam levels fall for a third month</news:title></news:news><image:image><image:loc>https://cdn.wire.example/1.jpg</image:loc></image:image></url>
<url><loc>https://wire.example/hub/dams</loc><changefreq>daily</changefreq></url>
</urlset>""".encode(),
    items=[
        (
            "https://wire.example/article/dam-levels-4f1c9a0b",
            "Dam levels fall for a third month",
            datetime(2026, 11, 30, 10, 59, tzinfo=UTC),
        )
    ],
    title="Wire News",
    language="eng",
)
AGENCY_UK_INDEX = Shape(  # pages of a hundred entries, all with the time of the request
    url="https://www.cable.example/outbound/news-sitemap-index/?outputType=xml",
    body=f"""<?xml version="1.0" encoding="UTF-8"?><sitemapindex {SITEMAP}>
<sitemap><loc>https://www.cable.example/outbound/news-sitemap/?outputType=xml</loc><lastmod>2026-11-30T11:59:58Z</lastmod></sitemap>
<sitemap><loc>https://www.cable.example/outbound/news-sitemap/?outputType=xml&amp;from=100</loc><lastmod>2026-11-30T11:59:58Z</lastmod></sitemap>
</sitemapindex>""".encode(),
    children=[
        "https://www.cable.example/outbound/news-sitemap/?outputType=xml",
        "https://www.cable.example/outbound/news-sitemap/?outputType=xml&from=100",
    ],
)
BROADCASTER_UK = Shape(  # schema names first, a comment before the root, titles with entities
    url="https://www.isles.example/sitemaps/https-sitemap-isles-news-1.xml",
    body=f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- generated 2026-11-30 -->
<urlset xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" {SITEMAP} {NEWS} xsi:schemaLocation="http://www.sitemaps.org/schemas/sitemap/0.9 http://www.sitemaps.org/schemas/sitemap/0.9/sitemap.xsd">
  <url>
    <loc>https://www.isles.example/news/articles/c0ffee</loc>
    <news:news>
      <news:publication>
        <news:name>Isles News</news:name>
        <news:language>en</news:language>
      </news:publication>
      <news:publication_date>2026-11-30T09:15:00Z</news:publication_date>
      <news:title>&#x27;We waited a week&#x27; &#8211; ferry passengers &amp; crews</news:title>
    </news:news>
  </url>
</urlset>""".encode(),
    items=[
        (
            "https://www.isles.example/news/articles/c0ffee",
            "'We waited a week' \u2013 ferry passengers & crews",
            datetime(2026, 11, 30, 9, 15, tzinfo=UTC),
        )
    ],
    title="Isles News",
    language="en",
)
PAPER_UK = Shape(  # genres, keywords and tickers, which Google no longer reads, and a byte order mark
    url="https://www.warden.example/sitemaps/news.xml",
    body=(
        f"""\ufeff<?xml version='1.0' encoding='utf-8'?><urlset {NEWS} {SITEMAP}><url><loc>https://www.warden.example/uk-news/2026/nov/30/bridge</loc><news:news><news:publication><news:name>The Warden</news:name><news:language>en-gb</news:language></news:publication><news:access>Registration</news:access><news:genres>Blog</news:genres><news:publication_date>2026-11-30T08:00:00+00:00</news:publication_date><news:title>Bridge to close \u2013 live</news:title><news:keywords>Bridges, Transport</news:keywords><news:stock_tickers></news:stock_tickers></news:news></url></urlset>"""
    ).encode(),
    items=[
        (
            "https://www.warden.example/uk-news/2026/nov/30/bridge",
            "Bridge to close \u2013 live",
            datetime(2026, 11, 30, 8, tzinfo=UTC),
        )
    ],
    title="The Warden",
    language="en-gb",
)
MAGAZINE_DE = Shape(  # the prefix `n`, local quotation marks, local time
    url="https://www.lupe.example/sitemaps/news-de.xml",
    body=f"""<?xml version="1.0" encoding="UTF-8"?>
<urlset {SITEMAP} xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://www.lupe.example/panorama/wölfe-a-1?x=1&y=2</loc><n:news><n:publication><n:name>LUPE</n:name><n:language>de</n:language></n:publication><n:genres>PressRelease</n:genres><n:publication_date>2026-11-30T12:05:00+01:00</n:publication_date><n:title>Wölfe im Odenwald: „Wir zählen neu“</n:title></n:news></url></urlset>""".encode(),
    items=[
        (
            "https://www.lupe.example/panorama/w%C3%B6lfe-a-1?x=1&y=2",
            "Wölfe im Odenwald: „Wir zählen neu“",
            datetime(2026, 11, 30, 11, 5, tzinfo=UTC),
        )
    ],
    title="LUPE",
    language="de",
)
LOCAL_DE_INDEX = Shape(  # a blog system's index: all sitemaps of the site, including the news
    url="https://kurier.example/sitemap_index.xml",
    body=f"""<?xml version="1.0" encoding="UTF-8"?><?xml-stylesheet type="text/xsl" href="//kurier.example/main-sitemap.xsl"?>
<sitemapindex {SITEMAP}>
	<sitemap>
		<loc>https://kurier.example/post-sitemap1.xml</loc>
		<lastmod>2026-11-30T11:50:00+00:00</lastmod>
	</sitemap>
	<sitemap>
		<loc>https://kurier.example/news-sitemap.xml</loc>
		<lastmod>2026-11-30T11:40:00+00:00</lastmod>
	</sitemap>
	<sitemap>
		<loc>https://kurier.example/author-sitemap.xml</loc>
	</sitemap>
</sitemapindex>
<!-- XML Sitemap generated by a plugin -->""".encode(),
    children=["https://kurier.example/news-sitemap.xml"],
)
DAILY_FR = Shape(  # everything in CDATA, on one line
    url="https://www.lejour.example/sitemap_news.xml",
    body=f"""<?xml version="1.0" encoding="utf-8"?><urlset {SITEMAP} {NEWS} {IMAGE}><url><loc><![CDATA[https://www.lejour.example/planete/article/2026/11/30/crue_65.html]]></loc><lastmod>2026-11-30T12:10:00+01:00</lastmod><image:image><image:loc>https://img.lejour.example/x.jpg</image:loc><image:caption><![CDATA[Le pont, lundi]]></image:caption><image:title><![CDATA[Photo]]></image:title></image:image><news:news><news:publication><news:name><![CDATA[Le Jour]]></news:name><news:language>fr</news:language></news:publication><news:publication_date>2026-11-30T11:30:00+01:00</news:publication_date><news:title><![CDATA[Crue : « l\u2019eau monte », dit le maire]]></news:title></news:news></url></urlset>""".encode(),
    items=[
        (
            "https://www.lejour.example/planete/article/2026/11/30/crue_65.html",
            "Crue : « l\u2019eau monte », dit le maire",
            datetime(2026, 11, 30, 10, 30, tzinfo=UTC),
        )
    ],
    title="Le Jour",
    language="fr",
)
DAILY_ES = Shape(  # a compressed file in Latin-1, with links relative to the host
    url="https://elfaro.example/news.xml.gz",
    body=gzip.compress(
        f"""<?xml version="1.0" encoding="ISO-8859-1"?>
<urlset {SITEMAP} {NEWS}><url><loc>/espana/2026-11-30/la-sequía.html</loc><news:news><news:publication><news:name>El Faro de Cádiz</news:name><news:language>es</news:language></news:publication><news:access>Subscription</news:access><news:publication_date>2026-11-30</news:publication_date><news:title>La sequía, ¿qué hacer?</news:title></news:news></url></urlset>""".encode(
            "latin-1"
        )
    ),
    items=[
        (
            "https://elfaro.example/espana/2026-11-30/la-sequ%C3%ADa.html",
            "La sequía, ¿qué hacer?",
            datetime(2026, 11, 30, tzinfo=UTC),
        )
    ],
    title="El Faro de Cádiz",
    language="es",
)
PORTAL_BR_INDEX = Shape(  # a sitemap a day since 2012, the oldest first, without dates of change
    url="https://portal.example/sitemap/portal/sitemap.xml",
    body=(
        f"<sitemapindex {SITEMAP}>"
        + "".join(
            f"<sitemap><loc>https://portal.example/sitemap/portal/2026/{month:02}/{day:02}_1.xml</loc></sitemap>"
            for month, day in ((1, 1), (11, 28), (11, 29), (11, 30))
        )
        + "</sitemapindex>"
    ).encode(),
    children=[
        f"https://portal.example/sitemap/portal/2026/{month_and_day}_1.xml"
        for month_and_day in ("11/30", "11/29", "11/28", "01/01")
    ],
)
BROADCASTER_JP = Shape(  # CDATA with line ends, a language as a word, dates with a blank
    url="https://www3.kaze.example/sitemaps/news.xml",
    body=f"""<?xml version="1.0" encoding="UTF-8" ?>
<urlset {SITEMAP} {NEWS}>
<url>
<loc>https://www3.kaze.example/news/html/20261130/k1.html</loc>
<news:news>
<news:publication><news:name>風ニュース</news:name><news:language> ja </news:language></news:publication>
<news:title><![CDATA[
港の監視カメラ　試験を中止
]]></news:title>
<news:publication_date>2026-11-30T20:15:00 +0900</news:publication_date>
</news:news>
</url>
</urlset>
""".encode(),
    items=[
        (
            "https://www3.kaze.example/news/html/20261130/k1.html",
            "港の監視カメラ 試験を中止",
            datetime(2026, 11, 30, 11, 15, tzinfo=UTC),
        )
    ],
    title="風ニュース",
    language="ja",
)
SHAPES = {name: shape for name, shape in sorted(globals().items()) if isinstance(shape, Shape)}


@pytest.mark.parametrize("name", SHAPES)
def test_a_publishers_sitemap_is_read(name: str) -> None:
    """The entries have links, titles and dates; an index has its sitemaps in the order of their polls."""
    shape = SHAPES[name]
    decompressor = Decompressor("", max_bytes=1_000_000)
    decompressor.feed(shape.body)
    feed = parse(decompressor.finish(), url=shape.url, headers={"content-type": "application/xml"}, now=NOW)
    assert isinstance(feed, ParsedFeed), feed
    assert [(item.url, item.title, item.published_at) for item in feed.items] == shape.items
    assert [one.url for one in feed.sitemaps] == shape.children
    assert (feed.facts.title, feed.facts.language) == (shape.title, shape.language)

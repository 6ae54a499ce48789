"""The fast reader of XML feeds gives the values that feedparser gives, or leaves the document to feedparser."""

from __future__ import annotations

import re
from random import Random

import pytest
from documents import NOW, URL, atom, rss
from feedparser.datetimes import _parse_date
from feedparser.mixin import _FeedParserMixin
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.polling.parsing.fast import names
from monitor.polling.parsing.fast.dates import parsed_date
from monitor.polling.parsing.fast.doubt import Doubt
from monitor.polling.parsing.fast.elements import DOUBTFUL
from monitor.polling.parsing.fast.entry import EntryReader
from monitor.polling.parsing.fast.reader import read_well_formed
from monitor.polling.parsing.feed_parser import parse_xml
from monitor.polling.parsing.parsed_feed import ParsedFeed
from tests.feed_mutations import mutated, with_namespaces

MUTATIONS = 400
READ_OF_MUTATED = 0.3  # share at least, so that the test does not compare handed over documents only

PORT = rss(
    "<title>Harbour &amp;amp; quay closed</title><link>https://port.example/1?a=1&amp;b=2</link><guid>1</guid>"
    "<dc:creator>Ada</dc:creator><pubDate>Wed, 04 Mar 2026 09:00:00 +0100</pubDate><category>Ships</category>"
    "<description>Short</description><content:encoded><![CDATA[<p>The harbour is <b>closed</b> &nbsp;until the wind goes"
    " down.</p>\n]]></content:encoded><media:group><media:title>A crane</media:title></media:group>",
    "<guid>https://port.example/2</guid><description>&lt;p&gt;No title, no link&lt;/p&gt;</description>"
    "<source url='https://wire.example/feed'>Wire</source><enclosure url='https://port.example/2.mp3'/>",
    channel="<link>https://port.example/</link><language>en-gb</language><ttl>30</ttl><image><url>u</url>"
    "<title>Logo</title><link>https://logo.example/</link></image><a:link rel='hub' href='https://hub.example/'/>"
    "<itunes:owner><itunes:name>Bo</itunes:name></itunes:owner><skipHours><hour>3</hour></skipHours>",
)  # fmt: skip
FERRY = atom(
    "<id>tag:ferry.example,2026:1</id><title type='html'>&lt;b&gt;Ferry&lt;/b&gt; late</title><link href='/1'/>"
    "<author><name>Cy</name><email>cy@ferry.example</email></author><updated>2026-03-04T09:00:00.5+01:00</updated>"
    "<content type='html'>&lt;p&gt;The ferry waits for the tide, as it does in every spring of this century.&lt;/p&gt;</content>",
    "<id>https://ferry.example/2</id><title xml:lang='nl'>Veer</title><summary>Kort &amp;amp; goed</summary>"
    "<published>2026-03-04T09:00:00Z</published><link rel='enclosure' href='https://ferry.example/2.mp3'/>",
    feed="<id>https://ferry.example/</id><link rel='self' href='https://ferry.example/feed'/><subtitle>Tides</subtitle>",
)  # fmt: skip
QUAY = (
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'"
    " xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>"
    "<channel rdf:about='https://quay.example/'><title>Quay</title><link>https://quay.example/</link>"
    "<dc:language>de</dc:language><sy:updatePeriod>daily</sy:updatePeriod>"
    "<items><rdf:Seq><rdf:li rdf:resource='https://quay.example/1'/></rdf:Seq></items></channel>"
    "<item rdf:about='https://quay.example/1'><title>Kai gesperrt</title><link>https://quay.example/1</link>"
    "<description>Kurz</description><dc:date>2026-03-04</dc:date></item></rdf:RDF>"
)
DRUPAL = PORT.replace('version="2.0"', 'version="2.0" xml:base="https://base.example/news/"').replace(
    "<link>https://port.example/1?a=1&amp;b=2</link>", "<link>one</link>"
)
FEEDS = [with_namespaces(feed) for feed in (PORT, FERRY, QUAY, DRUPAL)]

WITHOUT_EFFECT = {
    "category", "cloud", "contributor", "copyright", "dc_contributor", "dc_language", "dc_publisher", "dc_rights",
    "dc_subject", "email", "feedburner_browserfriendly", "generator", "georss_point", "height", "homepage", "info",
    "itunes_block", "itunes_category", "itunes_email", "itunes_explicit", "itunes_image", "itunes_keywords", "itunes_name",
    "itunes_owner", "itunes_subtitle", "keywords", "language", "media_category", "media_content", "media_credit",
    "media_group", "media_keywords", "media_license", "media_player", "media_rating", "media_restriction",
    "media_thumbnail", "name", "rights", "subtitle", "tagline", "uri", "url", "webmaster", "width",
}  # fmt: skip


@pytest.mark.parametrize("feed", FEEDS, ids=["RSS", "Atom", "RDF", "RSS with a base"])
def test_usual_feeds_are_read_without_feedparser(feed: str) -> None:
    """Every value is the one that feedparser gives."""
    found = read_well_formed(feed, url=URL, now=NOW)
    assert isinstance(found, ParsedFeed)
    assert found == parse_xml(feed, url=URL, now=NOW)
    assert found.well_formed


def test_changed_feeds_give_the_same_values_or_are_left_to_feedparser() -> None:
    """Elements, attributes and texts are inserted, removed, renamed and swapped."""
    chance = Random(1)
    documents = [mutated(chance.choice(FEEDS), chance) for _ in range(MUTATIONS)]
    results = [(document, read_well_formed(document, url=URL, now=NOW)) for document in documents]
    read = [(document, found) for document, found in results if found is not None]
    assert [document for document, found in read if found != parse_xml(document, url=URL, now=NOW)] == []
    assert len(read) > READ_OF_MUTATED * MUTATIONS


@pytest.mark.parametrize(
    "document",
    [
        "<rss version='2.0'><channel><title>Torn</title><item>",
        "<rss version='2.0'><channel/><item><title>Beside the channel</title></item></rss>",
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><title>Old</title></feed>",
        rss("<pubDate>4 March, in the morning</pubDate>"),
        rss("<title>A <b>bold</b> title</title>"),
        rss("<odd><title>Inside</title></odd>"),
        rss("<title>Outer</title><item><title>Nested</title></item>"),
        rss("<description>One</description><description>Two</description>"),
        rss("<title xml:base='https://other.example/'>Based</title>"),
        rss("<x:title xmlns:x='https://a.example/'/>", "<x:title xmlns:x='https://b.example/'/>"),
        rss("<dc:creator xmlns:dc='https://not.dublin.example/'>Ada</dc:creator>"),
        rss("<title>x</title>", channel="<image><odd/><title>Logo</title></image>"),
        rss("<description>&lt;skipHours&gt;</description><skipHours><hour>1</hour></skipHours>"),
        atom("<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>Text</div></content>"),
        atom("<content type='image/png'>iVBORw0KGgo=</content>"),
        atom("<author><name>A</name><email>a@b.example</email></author><author><name>C</name></author>"),
    ],
)
def test_a_doubtful_document_is_left_to_feedparser(document: str) -> None:
    """The forms behind the fast reader get the document as it came."""
    assert read_well_formed(document, url=URL, now=NOW) is None


def test_each_element_that_feedparser_handles_is_accounted_for() -> None:
    """It is read, doubtful, or known to change nothing that is read; a new release may add one."""
    handlers = (re.match(r"_(?:start|end)_(\w+)", name) for name in dir(_FeedParserMixin))
    handled = {found[1].lower() for found in handlers if found}
    assert handled - EntryReader.READ - DOUBTFUL == WITHOUT_EFFECT


def test_namespaces_have_the_prefixes_of_feedparser() -> None:
    """A prefix with handlers belongs to the same namespaces."""
    theirs = {uri.lower(): prefix for uri, prefix in _FeedParserMixin.namespaces.items()}
    ours = {uri.lower(): prefix for uri, prefix in names.PREFIXES.items()}
    assert ours.items() <= theirs.items()


@pytest.mark.parametrize(
    "text",
    [
        "", "2026-03-04", "2026-03-04T09:00Z", "2026-03-04T09:00:00", "2026-03-04T09:00:59.999Z", "2026-03-04 09:00:00",
        "2026-03-04T23:00:00-09:30", "Wed, 04 Mar 2026 09:00:00 GMT", "Wed, 4 Mar 2026 09:00 EST", "4 Mar 2026 23:59:59 -0930",
        "Wed, 04 Mar 2026 09:00:00 +05:30", "Sat, 07 Mar 2026 09:00:00 UTC", "Tue, 03 Mar 2026 09:00:00 PDT",
    ],
)  # fmt: skip
def test_usual_dates_are_those_of_feedparser(text: str) -> None:
    """RFC 822 and ISO 8601, in UTC."""
    expected = _parse_date(text)
    assert parsed_date(text) == (expected and tuple(expected[:6]))


@settings(max_examples=300)
@given(st.text("0123456789-:TZ+ .,MarWedGST", max_size=32))
def test_no_date_is_read_in_another_way(text: str) -> None:
    """A date is doubtful, or it is the one that feedparser finds."""
    try:
        found = parsed_date(text)
    except Doubt:
        return
    expected = _parse_date(text)
    assert found == (expected and tuple(expected[:6]))

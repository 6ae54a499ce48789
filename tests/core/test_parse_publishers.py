"""Common faults in publishers' feeds are read as intended."""

from __future__ import annotations

import json
import time

import pytest
from documents import NOW, URL, atom, feed_of, item_of, rss

from monitor.polling.parsing import forms
from monitor.polling.parsing.form import Form, root_element
from monitor.polling.parsing.forms import parse_text
from monitor.polling.parsing.parsed_feed import FeedFacts, ParsedFeed
from monitor.polling.parsing.sanitise import MAX_DEPTH, Sanitiser
from monitor.text.words import plain
from storage.model import Publication

SITE = "<link>https://site.example/</link>"


@pytest.mark.parametrize("text", ["some text", "some <b>bold</b> text " * 20])
def test_escaped_cdata_marks_are_dropped(text: str) -> None:
    """If a publisher escaped its CDATA marks, the words between them are the text."""
    escaped = f"<![CDATA[{text}]]>".replace("<", "&lt;").replace(">", "&gt;")
    item = item_of(f"<title>{escaped}</title><link>{escaped}</link><description>{escaped}</description>")
    words = " ".join(plain(text).split())
    assert plain(item.summary) == item.title == words


def test_escaped_cdata_marks_of_a_json_feed_are_dropped() -> None:
    """JSON feeds are treated alike."""
    item = {"id": "1", "title": "A", "content_html": "<![CDATA[<p>some text</p>]]>"}
    [read] = feed_of(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]})).items
    assert read.summary == "<p>some text</p>"


DESCRIPTION = "<description>The description</description>"
BODY = "<content:encoded>The whole body</content:encoded>"


@pytest.mark.parametrize(
    "other",
    [
        "<media:content url='https://i.example/a.jpg'><media:description>A caption of a picture</media:description></media:content>",
        "<media:description>A caption of a picture</media:description>",
        "<itunes:summary>Short</itunes:summary>",
        "<dc:description>Short</dc:description>",
        "<image><url>https://i.example/a.jpg</url><title>P</title><description>A caption</description></image>",
        "<author><name>A. Writer</name><description>About the writer</description></author>",
        "<thumbnail><description>A caption</description></thumbnail>",
    ],
)
@pytest.mark.parametrize("order", ["dbo", "odb", "dob", "bdo", "obd"])
def test_summary_and_content_are_the_items_own(other: str, order: str) -> None:
    """A caption or a podcast's summary never replaces them, in any order of elements."""
    parts = {"d": DESCRIPTION, "b": BODY, "o": other}
    item = item_of("<title>T</title>" + "".join(parts[one] for one in order))
    assert (item.summary, item.content) == ("The description", "The whole body")


def test_a_caption_is_the_summary_of_an_item_that_has_no_other_text() -> None:
    """A video's description is only in its media group, a picture's only in its image."""
    for caption in (
        "<media:group><media:description>About it</media:description></media:group>",
        "<image><description>About it</description></image>",
    ):
        item = item_of(f"<title>T</title>{caption}")
        assert (item.summary, item.content) == ("About it", "")


def test_unescaped_ampersands_are_kept() -> None:
    """`&lang` and `&copy` in a link are no characters, and no semicolon is added to a title."""
    link = "https://s.example/?a=1&lang=en&section=3&times=2&copy=4"
    item = item_of(f"<title>R&D at AT&T: Q&A, S&P 500</title><link>{link}</link>")
    assert (item.title, item.url) == ("R&D at AT&T: Q&A, S&P 500", link)
    [entry] = feed_of(atom(f"<title>R&D</title><link href='{link}'/>")).items
    assert (entry.title, entry.url) == ("R&D", link)
    assert item_of(f"<title>A</title><link><![CDATA[{link}]]></link>").url == link


@pytest.mark.parametrize("rel", ["enclosure", "self", "related", "replies"])
def test_only_an_alternate_is_the_link_of_an_entry(rel: str) -> None:
    """A picture whose URL is given as text is not the article."""
    alternate = "<link rel='alternate' href='https://s.example/x'/>"
    other = f"<link rel='{rel}'>https://img.example/a.jpg</link>"
    for links in (alternate + other, other + alternate):
        [entry] = feed_of(atom(f"<title>T</title><id>x</id>{links}")).items
        assert entry.url == "https://s.example/x"


def test_relative_links_of_a_feed_served_elsewhere_are_the_sites() -> None:
    """If a service or a CDN serves the feed, links are relative to the site that its channel names."""
    text = "&lt;a href='/c'&gt;c&lt;/a&gt;"
    [item] = feed_of(rss(f"<link>/blog/one</link><description>{text}</description>", channel=SITE)).items
    assert (item.url, item.summary) == (
        "https://site.example/blog/one",
        '<a href="https://site.example/c">c</a>',
    )
    [entry] = feed_of(atom("<link href='/blog/two'/>", feed="<link href='https://site.example/'/>")).items
    assert entry.url == "https://site.example/blog/two"
    own = "<link>https://news.example/</link>"
    [item] = feed_of(rss("<link>one</link>", channel=own)).items
    assert item.url == "https://news.example/feeds/one"


@pytest.mark.parametrize(
    "ident", ["104512", "/News 2026-11-20 no 4", "www.s.example/p", "tag:s.example,2026:1"]
)
def test_an_id_that_is_no_url_is_no_link(ident: str) -> None:
    """No address on the feed's host is made from it."""
    assert item_of(f"<title>T</title><guid>{ident}</guid>").url is None
    [entry] = feed_of(atom(f"<title>T</title><id>{ident}</id>")).items
    assert entry.url is None
    assert item_of("<title>T</title><guid>https://s.example/p</guid>").url == "https://s.example/p"


@pytest.mark.parametrize(
    "title",
    [
        "How the <img> element loads",
        "Why <br> and <hr> matter",
        "The </p> that nobody opened",
        "a < b & c > d",
    ],
)
def test_tags_in_plain_titles_are_words(title: str) -> None:
    """Atom marks titles as text, and in a JSON Feed every title is text."""
    escaped = title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    entry = f"<title type='text'>{escaped}</title><summary>{escaped}</summary>"
    [found] = feed_of(atom(entry)).items
    assert (found.title, plain(found.summary)) == (title, title)
    item = {"id": "1", "title": title, "content_text": title}
    [found] = feed_of(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]})).items
    assert (found.title, plain(found.summary)) == (title, title)


@pytest.mark.parametrize("version", ["http://jsonfeed.org/version/1", "https://www.jsonfeed.org/version/1.1"])
def test_a_json_feeds_version_may_be_written_otherwise(version: str) -> None:
    """The version URL may start with `http`, as some programs write it."""
    assert len(feed_of(json.dumps({"version": version, "items": [{"id": "1", "title": "T"}]})).items) == 1


@pytest.mark.parametrize(
    ("label", "codec"),
    [("x-sjis", "cp932"), ("x-gbk", "gbk"), ("windows-874", "cp874"), ("x-cp1251", "cp1251"), ("dos-874", "cp874"), ("sun_eu_greek", "iso8859-7"), ("x-mac-cyrillic", "mac-cyrillic"), ("x-euc-jp", "euc-jp")],
)  # fmt: skip
def test_charset_labels_of_the_web_are_known(label: str, codec: str) -> None:
    """Labels that browsers know and Python does not are accepted (WHATWG Encoding)."""
    text = {"cp874": "ข่าว", "cp1251": "новости", "mac-cyrillic": "новости", "iso8859-7": "νέα"}.get(
        codec, "日本"
    )
    body = f"<?xml version='1.0' encoding='{label}'?>{rss(f'<title>{text}</title>')}".encode(codec)
    assert feed_of(body).items[0].title == text


@pytest.mark.parametrize("piece", ["<ul><li>", "<div>", "<blockquote><p>", "<b><i>", "<table><tr><td>"])
def test_deep_nesting_is_flattened(piece: str) -> None:
    """Later processing takes a moment, and no word is lost."""
    markup = piece * (119_000 // len(piece)) + "last words"
    started = time.process_time()
    cleaned = Sanitiser(URL).fragment(markup)
    assert plain(cleaned).endswith("last words")
    assert time.process_time() - started < 1
    assert len(cleaned) < 8 * len(markup)


def test_very_many_declarations_take_no_longer_than_as_much_text() -> None:
    """They are dropped in one pass, and the feed after them is read."""
    body = "<!DOCTYPE a>" * 200_000 + rss("<title>T</title>")
    started = time.process_time()
    assert feed_of(body).facts.title == "Daily"
    assert time.process_time() - started < 20  # a pass for each takes minutes; coverage is measured, too


def test_ordinary_nesting_is_kept() -> None:
    """A table in a list in a quotation, a hundred times one after the other."""
    one = "<blockquote><ul><li><table><tbody><tr><td>x</td></tr></tbody></table></li></ul></blockquote>"
    assert Sanitiser(URL).fragment(one * MAX_DEPTH) == one * MAX_DEPTH


def test_a_new_form_of_feed_is_one_value_in_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its recogniser gets the beginning of the document, and its reader returns the feed."""

    def read(text: str, **_: object) -> ParsedFeed:
        return ParsedFeed(facts=FeedFacts(title="Made up"), items=(Publication(title=text[-12:-8]),))

    made_up = Form(name="made up", recognises=lambda text: root_element(text) == "roster", read=read)
    monkeypatch.setattr(forms, "FORMS", (made_up, *forms.FORMS))
    document = "<?xml version='1.0'?><!-- a --><n:roster xmlns:n='urn:x'>word</roster>"
    found = parse_text(document, url=URL, now=NOW)
    assert isinstance(found, ParsedFeed)
    assert found.facts.title == "Made up"
    assert feed_of(rss("<title>T</title>")).facts.title == "Daily"

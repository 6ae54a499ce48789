"""Subscription lists as other programs export them."""

import pytest

from monitor.config.lists.opml import LeftOut, OpmlError, read_opml
from monitor.config.lists.opml_editor import without_outline
from monitor.polling.http.address import normalise

TIDY = b"""<?xml version="1.0"?>
<opml version="2.0"><head><title>Mine</title></head><body>
  <outline text="Tech">
    <outline text="Press">
      <outline type="rss" text="short" title="A &amp; B" xmlUrl="https://a.example/feed" category="/Law/AI,eu"/>
    </outline>
    <outline type="link" text="a page" url="https://page.example/"/>
    <outline type="rss" text="two
      lines" url=" https://b.example/rss "/>
  </outline>
  <outline xmlURL="https://c.example/"/>
  <outline text="empty" xmlUrl=""/>
</body></opml>
"""


def test_folders_and_categories_become_tags():
    """Nested folders and categories become tags; title beats text; both spellings of xmlUrl work; lines are kept."""
    listed = read_opml(TIDY)
    a, b, c = listed.feeds
    assert (a.url, a.title, a.tags, a.line) == (
        "https://a.example/feed",
        "A & B",
        ("Tech", "Press", "Law", "AI", "eu"),
        5,
    )
    assert (b.url, b.title, b.tags, b.line) == ("https://b.example/rss", "two lines", ("Tech",), 8)
    assert (c.url, c.title, c.tags) == ("https://c.example/", "", ())
    assert listed.left_out == (LeftOut(line=12, reason="the feed 'empty' has an empty xmlUrl"),)


@pytest.mark.parametrize(
    "declaration",
    [b"\n\n<?xml version='1.0'?>", b'\n\n<?xml version="1.0" encoding="UTF-8"?>', b"\n\n"],
)
@pytest.mark.parametrize(
    "outline",
    [
        b'<outline text="R&D, AT&amp;T" xmlUrl="https://x.example/?a=1&b=2"/>',
        b'<outline text="a "quoted" word" xmlUrl="https://x.example/?a=1&amp;b=2"/>',
        b'<outline description="<a href="https://y.example/" rel="me">Y</a>." xmlUrl="https://x.example/?a=1&amp;b=2"/>',
        b"<outline text='R&D' xmlUrl='https://x.example/?a=1&b=2'/>",
        b'<outline text="&bogus; &#0;" xmlUrl="https://x.example/?a=1&b=2"/>',
        b'<outline text="bell \x07" xmlUrl="https://x.example/?a=1&amp;b=2"/>',
    ],
)
def test_unescaped_characters_are_read(declaration, outline):
    """Unescaped ampersands, quotes, tags and control characters inside attributes lose no feed."""
    (feed,) = read_opml(declaration + b"<opml><body>" + outline + b"</body></opml>").feeds
    assert feed.url == "https://x.example/?a=1&b=2"
    assert feed.line == 3


def test_a_list_with_a_namespace_is_read():
    """Neither a default namespace nor attributes of another one hide the outlines."""
    outline = b'<outline f:unread="3" text="A" xmlUrl="https://a.example/feed"/>'
    body = b'<opml xmlns="http://opml.org/spec2" xmlns:f="urn:f"><body>' + outline + b"</body></opml>"
    assert [feed.url for feed in read_opml(body).feeds] == ["https://a.example/feed"]


def test_the_first_broken_line_is_named():
    """A list that cannot be repaired is refused with the line of the first error."""
    with pytest.raises(OpmlError) as broken:
        read_opml(b"\n<opml>\n<body>\n<outline></body></opml>")
    assert broken.value.line == 4


@pytest.mark.parametrize("body", [b"", b"<html/>", b"\xff\xfe\x00"])
def test_other_files_are_refused(body):
    """Empty, foreign and unreadable files each give one error."""
    with pytest.raises(OpmlError):
        read_opml(body)


@pytest.mark.parametrize(
    ("label", "encoding"),
    [("utf-16", "utf-16"), ("utf-16", "utf-8"), ("iso-8859-1", "cp1252"), ("x", "utf-8")],
)
def test_the_bytes_of_a_list_decide_its_encoding(label, encoding):
    """A declaration that contradicts the bytes loses no feed and no accented letter."""
    text = f'<?xml version="1.0" encoding="{label}"?><opml><outline text="Caf\u00e9" xmlUrl="u"/></opml>'
    (feed,) = read_opml(text.encode(encoding)).feeds
    assert feed.title == "Caf\u00e9"


def test_entities_of_html_become_their_characters():
    """`&eacute;` becomes an accented letter, and line numbers stay correct."""
    outline = b'<opml>\n<outline text="Caf&eacute; &amp; R&D&nbsp;lab" xmlUrl="u"/></opml>'
    (feed,) = read_opml(b'<?xml version="1.0" encoding="UTF-8"?>\n' + outline).feeds
    assert (feed.title, feed.line) == ("Caf\u00e9 & R&D lab", 3)


def test_an_address_is_no_title():
    """A title equal to the feed's URL counts as no title."""
    (feed,) = read_opml(b'<opml><outline text="https://x.example" xmlUrl="https://x.example/"/></opml>').feeds
    assert feed.title == ""


def test_a_feed_without_an_address_is_left_out_with_its_line():
    """An outline of a feed's type without xmlUrl is named, unless it is a folder of others."""
    listed = read_opml(
        b'<opml>\n<outline type="rss" text="lost"/>\n'
        b'<outline type="rss" text="F"><outline xmlUrl="https://x.example/"/></outline></opml>'
    )
    assert listed.left_out == (LeftOut(line=2, reason="the feed 'lost' has no xmlUrl"),)
    assert [feed.tags for feed in listed.feeds] == [("F",)]


@pytest.mark.parametrize("url", ["https://a.example/", "https://b.example/", "https://c.example/"])
def test_an_outline_is_taken_out_of_a_list(url):
    """Every other feed and byte stays, whichever way the element is closed."""
    body = (
        b'\n<?xml version="1.0"?>\r\n<opml><body><!-- <mine> -->\r\n'
        b'  <outline text="A" xmlUrl="https://a.example/"/>\r\n<outline text="F">'
        b'<outline text="B>" xmlUrl="https://b.example/"></outline><outline xmlUrl="https://c.example"/></outline>\r\n'
        b"</body></opml>"
    )
    edited = without_outline(body, url)
    assert edited is not None
    left = {normalise(feed.url) for feed in read_opml(body).feeds} - {url}
    assert [normalise(feed.url) for feed in read_opml(edited).feeds] == sorted(left)
    assert len(body) - len(edited) < 60
    assert without_outline(edited, url) is None


def test_no_declared_entity_is_expanded():
    """A list with entity declarations is refused before anything is expanded."""
    laughs = b"".join(b'<!ENTITY a%d "&a%d;&a%d;">' % (n + 1, n, n) for n in range(64))
    bomb = (
        b'<!DOCTYPE opml [<!ENTITY a0 "ha">' + laughs + b']><opml><outline text="&a64;" xmlUrl="u"/></opml>'
    )
    with pytest.raises(OpmlError, match="DOCTYPE"):
        read_opml(bomb)


def test_deep_nesting_is_read():
    """Ten thousand nested folders are read without recursion."""
    deep = 10_000
    (feed,) = read_opml(
        b"<opml>" + b"<outline>" * deep + b'<outline xmlUrl="u"/>' + b"</outline>" * deep + b"</opml>"
    ).feeds
    assert feed.url == "u"


def test_terminal_escapes_do_not_enter_titles():
    """Titles and folders are cleaned of escape sequences when the list is read."""
    (feed,) = read_opml('<opml><outline text="a\u202eb\u200bc&#x9b;d" xmlUrl="u"/></opml>'.encode()).feeds
    assert feed.title == "abcd"

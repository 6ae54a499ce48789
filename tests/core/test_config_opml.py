"""Subscription lists as other programs export them."""

import pytest

from monitor.config.lists.opml import OpmlError, read_opml

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
    """Nested outlines, titles before texts, either spelling of the address, with the line of each."""
    a, b, c, empty = read_opml(TIDY)
    assert (a.url, a.title, a.tags, a.line) == (
        "https://a.example/feed",
        "A & B",
        ("Tech", "Press", "Law", "AI", "eu"),
        5,
    )
    assert (b.url, b.title, b.tags, b.line) == ("https://b.example/rss", "two lines", ("Tech",), 8)
    assert (c.url, c.title, c.tags) == ("https://c.example/", "", ())
    assert (empty.url, empty.line) == ("", 12)


@pytest.mark.parametrize(
    "outline",
    [
        b'<outline text="R&D, AT&amp;T" xmlUrl="https://x.example/?a=1&b=2"/>',
        b'<outline text="a "quoted" word" xmlUrl="https://x.example/?a=1&amp;b=2"/>',
        b'<outline description="<a href="https://y.example/" rel="me">Y</a>." xmlUrl="https://x.example/?a=1&amp;b=2"/>',
        b'<outline text="bell \x07" xmlUrl="https://x.example/?a=1&amp;b=2"/>',
    ],
)
def test_what_exporters_forget_to_escape_is_read(outline):
    """Bare ampersands, quotes, tags and control characters inside attributes cost no feed."""
    (feed,) = read_opml(b"\n\n<?xml version='1.0'?><opml><body>" + outline + b"</body></opml>")
    assert feed.url == "https://x.example/?a=1&b=2"
    assert feed.line == 3


def test_the_first_broken_line_is_named():
    """A list that cannot be mended says where it breaks."""
    with pytest.raises(OpmlError) as broken:
        read_opml(b"\n<opml>\n<body>\n<outline></body></opml>")
    assert broken.value.line == 4


@pytest.mark.parametrize(
    "body", [b"", b"<html/>", b"\xff\xfe\x00", b'<?xml version="1.0" encoding="punycode"?><opml/>']
)
def test_what_is_no_list(body):
    """Empty, foreign and unreadable files are one error."""
    with pytest.raises(OpmlError):
        read_opml(body)


def test_no_declared_entity_is_expanded():
    """A bomb is refused before it grows."""
    laughs = b"".join(b'<!ENTITY a%d "&a%d;&a%d;">' % (n + 1, n, n) for n in range(64))
    bomb = (
        b'<!DOCTYPE opml [<!ENTITY a0 "ha">' + laughs + b']><opml><outline text="&a64;" xmlUrl="u"/></opml>'
    )
    with pytest.raises(OpmlError, match="DOCTYPE"):
        read_opml(bomb)


def test_deep_nesting_is_only_deep():
    """Ten thousand folders in each other are read without recursion."""
    deep = 10_000
    (feed,) = read_opml(
        b"<opml>" + b"<outline>" * deep + b'<outline xmlUrl="u"/>' + b"</outline>" * deep + b"</opml>"
    )
    assert feed.url == "u"


def test_terminal_escapes_do_not_enter_titles():
    """What a list says is cleaned before anybody prints it."""
    (feed,) = read_opml('<opml><outline text="a\u202eb\u200bc&#x9b;d" xmlUrl="u"/></opml>'.encode())
    assert feed.title == "abcd"

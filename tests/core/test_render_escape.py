"""Text from feeds is made safe in lines, headers, chats and links (R15 to R18)."""

from __future__ import annotations

import unicodedata
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.render.formats.escape import MAX_LINK, chat, clip, header, host, link, one_line, plain, titled
from alerts.render.formats.markdown import escape

ANYTHING = st.text(st.characters(), max_size=60)  # lone surrogates too
NASTY = st.text(
    st.sampled_from("=?qb\r\n\t\x00\x1b\x85\u2028\u202e\u200b\ufeff\ud800\uffff\U000e0041@<>[]*_`a :/\\"),
    max_size=40,
)


@given(ANYTHING | NASTY)
@settings(max_examples=60)
def test_a_line_is_one_visible_line_of_utf8(text: str) -> None:
    """No control, bidi or other invisible character is left, and cleaning is idempotent."""
    line = one_line(text)
    assert one_line(line) == line
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in line)
    assert line == line.strip()
    line.encode()


@given(ANYTHING | NASTY)
@settings(max_examples=60)
def test_a_header_holds_no_encoded_word(text: str) -> None:
    """A header holds nothing that a mail library could decode."""
    assert "=?" not in header(text)


@given(ANYTHING | NASTY)
@settings(max_examples=60)
def test_a_chat_line_mentions_nobody_and_marks_up_nothing(text: str) -> None:
    """Characters of mentions and markup are replaced by similar ones without effect."""
    assert not set(chat(text)) & set("<>`*|[]\\")
    assert "@everyone" not in chat(text + "@everyone")


@given(
    ANYTHING
    | NASTY
    | st.from_regex(r"(https?|javascript|mailto):/{0,3}[a-z@:.\\%\[\]0-9]{0,20}", fullmatch=True)
)
@settings(max_examples=120)
def test_a_link_leads_where_it_says(text: str) -> None:
    """A link has an allowed scheme, a host, no credentials and no invisible character; cleaning is idempotent."""
    url = link(text)
    if url is None:
        return
    parts = urlsplit(url)
    assert parts.scheme in {"http", "https", "mailto"}
    assert parts.scheme == "mailto" or (parts.hostname and "@" not in parts.netloc)
    assert not set(url) & set("\"'<>` ")
    assert one_line(url) == url
    assert link(url) == url
    assert len(url.encode()) <= MAX_LINK


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\nb\x85c\u2028d\u2029e\x0bf", "a b c d e f"),
        ("abc\u202edef\u2066g\u200bh\ufeffi\u00adj\u2060k", "abcdefghijk"),
        ("red \x1b[31malert\x07\x9b2J", "red [31malert 2J"),
        ("\ud83d lone", "\ufffd lone"),
        ("\ufffe\uffff", "\ufffd\ufffd"),
        ("tag\U000e0041\U000e0042 smuggled\ufe00", "tag smuggled"),
        ("blank\u3164\u2800filler", "blankfiller"),
        ("  plain  übung 北京  ", "plain übung 北京"),
    ],
)
def test_a_line_keeps_letters_and_loses_controls(text: str, shown: str) -> None:
    """Line breaks become blanks, invisible characters are removed, letters of every script stay."""
    assert one_line(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "=?utf-8?q?=0d=0aBcc:_v@x?=",
        "=\u200b?utf-8?b?QQ==?=",
        "==??utf-8?q?x?=",
        "=\r\n?utf-8?q?x?=",
        "=\U000e0001?x?q?y?=",
    ],
)
def test_encoded_words_are_broken_also_when_hidden(text: str) -> None:
    """An encoded-word that appears only after invisible characters are removed is broken too."""
    assert "=?" not in header(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@everyone look", "\uff20everyone look"),
        (
            "<!channel> <@U1> <https://x.example|click>",
            "\u2039!channel\u203a \u2039\uff20U1\u203a \u2039https://x.example\u00a6click\u203a",
        ),
        ("**bold** `code` ~gone~", "\u2217\u2217bold\u2217\u2217 \u02cbcode\u02cb \u223cgone\u223c"),
        ("[click](http://x.example)", "\uff3bclick\uff3d(http://x.example)"),
        ("mail at 5 @ noon", "mail at 5 @ noon"),
    ],
)
def test_chat_markup_is_inert(text: str, shown: str) -> None:
    """Mass mentions and links of every service become words (R18)."""
    assert chat(text) == shown


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("https://news.example/a?b=c&d#e", "https://news.example/a?b=c&d#e"),
        ("https://news.example/?", "https://news.example/?"),
        ("HTTPS://News.Example/A", "HTTPS://News.Example/A"),
        ("https://bank.example@evil.example/", "https://evil.example/"),
        ("https://user:secret@news.example:8443/x", "https://news.example:8443/x"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/ü"),
        ("https://news.example/a b\u202e\u200b", "https://news.example/a%20b%E2%80%AE%E2%80%8B"),
        ("https://news.example/a\ue000\u0378", "https://news.example/a%EE%80%80%CD%B8"),
        ('https://news.example/"onclick="x', "https://news.example/%22onclick=%22x"),
        ("https://[2001:db8::1]:8080/", "https://[2001:db8::1]:8080/"),
        ("mailto:desk@news.example", "mailto:desk@news.example"),
        ("javascript:alert(1)", None),
        ("\x01javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("//news.example/x", None),
        ("https:///news.example", None),
        ("https://good.example\\@evil.example/", None),
        ("https://evil.example:99999/", None),
        ("https://news.example/" + "x" * 3000, None),
        ("", None),
        (None, None),
    ],
)
def test_only_safe_links_are_kept(url: str | None, checked: str | None) -> None:
    """Only http, https and mailto without credentials are kept, with the host in DNS form (R15, R17)."""
    assert link(url) == checked


def test_the_host_shown_is_the_host_dialled() -> None:
    """The host shown is the part after the at sign, in ASCII."""
    assert host("https://www.bank.example@xn--e1afmkfd.example/") == "xn--e1afmkfd.example"
    assert host("https://www.news.example/") == "news.example"
    assert host("javascript:x") == ""


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>Two<br>Three</p>", "One Two Three"),
        ("a <b>bold</b> &amp; <i>brave</i> new&nbsp;world", "a bold & brave new world"),
        ("x<script>alert(1)</script><style>p{}</style>y", "xy"),
        ('<svg><a xlink:href="javascript:x">t</a></svg> after', "after"),
        ("5 < 6 and 7 > 2", "5 < 6 and 7 > 2"),
        ("no markup\n at all", "no markup at all"),
        ("<b>\ud800</b>", "?"),
    ],
)
def test_markup_becomes_text(markup: str, text: str) -> None:
    """Summaries are shown as their text alone."""
    assert plain(markup) == text


@given(st.text(max_size=50), st.integers(min_value=2, max_value=30))
@settings(max_examples=50)
def test_a_clipped_text_fits(text: str, limit: int) -> None:
    """Clipping keeps the limit and says where it cut."""
    assert len(clip(text, limit)) <= limit
    assert clip(text, limit) == text or clip(text, limit).endswith("…")


@pytest.mark.parametrize(
    "text", ["1. not a list", "- nor this", "# nor a heading", "*x* _y_ `z` [a](b) <b> @all"]
)
def test_markdown_shows_text_as_it_is(text: str) -> None:
    """Every character that could be markup is escaped."""
    assert escape(text).replace("\\", "").replace("\uff20", "@") == text
    assert escape(text) != text


def test_a_title_without_visible_characters_is_untitled() -> None:
    """Lists show words where a title is empty, as a blank cell or link would be."""
    assert titled(" \u202e\u200b ") == "(untitled)"
    assert titled("A  harbour\nopens") == "A harbour opens"

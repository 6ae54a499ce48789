"""Hostile texts for every field of a feed, and checks that they were made harmless (R15 to R18)."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from hypothesis import strategies as st

HOSTILE = {
    "escape": "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J \x08\x7f",
    "bidi": "invoice\u202egnp.exe \u2066\u2067\u200b\u200e\ufeff\u00ad",
    "lines": "a\r\nb\x0bc\x0cd\x85e\u2028f\u2029g\x00h\x1ci",
    "surrogate": "lone \ud800 \udfff \ufffe \uffff \U0001ffff",
    "smuggled": "tag\U000e0041\U000e0042\u3164\u2800\ufe00",
    "combined": "z" + "\u0301" * 400,
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)><iframe src='//evil.example'>",
    "attribute": "\"' onmouseover=alert(1) x='\"><svg onload=alert(1)><a href=javascript:alert(1)>x</a>",
    "entities": "&#x202e;&lt;script&gt;alert(1)&lt;/script&gt;&#1;&#x9b;&nbsp;&amp;lt;",
    "template": "{{ 7 * 7 }}{% include '/etc/passwd' %}${7*7}#{7*7}",
    "markdown": "[click](javascript:alert(1)) ![x](https://evil.example/p.png) **b** _i_ `c` ~~s~~ > q",
    "block": "# heading\n- list\n```\n| a | b |\n1. one",
    "mention": "@everyone @here @channel <!channel> <!here|x> <@U1> <@&1> <#C1> <https://evil.example|x> @all",
    "header": "x\r\nBcc: victim@x.example\r\nContent-Type: text/html\r\n\r\n<b>y</b>",
    "encoded": "=?utf-8?q?=0d=0aBcc:_victim@x.example?= =\u200b?utf-8?b?QmNj?=",
    "smtp": "x\r\n.\r\nMAIL FROM:<x@evil.example>",
    "atom": "]]></content></entry><entry><id>urn:x</id><title>planted</title></entry><!--",
    "json": '"},"type":"story.new","url":"javascript:alert(1)',
    "shell": "$(reboot); `reboot` | rm -rf / & 'x' \\",
    "sql": "'; DROP TABLE items; -- %s %(x)s {0} {x}",
    "long": "x" * 9_000,
    "wide": "\u6f22" * 4_000,
    "empty": "",
    "blank": " \t\n\u00a0\u3000",
}
LINKS = (
    "javascript:alert(1)",
    "\x01javascript:alert(1)",
    "java\nscript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "https://bank.example@evil.example/",
    "https://user:secret@news.example/",
    "https://good.example\\@evil.example/",
    "https://\u0430\u0440\u0440\u04cf\u0435.example/",
    "https://news.example/\u202egnp.exe\x1b[2J",
    "https://news.example/'\"><script>alert(1)</script>",
    "https://news.example/) [x](javascript:alert(1)",
    "https://news.example/" + "x" * 5_000,
    "https://[::1",
    "//news.example/x",
)
# Pieces of the above and whatever else there is, in any order: what the table did not think of.
TEXTS = st.lists(
    st.sampled_from(
        ["=?utf-8?q?", "?=", "@here", "<!channel>", "](javascript:", "<b ", "&#", "&lt;", "]]>", "{{", "```"]
    )
    | st.text(st.characters(), max_size=8)  # lone surrogates too
    | st.text(
        "\r\n\t\x00\x07\x1b\x85\x9b\u2028\u202e\u2066\u200b\ufeff\u00ad@<>[]()*_`|:;/\\'\"= ", max_size=6
    )
    | st.sampled_from("x\u6f22\u0301").map(lambda letter: letter * 700),
    max_size=8,
).map("".join)
URLS = st.sampled_from(LINKS) | st.builds("{}{}".format, st.sampled_from(LINKS), TEXTS)
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
SCHEMES = {"http", "https", "mailto"}
MARKUP = re.compile(r"[<>`*~|\[\]\\]|@(?=\w)")


def assert_visible(text: str, *, also: str = "") -> None:
    """A text holds no control, escape, bidi or zero-width character and is valid UTF-8."""
    hidden = {c for c in text if unicodedata.category(c) in UNSEEN and c not in also}
    assert not hidden, f"{sorted(map(hex, map(ord, hidden)))} in {text[:200]!r}"
    text.encode()


def assert_link(url: str) -> None:
    """A link has an allowed scheme, the host that it shows, and no credentials."""
    parts = urlsplit(url)
    assert parts.scheme in SCHEMES, url
    assert "@" not in parts.netloc, url
    assert url.isprintable(), url
    assert parts.netloc.isascii(), url


class Elements(HTMLParser):
    """The elements, attributes, links and texts of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.texts: list[str] = []
        self._styles = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._styles += tag == "style"
        for name, value in attrs:
            self.attributes.add(name)
            assert "url(" not in (value or "") or name != "style"
            if name in {"href", "src", "action", "xlink:href"}:
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._styles -= tag == "style"

    def handle_data(self, data: str) -> None:
        if not self._styles:
            self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        del data
        self.tags.add("!--")


def elements(markup: str) -> Elements:
    found = Elements()
    found.feed(markup)
    found.close()
    return found


def assert_page(markup: str, *, like: str) -> None:
    """A page has only ordinary elements and attributes, and its links and texts are harmless."""
    found, ordinary = elements(markup), elements(like)
    assert found.tags <= ordinary.tags, found.tags - ordinary.tags
    # The direction of a script is an attribute of the element that contains it.
    assert found.attributes <= ordinary.attributes | {"dir"}, found.attributes - ordinary.attributes
    for url in found.links:
        assert_link(url)
    assert_visible("".join(found.texts), also="\n\xa0")


def strings(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every string of a JSON value with its key."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield "", key
            yield from strings(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner, name)


def assert_json(body: bytes) -> None:
    """Every string is visible, every address a link, and no raw angle bracket could end a script element."""
    assert b"<" not in body
    for name, text in strings(json.loads(body)):
        assert_visible(text)
        if name == "url":
            assert_link(text)


def assert_inert(text: str) -> None:
    """A chat message has no mentions and no markup; a line that is only a link is unchanged."""
    for line in text.split("\n"):
        assert_visible(line)
        if MARKUP.search(line):
            assert_link(line.strip())

"""Sanitises markup from feeds; everything that is stored passes here.

Allowed are a short list of text tags, links to http, https and mailto, and no attribute but `href`. Images are dropped:
they would be loaded from a foreign server when a mail is read.
"""

from __future__ import annotations

import html
import re
from typing import Literal
from urllib.parse import urljoin, urlsplit

import nh3

from monitor.polling.http.address import Target, ordinary_target, parse_target
from monitor.polling.parsing.repair import clean_text, without_cdata_marks
from monitor.text.words import clean_line, plain

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "cite", "code", "dd", "del", "div", "dl", "dt", "em", "figcaption", "h1",
    "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "small", "span",
    "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
Relative = Literal["deny"] | tuple[Literal["rewrite_with_base"], str]
_DROPPED_WHOLE = {
    "embed",
    "iframe",
    "math",
    "noscript",
    "object",
    "script",
    "style",
    "svg",
    "template",
    "textarea",
}
_MARKUP = re.compile(r"<[a-zA-Z!/?]|&[#\w]")
# Text that is markup in fact: it contains a closing or void HTML tag, or an entity.
_LOOKS_LIKE_HTML = re.compile(
    r"</(?:a|b|i|p|u|em|div|span|font|strong|su[bp]|ul|ol|li|h[1-6]|blockquote|td|svg|math|script|style|iframe)>"
    r"|<(?:br|p|img|hr)\b[^<>]{0,500}>|&(?:#\d{1,6}|#x[\da-f]{1,5}|[a-z]{2,8});",
    re.IGNORECASE,
)

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)\b[^<>]*>")
_NEVER_NESTED = frozenset(
    {
        "area",
        "br",
        "col",
        "dd",
        "dt",
        "hr",
        "img",
        "input",
        "li",
        "link",
        "meta",
        "option",
        "p",
        "source",
        "td",
        "th",
        "tr",
        "wbr",
    }
)

MAX_URL = 4_096  # characters of an item's link
MAX_DEPTH = 100  # of nested elements; HTML parsers take quadratic time, and real items nest up to 30


class Sanitiser:
    """Sanitises the fragments of one document; relative links are resolved against `base`."""

    def __init__(self, base: str) -> None:
        self._base = base
        relative: Relative = ("rewrite_with_base", base) if base else "deny"
        try:
            self._clean = _cleaner(relative)
        except ValueError:
            self._clean = _cleaner("deny")

    def fragment(self, markup: str) -> str:
        """Return an HTML fragment that is safe in any page or mail."""
        markup = without_cdata_marks(markup)
        if not _MARKUP.search(markup) and "<" not in markup and ">" not in markup:
            return clean_text(markup).strip()
        return clean_text(self._clean.clean(_flattened(markup))).strip()

    def text(self, text: str) -> str:
        """Return plain text as an HTML fragment; text that is certainly markup is treated as markup."""
        text = without_cdata_marks(text)
        if _has_element(text):
            return self.fragment(text)
        return html.escape(clean_text(html.unescape(text)).strip(), quote=False)

    def unlabelled(self, text: str) -> str:
        """Return a text that may be plain or markup as an HTML fragment."""
        return self.fragment(text) if looks_like_html(text) else self.text(text)

    def link(self, href: str | None) -> str | None:
        """Return an absolute http(s) URL as the publisher wrote it, without credentials, or None."""
        return absolute_link(href, self._base)


def absolute_link(href: str | None, base: str) -> str | None:
    """Return `href` resolved against `base` if the result is an http(s) URL, else None."""
    if not href or len(href) > MAX_URL:
        return None
    bare = clean_line(href).replace(" ", "%20")
    if ";" not in bare and ordinary_target(bare) is not None:  # `urljoin` may drop a semicolon
        return bare
    try:
        joined = urljoin(base, bare)
    except ValueError:
        return None
    target = parse_target(joined)
    if not isinstance(target, Target):
        return None
    fragment = joined.partition("#")[2]
    return f"{target.url}#{fragment}" if fragment else target.url


def link_base(url: str, site_url: str | None) -> str:
    """Return the base of relative links: the feed's URL, or its site if the feed is served by another host."""
    if site_url is None or urlsplit(site_url).hostname == urlsplit(url).hostname:
        return url
    return site_url


def looks_like_html(text: str) -> bool:
    """Whether text that claims to be plain contains HTML, as in many feeds."""
    return _LOOKS_LIKE_HTML.search(text) is not None


def title_of_markup(markup: str) -> str:
    """Return an HTML title as one plain line."""
    return clean_line(plain(markup))


def title_of_text(text: str) -> str:
    """Return a plain-text title as one plain line; complete elements and entities in it are treated as markup.

    An unclosed tag is part of the title's text: "How the <img> element loads".
    """
    return title_of_markup(text) if _has_element(text) else clean_line(html.unescape(text))


def title_of_unlabelled(text: str) -> str:
    """Return a title that may be plain or markup as one plain line."""
    return title_of_markup(text) if looks_like_html(text) else clean_line(text)


def _has_element(text: str) -> bool:
    """Whether text that claims to be plain contains an element: a tag followed by its closing tag."""
    if "</" not in text:
        return False
    opened: set[str] = set()
    for closing, name in _TAG.findall(text):
        if closing and name.lower() in opened:
            return True
        opened.add(name.lower())
    return False


def _flattened(markup: str) -> str:
    """Return markup without the tags of elements nested deeper than `MAX_DEPTH`; their text is kept."""
    if markup.count("<") <= MAX_DEPTH:
        return markup
    depth = 0

    def kept(tag: re.Match[str]) -> str:
        nonlocal depth
        if tag[2].lower() in _NEVER_NESTED or tag.group().endswith("/>"):
            return tag.group() if depth <= MAX_DEPTH else " "
        is_deep = depth > MAX_DEPTH if tag[1] else depth >= MAX_DEPTH
        depth = max(0, depth - 1) if tag[1] else depth + 1
        return " " if is_deep else tag.group()

    return _TAG.sub(kept, markup)


def _cleaner(relative: Relative) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        clean_content_tags=_DROPPED_WHOLE,
        attributes={"a": {"href"}},
        link_rel=None,
        url_schemes={"http", "https", "mailto"},
        url_relative=relative,
    )

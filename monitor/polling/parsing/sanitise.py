"""Markup from strangers, made harmless: nothing leaves the parse without passing here.

A short list of tags that carry text, links to http, https and mailto only, no attributes but `href`, no images
(they load from a stranger's server when a mail is read).
"""

from __future__ import annotations

import html
import re
from typing import Literal
from urllib.parse import urljoin

import nh3

from monitor.polling.http.address import Target, parse_target
from monitor.polling.parsing.repair import clean_text
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
# Text that is really markup: a closing or void tag of HTML, or an entity.
_LOOKS_LIKE_HTML = re.compile(
    r"</(?:a|b|i|p|u|em|div|span|font|strong|su[bp]|ul|ol|li|h[1-6]|blockquote|td|svg|math|script|style|iframe)>"
    r"|<(?:br|p|img|hr)\b[^<>]{0,500}>|&(?:#\d{1,6}|#x[\da-f]{1,5}|[a-z]{2,8});",
    re.IGNORECASE,
)

MAX_URL = 4_096  # characters of an item's link


class Sanitiser:
    """Cleans the fragments of one document; relative links are resolved against `base`."""

    def __init__(self, base: str) -> None:
        self._base = base
        relative: Relative = ("rewrite_with_base", base) if base else "deny"
        try:
            self._clean = _cleaner(relative)
        except ValueError:
            self._clean = _cleaner("deny")

    def fragment(self, markup: str) -> str:
        """Return an HTML fragment that may stand in any page or mail."""
        if not _MARKUP.search(markup) and "<" not in markup and ">" not in markup:
            return clean_text(markup).strip()
        return clean_text(self._clean.clean(markup)).strip()

    def text(self, text: str) -> str:
        """Return plain text as an HTML fragment; text that is plainly markup is read as such."""
        if looks_like_html(text):
            return self.fragment(text)
        return html.escape(clean_text(text).strip(), quote=False)

    def link(self, href: str | None) -> str | None:
        """Return an absolute http(s) URL as publishers wrote it, or None. Credentials in it are dropped."""
        return absolute_link(href, self._base)


def absolute_link(href: str | None, base: str) -> str | None:
    """Return `href` resolved against `base` if that is a URL one may follow, else None."""
    if not href or len(href) > MAX_URL:
        return None
    bare = clean_line(href).replace(" ", "%20")
    try:
        joined = urljoin(base, bare)
    except ValueError:
        return None
    target = parse_target(joined)
    if not isinstance(target, Target):
        return None
    fragment = joined.partition("#")[2]
    return f"{target.url}#{fragment}" if fragment else target.url


def looks_like_html(text: str) -> bool:
    """Whether text claims to be plain but holds HTML, as many feeds' do."""
    return _LOOKS_LIKE_HTML.search(text) is not None


def title_of_markup(markup: str) -> str:
    """Return a title that came as HTML as one plain line."""
    return clean_line(plain(markup))


def title_of_text(text: str) -> str:
    """Return a title that came as text as one plain line; markup that slipped into it is read as such."""
    return title_of_markup(text) if looks_like_html(text) else clean_line(text)


def _cleaner(relative: Relative) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        clean_content_tags=_DROPPED_WHOLE,
        attributes={"a": {"href"}},
        link_rel=None,
        url_schemes={"http", "https", "mailto"},
        url_relative=relative,
    )

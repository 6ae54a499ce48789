"""Withholds long texts and unused elements from the XML parser, which would spend most of its time on them.

    shortened = shorten(document)
    raw = feedparser.parse(shortened.document)  # holds marks in place of the texts
    text = shortened.restored(raw["entries"][0]["summary"])

Only text that is certainly the whole content of a plain element is replaced: one CDATA section, or characters without
tags. Of the unused elements (categories, comment counts) only whole plain ones are removed. Comments and other CDATA
sections are left alone. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LEAST = 64  # characters; a shorter text costs the parser no more than a mark
_MARK = "\ue000"  # a private-use character; a document that already contains it is not changed
_MARKED = re.compile(f"{_MARK}([0-9]{{1,9}}){_MARK}")
_FIRST_ITEM = re.compile(r"<(?:item|entry)[\s>]")
_TEXT = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<name>content:encoded|description|content|summary)"
    r"(?P<type>\s+type=(?:\"(?:text/)?(?:html|plain)\"|'(?:text/)?(?:html|plain)'))?\s*>"
    r"(?:\s*<!\[CDATA\[(?P<cdata>.*?)\]\]>\s*|(?P<escaped>[^<]+))</(?P=name)>"
    r"|<!\[CDATA\[.*?(?:\]\]>|\Z)"
    r"|<(?P<unread>category|dc:subject|slash:comments|wfw:commentRss)(?:\s[^<>]*?)?"
    r"(?:/>|>(?:<!\[CDATA\[(?:(?!\]\]>).)*\]\]>|[^<]*)</(?P=unread)>)",
    re.DOTALL,
)
_NUMBER = re.compile(r"&#(?:([0-9]{1,7})|[xX]([0-9A-Fa-f]{1,6}));")
_AMPERSAND = 38


@dataclass(frozen=True, slots=True)
class ShortenedDocument:
    """A document with marks in place of its long texts."""

    document: str
    texts: list[str]

    def restored(self, value: str) -> str:
        """Return a parsed value with its marks replaced by the texts."""
        if _MARK not in value:
            return value
        return _MARKED.sub(self._text, value)

    def _text(self, mark: re.Match[str]) -> str:
        number = int(mark.group(1))
        return self.texts[number] if number < len(self.texts) else ""


def shorten(document: str) -> ShortenedDocument:
    """Return a document with the long texts of its items replaced by marks."""
    first = _FIRST_ITEM.search(document)
    if first is None or _MARK in document:
        return ShortenedDocument(document, [])
    parts = [document[: first.start()]]
    texts: list[str] = []
    behind = first.start()
    for found in _TEXT.finditer(document, behind):
        if found.group("unread"):
            parts.append(document[behind : found.start()])
            behind = found.end()
            continue
        text = _text_in(found)
        if text is None:
            continue
        name, kind = found.group("name"), found.group("type") or ""
        parts.append(f"{document[behind : found.start()]}<{name}{kind}>{_MARK}{len(texts)}{_MARK}</{name}>")
        texts.append(text)
        behind = found.end()
    parts.append(document[behind:])
    return ShortenedDocument("".join(parts), texts)


def _text_in(found: re.Match[str]) -> str | None:
    """Return the text of an element as a parser would; None if it is not worth replacing."""
    if found.group("name") is None or found.end() - found.start() < LEAST:
        return None
    text = found.group("cdata")
    if text is None:
        text = _unescaped(found.group("escaped"))
    elif "]]>" in text:  # several sections with text between them
        return None
    return decoded_twice(text) if text.strip() else None


def _unescaped(text: str) -> str:
    """Replace XML's escapes, without unescaping the result again."""
    if "&" not in text:
        return text
    if "&#" in text:
        text = _NUMBER.sub(_character, text)
    for escape, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'")):
        text = text.replace(escape, character)
    return text.replace("&amp;", "&")


def _character(number: re.Match[str]) -> str:
    decimal, hexadecimal = number.groups()
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return "&amp;" if code == _AMPERSAND else chr(code)


def decoded_twice(text: str) -> str:
    """Repair UTF-8 that was decoded as Latin-1 and encoded again, as feedparser does."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text

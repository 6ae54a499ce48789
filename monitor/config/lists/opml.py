"""Reads OPML 1.0 to 2.0 subscription lists (http://opml.org/spec2.opml) as other programs export them."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]  # it ships no types
from defusedxml.ElementTree import ParseError, XMLParser  # type: ignore[import-untyped]  # it ships no types

from monitor.config.errors import BadValueError
from monitor.config.lists.one_line import one_line
from monitor.polling.http.address import normalise
from storage.model import FeedKind
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Callable

ENCODING = re.compile(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([^"'>]*)""")
FEED_TYPES = ("rss", "atom", FeedKind.SITEMAP, FeedKind.SITEMAP_INDEX)

_KINDS = {str(kind): kind for kind in (FeedKind.SITEMAP, FeedKind.SITEMAP_INDEX)}


@value
class Outline:
    """A feed of the list; `tags` are its folders and categories, `line` counts from 1.

    `kind` is None if the list does not state it; lists written by storywatch mark sitemaps.
    """

    url: str
    title: str
    tags: tuple[str, ...]
    line: int
    kind: FeedKind | None = None


@value
class LeftOut:
    """An entry that cannot be a subscription: its line, counted from 1, and the reason."""

    line: int
    reason: str


@value
class OpmlList:
    """The feeds of a list in order, and the entries that look like feeds and have no address."""

    feeds: tuple[Outline, ...]
    left_out: tuple[LeftOut, ...] = ()


class OpmlError(BadValueError):
    """A list that cannot be read; `line` is where the error is, None if it concerns the whole list."""

    def __init__(self, cause: str, remedy: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(cause, remedy)


def read_opml(body: bytes) -> OpmlList:
    """Return the feeds of a list; common mistakes of exporters are repaired, declared entities are never expanded.

    Raises:
        OpmlError: the list cannot be read, repaired or not.
    """
    label = ENCODING.match(body)
    if label is None or label[1].lower() == b"utf-8":  # as in nearly all lists
        with suppress(OpmlError, UnicodeDecodeError):
            return _outlines(body.decode("utf-8-sig"))
    return _repaired(body)


def _repaired(body: bytes) -> OpmlList:
    from monitor.config.lists.opml_repair import as_xml, repairs  # noqa: PLC0415  # few lists need it

    text = as_xml(body)
    try:
        return _outlines(text)
    except OpmlError as error:
        for repaired in repairs(text):
            try:
                return _outlines(repaired)
            except OpmlError:
                continue
        raise error from None


def _outlines(text: str) -> OpmlList:
    document = text.lstrip()  # a blank line before `<?xml` is common but not allowed in XML
    skipped = text[: len(text) - len(document)].count("\n")
    reader = _Reader()
    parser = XMLParser(target=reader, encoding="utf-8")  # whatever the text declares
    reader.line = lambda: skipped + parser.parser.CurrentLineNumber
    try:
        parser.feed(document.encode())
        parser.close()
    except ParseError as error:
        line, _ = error.position
        cause = f"the list is not XML ({str(error).partition(':')[0]})"
        raise OpmlError(cause, "export the list again or correct this line", skipped + line) from None
    except DefusedXmlException:
        raise OpmlError("the list declares entities", "remove its DOCTYPE") from None
    if not reader.is_opml:
        raise OpmlError("the list is not OPML: its root element is not <opml>", "name an OPML file")
    return OpmlList(feeds=tuple(reader.found), left_out=tuple(reader.left_out))


@dataclass(slots=True, kw_only=True)
class _Open:
    """An outline that is still open: its name as a folder, and why it is left out unless it contains outlines."""

    folder: str
    left_out: LeftOut | None = None


class _Reader:
    """Collects outlines; the outlines around a feed are its folders."""

    def __init__(self) -> None:
        self.found: list[Outline] = []
        self.left_out: list[LeftOut] = []
        self.line: Callable[[], int] = lambda: 1
        self.is_opml = False
        self.depth = 0
        self.open: list[_Open] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.depth == 0:
            self.is_opml = _local(tag) == "opml"
        self.depth += 1
        if _local(tag) == "outline":
            if self.open:
                self.open[-1].left_out = None  # it is a folder
            self._open({key.lower(): value for key, value in attributes.items()})

    def end(self, tag: str) -> None:
        self.depth -= 1
        if _local(tag) == "outline":
            left_out = self.open.pop().left_out
            if left_out is not None:
                self.left_out.append(left_out)

    def _open(self, given: dict[str, str]) -> None:
        title = one_line(given.get("title") or given.get("text") or "")
        is_feed = "xmlurl" in given or given.get("type", "").lower() in FEED_TYPES
        url = (given.get("xmlurl") or (given.get("url") if is_feed else None) or "").strip()
        if not url:
            self.open.append(
                _Open(folder=title, left_out=self._without_url(title, given) if is_feed else None)
            )
            return
        categories = re.split(r"[,/]", given.get("category", ""))
        named = (one_line(tag) for tag in (*(one.folder for one in self.open), *categories))
        tags = tuple(dict.fromkeys(tag for tag in named if tag))
        kind = _KINDS.get(given.get("type", "").lower())
        self.found.append(Outline(url=url, title=_title(title, url), tags=tags, line=self.line(), kind=kind))
        self.open.append(_Open(folder=""))  # a feed is not a folder

    def _without_url(self, title: str, given: dict[str, str]) -> LeftOut:
        reason = "has an empty xmlUrl" if "xmlurl" in given else "has no xmlUrl"
        return LeftOut(
            line=self.line(), reason=f"the feed {title!r} {reason}" if title else f"a feed {reason}"
        )


def _local(tag: str) -> str:
    """Return an element's name without its namespace, which some programs give to OPML."""
    return tag.rpartition("}")[2].lower()


def _title(written: str, url: str) -> str:
    """Return a feed's title, or an empty string if the title is just its address."""
    return "" if "://" in written and normalise(written) == normalise(url) else written

"""Reads OPML 1.0 to 2.0 subscription lists (http://opml.org/spec2.opml) as people export them: nested, tagged, untidy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]  # it ships no types
from defusedxml.ElementTree import ParseError, XMLParser  # type: ignore[import-untyped]  # it ships no types

from monitor.config.errors import BadValueError

if TYPE_CHECKING:
    from collections.abc import Callable

# Exporters forget to escape `&`, `<` and `"` in titles and descriptions: an attribute ends at the quote before the
# next one or before the tag's end. An entity that is one stays.
ATTRIBUTE = re.compile(
    rb"(\s[A-Za-z:_-]+=\")(.{0,10000}?)(\"(?=\s+[A-Za-z:_-]+=\"|\s*/?>\s*(?:<|$)))", re.DOTALL
)
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # not allowed in XML 1.0
BARE_AMPERSAND = re.compile(rb"&(?!(?:#[0-9]+|#[xX][0-9A-Fa-f]+|amp|lt|gt|quot|apos);)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A feed of the list; `tags` are its folders and categories, `line` counts from 1."""

    url: str
    title: str
    tags: tuple[str, ...]
    line: int


class OpmlError(BadValueError):
    """A list that cannot be read; `line` is where it breaks."""

    def __init__(self, cause: str, remedy: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(cause, remedy)


def read_opml(body: bytes) -> list[Outline]:
    """Return the feeds in order, those with an empty address too. Raises `OpmlError`; expands no declared entity."""
    try:
        return _outlines(body)
    except OpmlError as error:
        try:
            return _outlines(ATTRIBUTE.sub(_escaped, CONTROL.sub(b"", body)))
        except OpmlError:
            raise error from None


def _escaped(attribute: re.Match[bytes]) -> bytes:
    value = BARE_AMPERSAND.sub(b"&amp;", attribute[2]).replace(b"<", b"&lt;").replace(b'"', b"&quot;")
    return attribute[1] + value + attribute[3]


def _outlines(body: bytes) -> list[Outline]:
    document = body.lstrip()  # a blank line before `<?xml` is common and not XML
    skipped = body[: len(body) - len(document)].count(b"\n")
    reader = _Reader()
    parser = XMLParser(target=reader)
    reader.line = lambda: skipped + parser.parser.CurrentLineNumber
    try:
        parser.feed(document)
        parser.close()
    except ParseError as error:
        line, _ = error.position
        cause = f"is not XML ({str(error).partition(':')[0]})"
        raise OpmlError(cause, "export the list again or mend this line", skipped + line) from None
    except (DefusedXmlException, LookupError, ValueError) as error:
        raise OpmlError(f"is refused ({type(error).__name__})", "remove its DOCTYPE, declare UTF-8") from None
    if not reader.is_opml:
        raise OpmlError("is no OPML list: its root is not <opml>", "name an OPML file")
    return reader.found


class _Reader:
    """Collects outlines; what surrounds a feed is its folder."""

    def __init__(self) -> None:
        self.found: list[Outline] = []
        self.line: Callable[[], int] = lambda: 1
        self.is_opml = False
        self.depth = 0
        self.folders: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.depth == 0:
            self.is_opml = tag.lower() == "opml"
        self.depth += 1
        if tag.lower() == "outline":
            self._open({key.lower(): value for key, value in attributes.items()})

    def end(self, tag: str) -> None:
        self.depth -= 1
        if tag.lower() == "outline":
            self.folders.pop()

    def _open(self, given: dict[str, str]) -> None:
        title = one_line(given.get("title") or given.get("text") or "")
        url = given.get(
            "xmlurl", given.get("url") if given.get("type", "").lower() in ("rss", "atom") else None
        )
        if url is None:
            self.folders.append(title)
            return
        categories = re.split(r"[,/]", given.get("category", ""))
        named = (one_line(tag) for tag in (*self.folders, *categories))
        tags = tuple(dict.fromkeys(tag for tag in named if tag))
        self.found.append(Outline(url=url.strip(), title=title, tags=tags, line=self.line()))
        self.folders.append("")  # its end tag takes one away; a feed is no folder


def one_line(text: str) -> str:
    """Return the text in one line without characters that cannot be printed."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())

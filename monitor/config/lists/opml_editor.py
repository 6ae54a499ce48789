"""Removes a feed from an OPML file without changing any other byte."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from monitor.polling.http.address import normalise

EMPTY_END, CLOSING = b"/>", b"</"


def without_outline(body: bytes, url: str) -> bytes | None:
    """Return the list without the feed at a normalised URL, None if it does not contain it or cannot be edited.

    A list that is only read after repairs, or is not written in an encoding that contains ASCII, is not edited.
    """
    editor = _Editor(body=body, url=url)
    document = body.lstrip()  # a blank line before `<?xml` is common but not allowed in XML
    skipped = len(body) - len(document)
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda tag, given: editor.start(
        tag, given, skipped + parser.CurrentByteIndex
    )
    parser.EndElementHandler = lambda tag: editor.end(tag, skipped + parser.CurrentByteIndex)
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, LookupError, ValueError):
        return None
    for start, end in reversed(editor.spans):
        body = body[:start] + body[end:]
    return body if editor.spans else None


@dataclass(slots=True, kw_only=True)
class _Editor:
    """Collects the byte ranges of the outlines that name the feed."""

    body: bytes
    url: str
    spans: list[tuple[int, int]] = field(default_factory=list)
    _starts: list[tuple[int, bool]] = field(default_factory=list)

    def start(self, tag: str, given: dict[str, str], at: int) -> None:
        named = {key.lower(): value for key, value in given.items()}
        address = named.get("xmlurl") or named.get("url") or ""
        self._starts.append((at, tag.lower() == "outline" and normalise(address) == self.url))

    def end(self, tag: str, at: int) -> None:
        del tag
        start, is_meant = self._starts.pop()
        if is_meant and not any(start < inner for inner, _ in self.spans):
            self.spans.append(self._whole_lines(start, self._end(start, at)))

    def _end(self, start: int, at: int) -> int:
        """Return where an element ends: expat reports the end of `<a/>` but the start of `</a>`."""
        is_empty_tag = self.body[start:at].endswith(EMPTY_END) and self.body.count(b"<", start, at) == 1
        if is_empty_tag or not self.body.startswith(CLOSING, at):
            return at
        return self.body.index(b">", at) + 1

    def _whole_lines(self, start: int, end: int) -> tuple[int, int]:
        """Return the range, extended to the whole line if nothing else is on that line."""
        before = self.body.rfind(b"\n", 0, start) + 1
        after = self.body.find(b"\n", end) + 1 or len(self.body)
        alone = not self.body[before:start].strip() and not self.body[end:after].strip()
        return (before, after) if alone else (start, end)


def _refuse(*_: object) -> None:
    """Refuse a declared entity, whose expansion could be unbounded."""
    raise ValueError("the list declares entities")

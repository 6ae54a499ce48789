"""Finds where a document's items begin and end: `cut` always returns a result, `split` only a certain one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_TOKEN = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<(/?)(?:[\w.-]{1,32}:)?(?:item|entry)(?=[\s/>])[^>]*>",
    re.DOTALL,
)
_ROOT = re.compile(r"<(rss|feed|rdf:RDF|urlset)\b[^<>]*>")
_CLOSING_OF = {"feed": "</entry>", "urlset": "</url>"}  # the others have items
_BEHIND_NAME = (">", " ", "\n", "\t", "\r")
_PAIRED = (("<![CDATA[", "]]>"), ("<!--", "-->"))

MAX_PROLOG = 8_192  # characters up to the end of the root tag; a longer prolog is doubtful


class Cut(NamedTuple):
    """A document in three parts: the text before the items, the items, the text after the last one."""

    head: str
    items: list[str]
    tail: str

    def with_items(self, items: list[str]) -> str:
        """Return the document with these items only."""
        return self.head + "".join(items) + self.tail


def cut(document: str) -> Cut:
    """Return the parts of a document. An unclosed item ends where the next one begins or the document ends."""
    spans = _spans(document)
    if not spans:
        return Cut(document, [], "")
    begins = [begin for begin, _ in spans]
    ends = [
        min(end, following) for (_, end), following in zip(spans, [*begins[1:], len(document)], strict=True)
    ]
    items = [document[begin:end] for begin, end in zip(begins, ends, strict=True)]
    return Cut(document[: begins[0]], items, document[ends[-1] :])


def first_items(document: str, limit: int) -> tuple[str, int]:
    """Return a document with its first `limit` items, and how many were left out."""
    if document.count("item") + document.count("entry") <= limit:
        return document, 0
    parts = cut(document)
    left_out = len(parts.items) - limit
    return (parts.with_items(parts.items[:limit]), left_out) if left_out > 0 else (document, 0)


def _spans(document: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    begin, depth = 0, 0
    for token in _TOKEN.finditer(document):
        closing = token.group(1)
        if closing is None:
            continue
        if closing:
            depth = max(0, depth - 1)
            if depth == 0 and spans and spans[-1][1] == len(document):
                spans[-1] = (begin, token.end())
            continue
        if depth == 0:
            begin = token.start()
            spans.append((begin, len(document)))
        if not token.group().endswith("/>"):
            depth += 1
        elif depth == 0:
            spans[-1] = (begin, token.end())
    return spans


class Split(NamedTuple):
    """A document whose items certainly begin and end here; `seed` is the context that they all depend on."""

    head: str
    items: list[str]
    tail: str
    seed: str

    def with_items(self, items: list[str]) -> str:
        """Return the document with these items only."""
        return self.head + "".join(items) + self.tail


def split(document: str) -> Split | None:
    """Return the parts of a document if plain string search finds them with certainty; ten times as fast as `cut`.

    It is not certain if an item's tags occur in CDATA, comments or another item, or if text separates two items.
    """
    root = _ROOT.search(document, 0, MAX_PROLOG)
    closing = _CLOSING_OF.get(root[1], "</item>") if root else ""
    if root is None or closing not in document:
        return None
    opening = f"<{closing[2:-1]}"
    first, *others = document.split(closing)
    begin = _first_opening(first, opening)
    tail = others.pop()
    if begin < 0 or _first_opening(tail, opening) >= 0:
        return None
    items = [item.lstrip() for item in (first[begin:], *others)]
    marks = [pair for pair in _PAIRED if pair[0] in document or pair[1] in document]
    if not all(_is_one_item(item, opening, marks) for item in items):
        return None
    return Split(first[:begin], [item + closing for item in items], tail, root.group())


def _first_opening(text: str, opening: str) -> int:
    """Return where the first item of a text begins, -1 if there is none; RSS 1.0 has `<items>` as well."""
    at = text.find(opening)
    while at >= 0 and text[at + len(opening) : at + len(opening) + 1] not in _BEHIND_NAME:
        at = text.find(opening, at + 1)
    return at


def _is_one_item(text: str, opening: str, marks: Iterable[tuple[str, str]]) -> bool:
    """Whether an item begins here and nowhere later, and has both of each pair of `marks` equally often."""
    return (
        text.startswith(opening)
        and text[len(opening) : len(opening) + 1] in _BEHIND_NAME
        and text.find(opening, 1) < 0
        and all(text.count(begin) == text.count(end) for begin, end in marks)
    )

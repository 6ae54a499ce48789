"""Where the items of a feed's document begin and end, found by one scan that knows CDATA and comments."""

from __future__ import annotations

import re
from typing import NamedTuple

_TOKEN = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<(/?)(?:[\w.-]{1,32}:)?(?:item|entry)(?=[\s/>])[^>]*>",
    re.DOTALL,
)


class Cut(NamedTuple):
    """A document in three parts: what stands before the items, the items, what stands behind the last."""

    head: str
    items: list[str]
    tail: str

    def with_items(self, items: list[str]) -> str:
        """Return the document with these items only."""
        return self.head + "".join(items) + self.tail


def cut(document: str) -> Cut:
    """Return the parts of a document. Items that never end run to where the next begins or the document ends."""
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

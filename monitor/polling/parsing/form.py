"""A form of feed: how to recognise a decoded document of this form, and how to read it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.polling.parsing.repair import end_of_doctype

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Protocol

    from monitor.polling.http.outcome import ParseFailure
    from monitor.polling.parsing.parsed_feed import ParsedFeed

    class Read(Protocol):
        """Reads a document. It never raises because of the document's content."""

        def __call__(self, text: str, *, url: str, now: datetime) -> ParsedFeed | ParseFailure | None:
            """Return the feed that a document holds, or why it holds none; None leaves it to the forms behind."""


MAX_ITEMS = 1_000  # of one document; real feeds hold 10 to 500

_FIRST_ELEMENT = re.compile(r"<([A-Za-z_][\w.:-]{0,60})(?=[\s/>])")
_BEFORE_ELEMENT = re.compile(r"[\s\ufeff]+|<\?.*?(?:\?>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)
_DOCTYPE = re.compile(r"<!doctype", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form of feed. `recognises` looks at the beginning of a decoded document only."""

    name: str
    recognises: Callable[[str], bool]
    read: Read


def root_element(text: str) -> str:
    """Return the name of an XML document's root element, without its prefix; empty where there is none."""
    position = 0
    while True:
        if (before := _BEFORE_ELEMENT.match(text, position)) is not None:
            position = before.end()
        elif (doctype := _DOCTYPE.match(text, position)) is not None:
            position = end_of_doctype(text, doctype.end())
        else:
            break
    found = _FIRST_ELEMENT.match(text, position)
    return found[1].rpartition(":")[2] if found else ""

"""Articles (to learn from) and documents (to judge), both as plain text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monitor.text.languages import said_or_detected
from monitor.text.words import UNSPACED
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date as Date  # noqa: N812 (the field is called date)

_UNSPACED = re.compile(f"[{UNSPACED}]")
FEED_ITEM = 40  # words of an article's body that a feed would show with its title
TEXT_READ = 120  # words of a full text that are judged; later words say little about its subject
DETECTED = 1_000  # characters of a text that are enough to detect its language
PER_WORD = 2  # characters of a script without spaces that are reckoned as a word
READ = 400  # words of an article's body: news says early what it is about


@value
class Document:
    """An item as plain text by field. `language` is an ISO 639 code, as the feed gave it."""

    id: str
    title: str
    summary: str = ""
    text: str = ""
    feed: str = ""
    outlet: str = ""
    language: str | None = None
    author: str | None = None


@value
class Article:
    """An example to learn from, cleaned of boilerplate: paragraphs are lines of `text`.

    `sha256` is the hash of the original file; `remarks` are notes on the file for its owner.
    """

    name: str
    title: str
    text: str
    date: Date | None = None
    sha256: str = ""
    remarks: tuple[str, ...] = ()

    def opening(self, words: int) -> str:
        """Return the first words of the text, in one line; in scripts without spaces, about as many."""
        found, left = [], words
        for word in self.text.split():
            size = max(1, len(_UNSPACED.findall(word)) // PER_WORD) if not word.isascii() else 1
            if size > left:
                found.append(word[: left * PER_WORD] if size > 1 else "")
                break
            found.append(word)
            left -= size
        return " ".join(filter(None, found))


def spoken_in(document: Document, row: Sequence[str] | None = None) -> str:
    """Return a document's language as given by its feed, or else detected in its words; `row` are these, if known."""
    return said_or_detected(
        document.language or "", f"{document.title} {document.summary or document.text[:DETECTED]}", row
    )

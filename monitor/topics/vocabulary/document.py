"""Articles (to learn from) and documents (to judge), both as plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.text.words import language_of

if TYPE_CHECKING:
    from datetime import date as Date  # noqa: N812 (the field is called date)
FEED_ITEM = 40  # words of an article's body that a feed would show with its title
READ = 400  # words of an article's body: news says early what it is about


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
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
        """Return the first words of the text, in one line."""
        return " ".join(self.text.split()[:words])


def spoken_in(document: Document) -> str:
    """Return a document's language as given by its feed, or else guessed from its words."""
    said = (document.language or "")[:2].lower()
    return said or language_of(f"{document.title} {document.summary or document.text}")

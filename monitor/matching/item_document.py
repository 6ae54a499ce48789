"""Conversion of a stored item to the document that topics and stories read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.text.words import plain
from monitor.topics.vocabulary.document import Document

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model import Item


def document_of(item: Item) -> Document:
    """Return an item as a document: plain text."""
    return Document(
        id=str(item.id),
        title=item.title,
        summary=plain(item.summary),
        text=max(plain(item.content), item.page, key=len),
        feed=item.feed,
        outlet=item.outlet,
        language=item.language,
        author=item.author,
    )


def story_time(item: Item) -> datetime:
    """Return the time of an item for grouping: its publication, since a feed may show an item long afterwards."""
    return item.published_at or item.first_seen

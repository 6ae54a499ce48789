"""Requests the pages of items, or their heads, where a feed gives too little text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from monitor.topics.vocabulary.document import Document
    from storage.database import Ledger
    from storage.model import Item
    from storage.stores.matches import NewMatch


def want_pages(
    ledger: Ledger,
    items: Sequence[Item],
    found: Sequence[NewMatch],
    topics: Collection[str],
    *,
    now: datetime,
) -> None:
    """Request the pages of items that match one of `topics`, if their feed gives too little text to compare."""
    asked: set[int] = set()
    for topic in {match.topic for match in found}.intersection(topics):
        asked |= ledger.matches.items_on(topic, [match.item_id for match in found if match.topic == topic])
    urls = {item.id: item.url for item in items if item.id in asked and item.url and lacks_text(item)}
    ledger.page_texts.want(urls, now=now)


def want_heads(
    ledger: Ledger,
    items: Sequence[Item],
    matched: Collection[int],
    is_near: Callable[[Document], bool],
    *,
    now: datetime,
) -> None:
    """Request the heads of the pages of items that have only a title and match by it, or come near."""
    from monitor.matching.item_document import document_of  # noqa: PLC0415  # words, for the first item

    urls = {
        item.id: item.url
        for item in items
        if item.url and has_title_alone(item) and (item.id in matched or is_near(document_of(item)))
    }
    ledger.page_heads.want(urls, now=now)


def has_title_alone(item: Item) -> bool:
    """Whether an item is a sitemap's entry without a text, neither from a first poll nor from another feed before."""
    is_bare = item.of_sitemap and not (item.summary or item.content)
    return is_bare and not item.at_first_poll and item.same_as is None


def lacks_text(item: Item) -> bool:
    """Whether a page may have more text than the feed gives; pages of items from a first poll are not fetched."""
    from monitor.stories.profile import TEXT_WORDS  # noqa: PLC0415  # words, for the first match
    from monitor.text.words import plain  # noqa: PLC0415  # the same

    return not item.at_first_poll and len(plain(item.content).split(maxsplit=TEXT_WORDS)) <= TEXT_WORDS

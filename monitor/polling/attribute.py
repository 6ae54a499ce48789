"""Attributes the items of a feed to outlets, articles and languages, as they are stored."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.polling.sources.articles import ReadBefore, known_articles
from monitor.polling.sources.feed_language import EARLIER, is_undecided, usual_language
from monitor.polling.sources.outlets import ENOUGH_ITEMS, feed_outlet, home_of, outlet_of, site_outlet
from storage.stores.item_rows import NewItem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.polling.parsing.identity import Identified
    from monitor.polling.parsing.read_body import ReadFeed
    from storage.database import Ledger
    from storage.model import Feed, Publication


def with_sources(
    ledger: Ledger, items: Sequence[Identified], home: str | None, feed: ReadBefore
) -> list[NewItem]:
    """Return new items as they are stored: with their outlets and languages, and the first item with the same article."""
    if not feed.at_first_poll:
        items = _with_languages(ledger, feed.feed_id, items)
    links = [item.article_link for item in items]
    known = ledger.articles.linked(sorted({link for link in links if link}))
    titles = [item.publication.title for item in items]
    same = known_articles(list(zip(links, titles, strict=True)), known, feed)
    return [
        with_source(item, home, feed.feed_id, same_as=first) for item, first in zip(items, same, strict=True)
    ]


def edited(ledger: Ledger, items: Sequence[Identified], home: str | None, feed_id: int) -> list[NewItem]:
    """Return edited items as they are stored, with their outlets and languages."""
    return [with_source(item, home, feed_id) for item in _with_languages(ledger, feed_id, items)]


def _with_languages(ledger: Ledger, feed_id: int, items: Sequence[Identified]) -> Sequence[Identified]:
    """Return the items, short ones without a language in that of the feed's earlier items."""
    undecided = [is_undecided(item.publication) for item in items]
    if not any(undecided):
        return items
    language = usual_language([title for _, title, _ in ledger.feed_history.latest(feed_id, limit=EARLIER)])
    if language is None:
        return items
    return [
        replace(item, publication=replace(item.publication, language=language)) if is_open else item
        for item, is_open in zip(items, undecided, strict=True)
    ]


def with_source(item: Identified, home: str | None, feed_id: int, *, same_as: int | None = None) -> NewItem:
    """Return an item as it is stored, with its outlet and the language that its feed states."""
    outlet = outlet_of(item.publication, feed_id=feed_id, home=home)
    return NewItem(
        publication=item.publication,
        key=item.key,
        content_hash=item.content_hash,
        title_key=item.title_key,
        outlet=outlet,
        source_name=_source_name(item.publication, outlet),
        article_link=item.article_link,
        same_as=same_as,
        packed=item.packed,
    )


def _source_name(item: Publication, outlet: str) -> str | None:
    """Return the name that an aggregator gives an item's outlet; the name is ignored in other feeds."""
    if item.source_url is None or site_outlet(item.source_url) == outlet:
        return item.source
    return None


def home_after(feed: Feed, read: ReadFeed) -> str | None:
    """Return the outlet to which a feed belongs, according to its contents."""
    if feed.home is not None and len(read.items) < ENOUGH_ITEMS:
        return feed.home
    outlets = (outlet_of(item.publication, feed_id=feed.owner_id, home=None) for item in read.items)
    known = [outlet for outlet in outlets if outlet != feed_outlet(feed.owner_id)]
    return home_of(known, site_url=read.facts.site_url, url=feed.current_url)

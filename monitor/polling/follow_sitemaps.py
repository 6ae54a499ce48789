"""Polls the sitemaps that an index lists, and credits their news to the index in the transaction of their polls."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alerts.render.event_kind import EventKind
from monitor.polling.feed_state import habits, transition
from monitor.polling.feed_state.habits import DocumentSummary
from monitor.polling.feed_state.index_children import no_news, plan_children
from monitor.polling.http.address import Target, parse_target
from monitor.polling.http.outcome import FailureKind
from monitor.polling.parsing.document_hashes import key_hashes_in
from storage.model import FeedKind, FeedState, Validators
from storage.stores.sitemap_children import NewChild

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from monitor.polling.feed_state.index_children import ChildrenPlan
    from monitor.polling.feed_state.transition import PollContext
    from monitor.polling.parsing.read_body import ReadFeed
    from storage.database import Ledger
    from storage.model import Feed

NESTED = "it is a sitemap index within a sitemap index, and only sitemaps may be in one (sitemaps.org)"


def follow(ledger: Ledger, index: Feed, read: ReadFeed, *, now: datetime) -> str:
    """Follow the sitemaps that an index lists now; return the reason why the index is not a feed, or an empty text.

    `index` is the feed before its poll. A document that is no longer an index lists no sitemaps.
    """
    is_read_again = index.first_success is not None and index.kind is FeedKind.SITEMAP_INDEX
    before = set(key_hashes_in(ledger.items.document_hashes(index.id))) if is_read_again else None
    known = ledger.sitemap_children.of(index.id)
    plan = plan_children(read.sitemaps, known, before=before, now=now)
    _carry_out(ledger, index, plan, now=now)
    return plan.refusal


def _carry_out(ledger: Ledger, index: Feed, plan: ChildrenPlan, *, now: datetime) -> None:
    targets = [(one, parse_target(one.sitemap.url)) for one in plan.found]
    found = [
        NewChild(
            url=target.url,
            host=target.host_key,
            changed_at=one.sitemap.changed_at,
            next_poll=one.next_poll,
            news_since=(index.last_success or now) if one.is_news else None,
        )
        for one, target in targets
        if isinstance(target, Target) and target.url not in {index.url, index.current_url}
    ]
    ledger.sitemap_children.add(index, found)
    ledger.sitemap_children.change(plan.changed)
    for child in (*plan.changed, *plan.unlisted):
        if child.failures and (child.state is FeedState.PAUSED or child in plan.unlisted):
            ledger.reports.end(child.id, (EventKind.FEED_FAILING,), now=now)
    ledger.sitemap_children.forget(plan.unlisted, now=now)


def refused(index: Feed, words: str, headers: Mapping[str, str], context: PollContext) -> Feed:
    """Return an index that is not a feed, without its body's hash and validators, so that it is read again."""
    unread = replace(index, validators=Validators(), body_hash=None)
    return transition.after_failure(unread, FailureKind.NO_NEWS, words, headers, context)


def update_indexes(
    ledger: Ledger, children: Sequence[tuple[Feed, int]], context: PollContext
) -> list[tuple[Feed, Feed]]:
    """Return the indexes of polled children before and after: the new items of a child also count for its index.

    `children` are the children whose poll returned a document, each with the number of its new items.
    """
    by_index: dict[int, list[tuple[Feed, int]]] = {}
    for child, new in children:
        by_index.setdefault(child.owner_id, []).append((child, new))
    indexes = ledger.feeds.with_ids(list(by_index))
    return [(index, _updated(ledger, index, by_index[index.id], context)) for index in indexes]


def _updated(
    ledger: Ledger,
    index: Feed,
    children: Sequence[tuple[Feed, int]],
    context: PollContext,
) -> Feed:
    siblings = ledger.sitemap_children.of(index.id)
    if siblings and all(child.error_kind == transition.NO_NEWS for child in siblings):
        return refused(index, no_news(len(siblings)), {}, context)
    new = sum(new for _, new in children)
    brought = DocumentSummary(items=new, new=new, partial=True)
    habit = habits.after_document(index.habit, brought, last_success=index.last_success, now=context.now)
    items = sum(child.habit.document_items for child in siblings)
    title = index.title or next((child.title for child, _ in children if child.title), "")
    is_heard = index.state is FeedState.SILENT and not habits.is_silent(habit, now=context.now)
    return replace(
        index,
        title=title,
        habit=replace(habit, document_items=items),
        state=FeedState.OK if is_heard else index.state,
    )

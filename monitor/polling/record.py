"""Stores the results of polls in one transaction: items, validators and next due times."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.polling import attribute, follow_sitemaps, follow_up
from monitor.polling.feed_state import schedule, transition
from monitor.polling.feed_state.habits import DocumentSummary
from monitor.polling.http.outcome import (
    Failed,
    FailureKind,
    Fetched,
    Gone,
    NotModified,
    ParseFailure,
    Throttled,
)
from monitor.polling.item_state import changed_ids
from monitor.polling.parsing.document_hashes import with_keys_only
from monitor.polling.push.note_offer import NotedOffer, noted_offer, store_offers
from monitor.polling.recognise import each_by_one_key, recognise
from monitor.polling.sources.articles import ReadBefore
from storage.model import FeedKind, ItemStatus, Publication
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.polling.feed_state.schedule import Bounds
    from monitor.polling.http.outcome import Outcome
    from monitor.polling.item_state.compare import ComparedItem
    from monitor.polling.parsing.read_body import ReadFeed
    from storage.database import Ledger
    from storage.model import Feed

_BARE = Publication()
PARTIAL = 226  # RFC 3229: the document contains only the changed items


@value
class Received:
    """The result of a poll: the outcome of the fetch (None after a fault of our own) and, of a new body, its contents.

    `late` is how long after the start of its round the response came; a feed may have to wait for its host.
    """

    feed: Feed
    outcome: Outcome | None
    read: ReadFeed | ParseFailure | None
    bounds: Bounds
    late: timedelta = timedelta(0)

    @property
    def name(self) -> str:
        """The outcome as one word, for the log."""
        if isinstance(self.read, ParseFailure):
            return str(self.read.kind)
        return self.outcome.name if isinstance(self.outcome, Failed) else type(self.outcome).__name__.lower()


@value
class RecordedItem:
    """An item that is new or changed, with the id of its row; `publication` has only publisher's id, title and URL."""

    seen: ItemStatus
    item_id: int
    publication: Publication


@value
class Polled:
    """A feed after its poll, and its new and changed items.

    `hashes` are those of the document, which the next poll compares with; None keeps the stored ones, and they are
    dropped once they are stored.
    """

    feed: Feed
    noted: tuple[RecordedItem, ...] = ()
    first_poll: bool = False
    truncated: int = 0
    hashes: bytes | None = None
    offer: NotedOffer | None = None
    is_index_failure: bool = False

    @property
    def is_part(self) -> bool:
        """Whether it belongs to the poll of another feed: a sitemap of an index, or the failure that its sitemaps cause."""
        return self.feed.entry is not None or self.is_index_failure

    def without_texts(self) -> Polled:
        """Return a copy with only the ids of its items: thousands of feeds are held until a round ends."""
        if not self.noted:
            return self
        return replace(self, noted=tuple(replace(one, publication=_BARE) for one in self.noted))

    @property
    def failed(self) -> bool:
        """Whether the poll failed; `feed.last_error` says why."""
        return self.feed.failures > 0

    @property
    def fresh(self) -> int:
        """The number of new items."""
        return sum(noted.seen is ItemStatus.NEW for noted in self.noted)

    @property
    def backlog(self) -> int:
        """The number of items that were there at the first poll."""
        return sum(noted.seen is ItemStatus.FIRST_POLL for noted in self.noted)


@value
class StoreContext:
    """How to store the items of a document: without alerting at a first poll, with the gap after a long outage."""

    now: datetime
    at_first_poll: bool
    gap_since: datetime | None
    is_whole: bool  # False for a document that contains only the changed items


def record(ledger: Ledger, received: Sequence[Received], *, now: datetime, backfill: bool) -> list[Polled]:
    """Store the results of all feeds, items before validators, in the ledger's transaction."""
    # Sitemaps of one index may be polled on two hosts by two workers, and list the same article.
    ledger.sitemap_children.hold_indexes({one.feed.entry.index_id for one in received if one.feed.entry})
    befores = [one.feed for one in received]
    activity = activity_of(ledger, befores, now=now)
    polled = []
    for one in received:
        context = transition.PollContext(
            now=now, bounds=one.bounds, activity=activity[one.feed.id], late=one.late
        )
        polled.append(_record(ledger, one, context, backfill=backfill))
    ledger.items.store_document_hashes({one.feed.id: one.hashes for one in polled if one.hashes is not None})
    store_offers(ledger, [one.offer for one in polled if one.offer], now=now)
    afters = follow_up.merge_moved(ledger, [*zip(befores, (one.feed for one in polled), strict=True)])
    ledger.feeds.save(afters)
    indexes = _updated_indexes(ledger, received, polled, now=now)
    ledger.feeds.save(after for _, after in indexes)
    follow_up.note_reports(ledger, [*zip(befores, afters, strict=True), *indexes], now=now)
    settled = [
        one if after is one.feed and one.hashes is None else replace(one, feed=after, hashes=None)
        for one, after in zip(polled, afters, strict=True)
    ]
    # An index whose sitemaps turn out not to be news is a failed poll.
    failed = [after for before, after in indexes if after.failures > before.failures]
    return settled + [Polled(feed=index, is_index_failure=True) for index in failed]


def _updated_indexes(
    ledger: Ledger, received: Sequence[Received], polled: Sequence[Polled], *, now: datetime
) -> list[tuple[Feed, Feed]]:
    """Return the indexes of the polled sitemaps, before and after the new items of these sitemaps."""
    brought = [
        (answer.bounds, one)
        for answer, one in zip(received, polled, strict=True)
        if one.feed.entry is not None and (one.hashes is not None or one.feed.error_kind)
    ]
    if not brought:
        return []
    context = transition.PollContext(now=now, bounds=brought[0][0])
    return follow_sitemaps.update_indexes(ledger, [(one.feed, one.fresh) for _, one in brought], context)


def activity_of(ledger: Ledger, feeds: Sequence[Feed], *, now: datetime) -> dict[int, schedule.Activity]:
    """Return the recent activity of each feed by its id; a sitemap of an index has that of the index."""
    counts = ledger.items.new_since([feed.owner_id for feed in feeds], now - transition.HABIT_WINDOW)
    pushed = ledger.hubs.trusted([feed.id for feed in feeds], now=now)
    return {
        feed.id: schedule.Activity(
            new_items=counts.get(feed.owner_id, 0),
            over=min(now - (feed.first_success or now), transition.HABIT_WINDOW),
            is_pushed=feed.id in pushed,
        )
        for feed in feeds
    }


def _record(ledger: Ledger, one: Received, context: transition.PollContext, *, backfill: bool) -> Polled:
    if isinstance(one.read, ParseFailure):
        return Polled(feed=_after_unread(one, one.read, context))
    match one.outcome:
        case Fetched() as fetched:
            return _record_body(ledger, one.feed, fetched, one.read, context, backfill=backfill)
        case NotModified() as answer:
            return Polled(feed=transition.after_not_modified(one.feed, answer, context))
        case Gone() as gone:
            return Polled(feed=transition.after_gone(one.feed, gone.words, context))
        case Throttled() as throttled:
            return _record_throttled(ledger, one, throttled, context)
        case Failed() as failed:
            after = transition.after_failure(one.feed, failed.name, failed.words, failed.headers, context)
            return Polled(feed=after)
        case None:
            raise AssertionError("a poll without an outcome has a reading that says why")


def _after_unread(one: Received, failure: ParseFailure, context: transition.PollContext) -> Feed:
    if one.feed.entry is not None and failure.kind is FailureKind.NO_NEWS:
        return transition.after_no_news(one.feed, failure.words, now=context.now)
    headers = one.outcome.headers if one.outcome else {}
    return transition.after_failure(one.feed, failure.kind, failure.words, headers, context)


def _record_body(
    ledger: Ledger,
    feed: Feed,
    fetched: Fetched,
    read: ReadFeed | None,
    context: transition.PollContext,
    *,
    backfill: bool,
) -> Polled:
    """Store a document's items; `read` is None for an unchanged body."""
    if read is None:
        return Polled(feed=transition.after_same_body(feed, fetched, context))
    is_index = read.facts.kind is FeedKind.SITEMAP_INDEX
    if is_index and feed.entry is not None:
        return Polled(feed=transition.after_no_news(feed, follow_sitemaps.NESTED, now=context.now))
    is_index = is_index or feed.kind is FeedKind.SITEMAP_INDEX
    if is_index and (refusal := follow_sitemaps.follow(ledger, feed, read, now=context.now)):
        return Polled(feed=follow_sitemaps.refused(feed, refusal, fetched.headers, context))
    first = feed.first_success is None
    if fetched.status == PARTIAL:
        read = replace(read, after=b"")  # the items of the previous document are still there
    how = StoreContext(
        now=context.now,
        at_first_poll=first and not backfill,
        gap_since=transition.gap_since(feed, now=context.now),
        is_whole=fetched.status != PARTIAL,
    )
    feed = replace(feed, home=attribute.home_after(feed, read))
    noted, hashes = _store(ledger, feed, read, how)
    summary = DocumentSummary(
        items=read.total,
        new=sum(one.seen in {ItemStatus.NEW, ItemStatus.FIRST_POLL} for one in noted),
        partial=fetched.status == PARTIAL,
        renamed=changed_ids.has_new_ids([one.seen for one in noted], read.total),
    )
    hub = noted_offer(feed, fetched, read.facts, brought_news=summary.new > 0)
    after = transition.after_items(feed, fetched, read.facts, context, summary)
    return Polled(
        feed=after, noted=noted, first_poll=first, truncated=read.truncated, hashes=hashes, offer=hub
    )


def _record_throttled(
    ledger: Ledger, one: Received, throttled: Throttled, context: transition.PollContext
) -> Polled:
    """Record the failure of the feed, and pause all feeds of its host (P7)."""
    jitter = transition.spread(one.feed, "quiet", context.now)
    until = schedule.quiet_until(now=context.now, headers=throttled.headers, jitter=jitter)
    ledger.feeds.quiet_host(throttled.host_key, until=until + one.late)
    after = transition.after_failure(one.feed, "throttled", throttled.words, throttled.headers, context)
    return Polled(feed=after)


def _store(
    ledger: Ledger, feed: Feed, read: ReadFeed, context: StoreContext
) -> tuple[tuple[RecordedItem, ...], bytes]:
    """Store the new and edited items of a document; return them, and the hashes for the next poll."""
    now = context.now
    compared, known = recognise(
        ledger, feed, read, now=now, first_poll=context.at_first_poll, is_whole=context.is_whole
    )
    fresh = [one for one in compared if one.seen in {ItemStatus.NEW, ItemStatus.FIRST_POLL}]
    before = ReadBefore(
        feed_id=feed.owner_id, now=now, last_read=feed.last_success, at_first_poll=context.at_first_poll
    )
    ids = ledger.items.add(
        feed.owner_id,
        attribute.with_sources(ledger, [one.item for one in fresh], feed.home, before),
        now=now,
        at_first_poll=context.at_first_poll,
        gap_since=context.gap_since,
    )
    by_key = {one.item.key: item_id for one, item_id in zip(fresh, ids, strict=True)}
    noted = [(one, one.item_id or by_key[one.item.key]) for one in compared]
    edits = [(item_id, one.item) for one, item_id in noted if one.is_edited]
    edited = attribute.edited(ledger, [item for _, item in edits], feed.home, feed.owner_id)
    for (item_id, _), text in zip(edits, edited, strict=True):
        ledger.items.revise(item_id, text, now=now)
    aliases = [(one.item.key, item_id) for one, item_id in noted if one.seen is ItemStatus.REPUBLISHED]
    ledger.items.alias(feed.owner_id, aliases, now=now)
    ledger.recent_links.forget_old_keys({item_id for _, item_id in aliases})
    is_plain = not aliases and each_by_one_key(read, known)
    hashes = read.after if is_plain else with_keys_only(read.after)
    return tuple(_recorded(one, item_id) for one, item_id in noted), hashes


def _recorded(one: ComparedItem, item_id: int) -> RecordedItem:
    whole = one.item.publication
    bare = Publication(publisher_id=whole.publisher_id, title=whole.title, url=whole.url)
    return RecordedItem(seen=one.seen, item_id=item_id, publication=bare)

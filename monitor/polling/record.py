"""Stores the results of polls: items, validators and next due times of some feeds in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.polling import follow_up
from monitor.polling.feed_state import schedule, transition
from monitor.polling.feed_state.habits import DocumentSummary
from monitor.polling.http.outcome import Failed, Fetched, Gone, NotModified, ParseFailure, Throttled
from monitor.polling.item_state import changed_ids
from monitor.polling.parsing.identity import Identified
from monitor.polling.parsing.read_body import with_keys_only
from monitor.polling.recognise import recognise
from storage.model import ItemStatus, Publication
from storage.stores.items import NewItem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.polling.feed_state.schedule import Bounds
    from monitor.polling.http.outcome import Outcome
    from monitor.polling.parsing.read_body import ReadFeed
    from storage.database import Ledger
    from storage.model import Feed
    from storage.stores.items import KnownItem

PARTIAL = 226  # RFC 3229: only what changed; what it lacks is not gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What a poll brought: the outcome of the fetch (None if we failed ourselves) and, of a new body, its reading.

    `late` is how long after the start of its round the answer came: in line behind others of its host it may wait.
    """

    feed: Feed
    outcome: Outcome | None
    read: ReadFeed | ParseFailure | None
    bounds: Bounds
    late: timedelta = timedelta(0)

    @property
    def name(self) -> str:
        """The outcome in a word, for the log."""
        if isinstance(self.read, ParseFailure):
            return str(self.read.kind)
        return self.outcome.name if isinstance(self.outcome, Failed) else type(self.outcome).__name__.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A sighting with the id of the item it is stored as."""

    seen: ItemStatus
    item_id: int
    item: Identified


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """A feed after its poll, and what of its items was worth noting; `stood` is for its next reading, None for as before."""

    feed: Feed
    noted: tuple[Noted, ...] = ()
    first_poll: bool = False
    truncated: int = 0
    stood: bytes | None = None

    @property
    def failed(self) -> bool:
        """Whether the poll failed; `feed.last_error` says why."""
        return self.feed.failures > 0

    @property
    def fresh(self) -> int:
        """How many items are news."""
        return sum(noted.seen is ItemStatus.NEW for noted in self.noted)

    @property
    def standing(self) -> int:
        """How many items stood there at the first look."""
        return sum(noted.seen is ItemStatus.FIRST_POLL for noted in self.noted)

    def without_texts(self) -> Polled:
        """Return the same with the items' ids and titles only: thousands of feeds are kept until a round ends."""
        return replace(self, noted=tuple(map(_without_text, self.noted)), stood=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How what a document brings is to be told: in silence at a first poll, with the gap after a long outage."""

    now: datetime
    at_first_poll: bool
    gap_since: datetime | None
    is_whole: bool  # False for a document of changes only: what it lacks has not disappeared


def _without_text(noted: Noted) -> Noted:
    former = noted.item.publication
    bare = Publication(publisher_id=former.publisher_id, title=former.title)
    item = Identified(publication=bare, key=noted.item.key, content_hash="", title_key=None)
    return Noted(seen=noted.seen, item_id=noted.item_id, item=item)


def record(ledger: Ledger, received: Sequence[Received], *, now: datetime, backfill: bool) -> list[Polled]:
    """Store what came of each feed, items before validators, all in the ledger's transaction."""
    activity = _activity(ledger, [one.feed for one in received], now)
    polled = []
    for one in received:
        around = transition.Circumstances(now=now, bounds=one.bounds, activity=activity[one.feed.id])
        after = _record(ledger, one, around, backfill=backfill)
        # An interval counts from the answer: behind others of its host a feed may wait for minutes.
        polled.append(_put_off(after, one.late) if one.late else after)
    ledger.items.stands({one.feed.id: one.stood for one in polled if one.stood is not None})
    befores = [one.feed for one in received]
    afters = follow_up.merge_moved(
        ledger, [(before, one.feed) for before, one in zip(befores, polled, strict=True)]
    )
    ledger.feeds.save(afters)
    follow_up.note_reports(ledger, list(zip(befores, afters, strict=True)), now=now)
    return [
        one if after is one.feed else replace(one, feed=after)
        for one, after in zip(polled, afters, strict=True)
    ]


def _put_off(polled: Polled, late: timedelta) -> Polled:
    return replace(polled, feed=replace(polled.feed, next_poll=polled.feed.next_poll + late))


def _activity(ledger: Ledger, feeds: Sequence[Feed], now: datetime) -> dict[int, schedule.Activity]:
    counts = ledger.items.new_since([feed.id for feed in feeds], now - transition.HABIT_WINDOW)
    return {
        feed.id: schedule.Activity(
            new_items=counts.get(feed.id, 0),
            over=min(now - (feed.first_success or now), transition.HABIT_WINDOW),
        )
        for feed in feeds
    }


def _record(ledger: Ledger, one: Received, around: transition.Circumstances, *, backfill: bool) -> Polled:
    if isinstance(one.read, ParseFailure):
        headers = one.outcome.headers if one.outcome else {}
        return Polled(feed=transition.after_failure(one.feed, one.read.kind, one.read.words, headers, around))
    match one.outcome:
        case Fetched() as fetched:
            return _record_body(ledger, one.feed, fetched, one.read, around, backfill=backfill)
        case NotModified() as answer:
            return Polled(feed=transition.after_not_modified(one.feed, answer, around))
        case Gone() as gone:
            return Polled(feed=transition.after_gone(one.feed, gone.words, around))
        case Throttled() as throttled:
            return _record_throttled(ledger, one, throttled, around)
        case Failed() as failed:
            after = transition.after_failure(one.feed, failed.name, failed.words, failed.headers, around)
            return Polled(feed=after)
        case None:
            raise AssertionError("a poll without an outcome has a reading that says why")


def _record_body(
    ledger: Ledger,
    feed: Feed,
    fetched: Fetched,
    read: ReadFeed | None,
    around: transition.Circumstances,
    *,
    backfill: bool,
) -> Polled:
    """Store a document's items; `read` is None for a body we have read before."""
    if read is None:
        return Polled(feed=transition.after_same_body(feed, fetched, around))
    first_poll = feed.first_success is None
    if fetched.status == PARTIAL:
        read = replace(read, after=b"")  # what stood before still stands beside it
    told = Telling(
        now=around.now,
        at_first_poll=first_poll and not backfill,
        gap_since=transition.gap_since(feed, now=around.now),
        is_whole=fetched.status != PARTIAL,
    )
    noted, stood = _store(ledger, feed, read, told)
    sighted = DocumentSummary(
        items=read.total,
        new=sum(one.seen in {ItemStatus.NEW, ItemStatus.FIRST_POLL} for one in noted),
        partial=fetched.status == PARTIAL,
        renamed=changed_ids.has_new_ids([one.seen for one in noted], read.total),
    )
    after = transition.after_items(feed, fetched, read.facts, around, sighted)
    return Polled(feed=after, noted=noted, first_poll=first_poll, truncated=read.truncated, stood=stood)


def _record_throttled(
    ledger: Ledger, one: Received, throttled: Throttled, around: transition.Circumstances
) -> Polled:
    """Note the failure on the feed, and quiet its whole host (P7)."""
    jitter = transition.chance(one.feed, "quiet", around.now)
    until = schedule.quiet_until(now=around.now, headers=throttled.headers, jitter=jitter)
    ledger.feeds.quiet_host(throttled.host_key, until=until + one.late)
    after = transition.after_failure(one.feed, "throttled", throttled.words, throttled.headers, around)
    return Polled(feed=after)


def _store(ledger: Ledger, feed: Feed, read: ReadFeed, told: Telling) -> tuple[tuple[Noted, ...], bytes]:
    """Store what is new or edited in a document and return it, with what the next reading will recognise."""
    now = told.now
    sightings, known = recognise(
        ledger, feed.id, read, now=now, first_poll=told.at_first_poll, is_whole=told.is_whole
    )
    fresh = [one for one in sightings if one.seen in {ItemStatus.NEW, ItemStatus.FIRST_POLL}]
    ids = ledger.items.add(
        feed.id,
        [new_item(one.item) for one in fresh],
        now=now,
        at_first_poll=told.at_first_poll,
        gap_since=told.gap_since,
    )
    by_key = {one.item.key: item_id for one, item_id in zip(fresh, ids, strict=True)}
    noted = [(one, one.item_id or by_key[one.item.key]) for one in sightings]
    for one, item_id in noted:
        if one.is_edited:
            ledger.items.revise(item_id, new_item(one.item), now=now)
    aliases = [(one.item.key, item_id) for one, item_id in noted if one.seen is ItemStatus.REPUBLISHED]
    ledger.items.alias(feed.id, aliases, now=now)
    ledger.recent_links.forget_old_keys({item_id for _, item_id in aliases})
    is_plain = not aliases and _each_by_one_key(read, known)
    stood = read.after if is_plain else with_keys_only(read.after)
    return tuple(Noted(seen=one.seen, item_id=item_id, item=one.item) for one, item_id in noted), stood


def _each_by_one_key(read: ReadFeed, known: Sequence[KnownItem]) -> bool:
    """Whether no item stands in the document under two keys: which one's text counts, only the whole can tell."""
    keys = {item.key for item in read.items}
    ids = [item.item_id for item in known if item.key in keys]
    return len(set(ids)) == len(ids)


def new_item(item: Identified) -> NewItem:
    """Return what is stored of an item that was read."""
    return NewItem(
        publication=item.publication,
        key=item.key,
        content_hash=item.content_hash,
        title_key=item.title_key,
    )

"""Rows of `feeds` as values, and back."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from storage import schema
from storage.model import Feed, FeedKind, FeedState, IndexEntry, Validators
from storage.model.habit import ByteCounts, Habit, PermanentRedirect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Select, Update

    NamedRow = Mapping[str, Any]

_feeds = schema.feeds.c
_index = schema.feeds.alias()
INDEX_URL = (
    select(_index.c.url)
    .where(_index.c.id == _feeds.parent_id)
    .correlate(schema.feeds)
    .scalar_subquery()
    .label("index_url")
)


def feeds_in(connection: Connection, rows: Select[Any]) -> list[Feed]:
    """Return the feeds that a SELECT of the table's columns finds, in its order."""
    found = connection.execute(rows)
    names = tuple(found.keys())
    # A dictionary for each row: SQLAlchemy takes three times as long to find a column by its name.
    return [_feed_of(dict(zip(names, row, strict=True))) for row in found]


def _feed_of(row: NamedRow) -> Feed:
    return Feed(
        id=row["id"],
        url=row["url"],
        title=row["title"],
        current_url=row["current_url"],
        host=row["host"],
        state=FeedState(row["state"]),
        validators=Validators(etag=row["etag"], last_modified=row["last_modified"]),
        body_hash=row["body_hash"],
        interval=timedelta(seconds=row["interval_seconds"]),
        interval_reason=row["interval_reason"] or "",
        hints=row["hints"],
        next_poll=row["next_poll"],
        bounds=row["bounds"],
        fresh_until=row["fresh_until"],
        retry_at=row["retry_at"],
        last_poll=row["last_poll"],
        last_success=row["last_success"],
        first_success=row["first_success"],
        failures=row["failures"],
        failing_since=row["failing_since"],
        error_kind=row["error_kind"],
        last_error=row["last_error"],
        merged_into=row["merged_into"],
        move=_move(row),
        habit=_habit(row),
        traffic=ByteCounts(body_bytes=row["body_bytes"], saved_bytes=row["saved_bytes"]),
        items=row.get("items", 0),
        home=row["home"],
        control=row["control"],
        kind=FeedKind(row["kind"]) if row["kind"] else None,
        entry=_entry(row),
    )


def _entry(row: NamedRow) -> IndexEntry | None:
    if row["parent_id"] is None:
        return None
    url = row.get("index_url") or row["url"]
    return IndexEntry(index_id=row["parent_id"], index_url=url, changed_at=row["changed_at"])


def _move(row: NamedRow) -> PermanentRedirect | None:
    if row["moved_to"] is None:
        return None
    return PermanentRedirect(target=row["moved_to"], polls=row["moved_polls"], since=row["moved_since"])


@cache
def saving(names: tuple[str, ...]) -> Update:
    """Return the statement that stores these columns of a feed; one that was paused meanwhile stays as it is."""
    columns: dict[str, Any] = {name: bindparam(name) for name in names if name != "feed_id"}
    known = update(schema.feeds).where(_feeds.id == bindparam("feed_id"), _feeds.state != FeedState.PAUSED)
    return known.values(columns)


def _habit(row: NamedRow) -> Habit:
    return Habit(
        last_new=row["last_new"],
        usual_gap=_span(row["usual_gap_seconds"]),
        gaps=row["gaps"],
        document_items=row["document_items"],
        missed_at=row["missed_at"],
        keep_up=_span(row["keep_up_seconds"]),
        renamed_polls=row["renamed_polls"],
    )


def _span(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds())


def schedule_of(feed: Feed) -> dict[str, Any]:
    """Return the columns that say when a feed is polled next, and why then."""
    return {
        "interval_seconds": int(feed.interval.total_seconds()),
        "interval_reason": feed.interval_reason,
        "next_poll": feed.next_poll,
        "bounds": feed.bounds,
    }


def row_of(feed: Feed) -> dict[str, Any]:
    """Return the columns of a feed that a poll may change."""
    move, habit = feed.move, feed.habit
    return {
        "feed_id": feed.id,
        "title": feed.title,
        "current_url": feed.current_url,
        "host": feed.host,
        "state": feed.state,
        "etag": feed.validators.etag,
        "last_modified": feed.validators.last_modified,
        "body_hash": feed.body_hash,
        **schedule_of(feed),
        "hints": feed.hints,
        "fresh_until": feed.fresh_until,
        "retry_at": feed.retry_at,
        "last_poll": feed.last_poll,
        "last_success": feed.last_success,
        "first_success": feed.first_success,
        "failures": feed.failures,
        "failing_since": feed.failing_since,
        "error_kind": feed.error_kind,
        "last_error": feed.last_error,
        "merged_into": feed.merged_into,
        "moved_to": move.target if move else None,
        "moved_polls": move.polls if move else 0,
        "moved_since": move.since if move else None,
        "last_new": habit.last_new,
        "usual_gap_seconds": _seconds(habit.usual_gap),
        "gaps": habit.gaps,
        "document_items": habit.document_items,
        "missed_at": habit.missed_at,
        "keep_up_seconds": _seconds(habit.keep_up),
        "renamed_polls": habit.renamed_polls,
        "body_bytes": feed.traffic.body_bytes,
        "saved_bytes": feed.traffic.saved_bytes,
        "home": feed.home,
        "kind": feed.kind,
    }

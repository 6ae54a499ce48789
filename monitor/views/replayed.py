"""The decisions of a replay: each item, each alert, and the counts at its end, as `replay` prints them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monitor.views.iso import iso

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from monitor.polling.record import RecordedItem
    from storage.database import Ledger
    from storage.model import ItemStatus
    from storage.stores.alerts import Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedItem:
    """A new or changed item of an archived body, and the story that it joined; None if it matches no topic."""

    at: datetime
    feed: str
    id: str | None
    title: str
    status: ItemStatus
    story: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertedItem:
    """An item of an alert."""

    feed: str
    id: str | None
    title: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedAlert:
    """An alert about a story, with its items."""

    at: datetime
    topic: str
    story: str
    reason: str
    items: tuple[AlertedItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedTally:
    """The numbers of items, revisions and unreadable bodies in the archive of one feed."""

    items: int
    revisions: int
    errors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySummary:
    """The counts of a whole replay; `parsed` bodies differ from the one before of their feed."""

    bodies: int
    parsed: int
    items: int
    matches: int
    stories: int
    alerts: int
    feeds: Mapping[str, FeedTally]

    @property
    def revisions(self) -> int:
        """The number of revisions in all feeds."""
        return sum(one.revisions for one in self.feeds.values())


Replayed = ReplayedItem | ReplayedAlert | ReplaySummary


def read_replayed_items(
    ledger: Ledger, recorded: Sequence[RecordedItem], *, feed: str, at: datetime
) -> Iterator[ReplayedItem]:
    """Yield the items that the poll of a body recorded."""
    stories = ledger.matches.story_of([noted.item_id for noted in recorded])
    for noted in recorded:
        publication, story = noted.publication, stories.get(noted.item_id)
        yield ReplayedItem(
            at=at,
            feed=feed,
            id=publication.publisher_id or publication.url,
            title=publication.title,
            status=noted.seen,
            story=None if story is None else f"s{story}",
        )


def read_replayed_alert(ledger: Ledger, one: Alert, *, at: datetime) -> ReplayedAlert:
    """Return an alert that was decided at a time, with its items."""
    items = [match.item for match in ledger.matches.of_story(one.story_id) if match.id in one.match_ids]
    return ReplayedAlert(
        at=at,
        topic=one.topic,
        story=f"s{one.story_id}",
        reason=str(one.reason),
        items=tuple(
            AlertedItem(feed=item.feed, id=item.publisher_id or item.url, title=item.title, url=item.url)
            for item in items
        ),
    )


def replayed_json(one: Replayed) -> dict[str, Any]:
    """Return the line that `replay --format jsonl` prints of a decision, or of the counts at the end."""
    match one:
        case ReplayedItem():
            return _item_json(one)
        case ReplayedAlert():
            return _alert_json(one)
        case ReplaySummary():
            return _summary_json(one)


def _item_json(one: ReplayedItem) -> dict[str, Any]:
    return {
        "type": "item",
        "at": iso(one.at),
        "feed": one.feed,
        "id": one.id,
        "title": one.title,
        "status": str(one.status),
        "story": one.story,
    }


def _alert_json(one: ReplayedAlert) -> dict[str, Any]:
    return {
        "type": "alert",
        "at": iso(one.at),
        "topic": one.topic,
        "story": one.story,
        "reason": one.reason,
        "items": [
            {"feed": item.feed, "id": item.id, "title": item.title, "url": item.url} for item in one.items
        ],
    }


def _summary_json(one: ReplaySummary) -> dict[str, Any]:
    return {
        "type": "summary",
        "bodies": one.bodies,
        "parsed": one.parsed,
        "items": one.items,
        "revisions": one.revisions,
        "matches": one.matches,
        "stories": one.stories,
        "alerts": one.alerts,
        "feeds": {
            name: {"items": tally.items, "revisions": tally.revisions, "errors": tally.errors}
            for name, tally in one.feeds.items()
        },
    }

"""Stories and their items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.text.ids import id_number
from monitor.views.iso import iso
from monitor.views.matches import match_view, why_json
from monitor.views.refused import ViewRefused
from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.views.matches import MatchView
    from storage.database import Ledger
    from storage.model import Match, Story


@value
class StoryRow:
    """A story in a list.

    `sources` is the number of outlets, `copies` the number of those with the same text, and `continues` the id of the
    story before it.
    """

    id: str
    topic: str
    title: str
    url: str | None
    first_seen: datetime
    last_seen: datetime
    sources: int
    copies: int
    size: int
    continues: str | None


@value
class StoryItem:
    """An item of a story, with its match; `feeds` are all feeds that contained its article.

    `same_meaning_as` is the item in another language by which it joined, if its words did not decide.
    """

    id: str
    title: str
    url: str | None
    feed: str
    feeds: tuple[str, ...]
    outlet: str
    outlet_name: str
    first_seen: datetime
    match: MatchView
    same_meaning_as: str | None


@value
class StoryDetail:
    """A story and its items in the order in which they joined.

    `merged_from` is the id by which it was requested, if the story of that id was merged into this one.
    """

    story: StoryRow
    merged_from: str | None
    items: tuple[StoryItem, ...]


def read_stories(ledger: Ledger, *, since: datetime, topic: str | None = None) -> tuple[StoryRow, ...]:
    """Return the stories with items seen since a time, on one topic or on all, the largest and newest first."""
    return tuple(
        story_row(story) for story in ledger.stories.since(since, topics=None if topic is None else [topic])
    )


def read_story(ledger: Ledger, ident: str) -> StoryDetail:
    """Return the story with this id (`s12`), or the story into which it was merged.

    Raises:
        ViewRefused: there is no such story.
    """
    asked = _find(ledger, ident)
    found = asked if asked.merged_into is None else _find(ledger, f"s{asked.merged_into}")
    return StoryDetail(
        story=story_row(found),
        merged_from=None if asked.merged_into is None else f"s{asked.id}",
        items=_items(ledger, found),
    )


def story_id(ledger: Ledger, ident: str) -> str:
    """Return the id of a story, such as `s12`, by that id or its number alone.

    Raises:
        ViewRefused: there is no such story.
    """
    return f"s{_find(ledger, ident).id}"


def _items(ledger: Ledger, story: Story) -> tuple[StoryItem, ...]:
    matches = ledger.matches.of_story(story.id)
    sightings = ledger.articles.sightings([match.item.article for match in matches])
    return tuple(
        _item(match, tuple(dict.fromkeys(one.feed for one in sightings[match.item.article])))
        for match in matches
    )


def _find(ledger: Ledger, ident: str) -> Story:
    number = id_number(ident, "s")
    found = [] if number is None else ledger.stories.get([number])
    if not found:
        raise ViewRefused(
            f"no story {ident}; ids look like s12",
            "`storywatch stories list` shows the stories with their ids",
        )
    return found[0]


def story_row(story: Story) -> StoryRow:
    """Return a story as a row of a list."""
    return StoryRow(
        id=f"s{story.id}",
        topic=story.topic,
        title=story.title,
        url=story.url,
        first_seen=story.first_seen,
        last_seen=story.last_seen,
        sources=story.sources,
        copies=story.copies,
        size=story.size,
        continues=None if story.continues is None else f"s{story.continues}",
    )


def _item(match: Match, feeds: tuple[str, ...]) -> StoryItem:
    return StoryItem(
        id=f"i{match.item.id}",
        title=match.item.title,
        url=match.item.url,
        feed=match.item.feed,
        feeds=feeds or (match.item.feed,),
        outlet=match.item.outlet,
        outlet_name=match.item.outlet_name,
        first_seen=match.item.first_seen,
        match=match_view(match),
        same_meaning_as=None if match.same_meaning_as is None else f"i{match.same_meaning_as}",
    )


def story_row_json(row: StoryRow) -> dict[str, Any]:
    """Return an entry of the output of `stories list --format json`."""
    return {
        "id": row.id,
        "topic": row.topic,
        "title": row.title,
        "url": row.url,
        "first_seen": iso(row.first_seen),
        "last_seen": iso(row.last_seen),
        "sources": row.sources,
        "copies": row.copies,
        "size": row.size,
        "continues": row.continues,
    }


def story_item_json(item: StoryItem) -> dict[str, Any]:
    """Return an item in the output of `stories show --format json`."""
    return {
        "id": item.id,
        "title": item.title,
        "url": item.url,
        "feed": item.feed,
        "feeds": list(item.feeds),
        "outlet": item.outlet,
        "outlet_name": item.outlet_name,
        "first_seen": iso(item.first_seen),
        "score": round(item.match.score, 4),
        "why": why_json(item.match.why),
        "same_meaning_as": item.same_meaning_as,
    }

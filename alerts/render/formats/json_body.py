"""JSON for other programs: webhook bodies (also a command's standard input) and `digest --format json`.

The shape is a contract (docs/reference/webhook.md). Bodies are smaller than 20 kB, as Standard Webhooks recommends.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from alerts.render.formats.escape import clip, link, one_line, plain
from alerts.render.parts.phrases import instant
from alerts.render.parts.story_view import MAX_HEADLINE, headline, item_id, story_id
from storage.model import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from storage.model import FeedTrouble, Match, Story, StoryNews

MAX_BODY = 19_900  # bytes of a webhook body: less than 20 kB, with room for a counter's digits
MAX_STORY = 5_000  # bytes of one story among several, so that a message holds at least three
MAX_SUMMARY = 400  # characters
MAX_WHY = 8  # terms of a match; they are ordered by weight
MAX_BROUGHT = 8  # new outlets and terms listed for an update
MAX_NAME = 100  # characters of a topic, an outlet, an error


def encode(value: Mapping[str, Any]) -> bytes:
    """Return `value` as compact JSON in UTF-8; `<` is escaped, so that it cannot close a script element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c").encode()


def envelope(kind: str, data: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Return the outer object of every body: type, timestamp, data."""
    return {"type": kind, "timestamp": instant(now), "data": data}


def story_object(story: Story, title: str) -> dict[str, Any]:
    """Return a story as a JSON object."""
    return {
        "id": story_id(story),
        "title": title,
        "url": link(story.url),
        "first_seen": instant(story.first_seen),
        "sources": story.sources,
        "copies": story.copies,
        **({} if story.continues is None else {"continues": f"s{story.continues}"}),
    }


def item_object(match: Match) -> dict[str, Any]:
    """Return an item, its score and why it matched as a JSON object; all text is plain."""
    item = match.item
    return {
        "id": item_id(match),
        "title": clip(one_line(item.title), MAX_HEADLINE),
        "url": link(item.url),
        "feed": clip(one_line(item.feed), MAX_NAME),
        "outlet": clip(one_line(item.outlet), MAX_NAME),
        "outlet_name": clip(one_line(item.outlet_name), MAX_NAME),
        "published": instant(item.published_at),
        "summary": clip(plain(item.summary), MAX_SUMMARY),
        "score": round(match.score, 4),
        "why": [
            {
                "term": clip(one_line(why.term), MAX_NAME),
                "weight": round(why.weight, 4),
                "where": clip(one_line(why.where), 20),
            }
            for why in match.why[:MAX_WHY]
        ],
    }


def trouble_object(trouble: FeedTrouble) -> dict[str, Any]:
    """Return a feed that needs attention as a JSON object."""
    return {
        "title": clip(one_line(trouble.title), MAX_NAME),
        "url": link(trouble.url),
        "state": trouble.state.value,
        "since": instant(trouble.since),
        "error": clip(one_line(trouble.error), MAX_SUMMARY),
    }


def entry(news: StoryNews) -> dict[str, Any]:
    """Return a story with all its items."""
    return {
        "topic": clip(one_line(news.story.topic), MAX_NAME),
        "story": story_object(news.story, headline(news)),
        "items": [item_object(match) for match in news.matches],
        "more": news.more,
        **_additions(news),
        **({} if news.links is None else {"links": asdict(news.links)}),
    }


def _additions(news: StoryNews) -> dict[str, Any]:
    """Return the additions of an update; empty for a story that is not an update."""
    if news.reason is not Reason.GREW:
        return {}
    outlets, terms = (
        [clip(one_line(word), MAX_NAME) for word in words[:MAX_BROUGHT]]
        for words in (news.brings.outlets, news.brings.terms)
    )
    return {"brings": {"outlets": outlets, "terms": terms}}


def entry_within(news: StoryNews, *, room: int) -> dict[str, Any]:
    """Return a story in at most `room` bytes: its first items, at least one; `more` counts the others.

    The limits above ensure that any story with one item fits into a body.
    """
    whole = entry(news)
    items = whole["items"]
    frame = len(encode({**whole, "items": []}))
    kept = fitting(items, room=room - frame) or items[:1]
    return {**whole, "items": kept, "more": news.more + len(items) - len(kept)}


def fitting(objects: Sequence[dict[str, Any]], *, room: int) -> list[dict[str, Any]]:
    """Return the first of `objects` that fit into `room` bytes together."""
    for at, value in enumerate(objects):
        room -= len(encode(value)) + 1
        if room < 0:
            return list(objects[:at])
    return list(objects)


def single(kind: str, news: StoryNews, *, beside: Mapping[str, Any], now: datetime) -> bytes:
    """Return the body of one story, with further fields."""
    frame = len(encode(envelope(kind, beside, now=now)))
    return encode(envelope(kind, {**entry_within(news, room=MAX_BODY - frame), **beside}, now=now))


def several(
    kind: str,
    stories: Iterable[StoryNews],
    *,
    first: Mapping[str, Any],
    later: Mapping[str, Any],
    now: datetime,
) -> list[tuple[bytes, int]]:
    """Return as many bodies as the stories need, at least one, each with the number of its stories.

    `first` and `later` are the further fields of the first body and of the others.
    """

    def body(beside: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> bytes:
        return encode(envelope(kind, {**beside, "stories": entries}, now=now))

    rooms = [MAX_BODY - len(body(beside, [])) for beside in (first, later)]
    entries = [{**entry_within(news, room=MAX_STORY), "reason": news.reason} for news in stories]
    groups = _packed(entries, *rooms)
    return [(body(later if at else first, group), len(group)) for at, group in enumerate(groups)]


def _packed(entries: Iterable[dict[str, Any]], first: int, later: int) -> list[list[dict[str, Any]]]:
    """Fill groups of at most `first` and `later` bytes in order; the first is empty if no story fits into it."""
    groups: list[list[dict[str, Any]]] = [[]]
    room = first
    for each in entries:
        size = len(encode(each)) + 1
        if size > room:
            groups.append([])
            room = later
        groups[-1].append(each)
        room -= size
    return groups

"""The JSON Schema of each webhook event; a channel of type `command` reads the same bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.render.event_kind import EventKind
from alerts.render.event_message import WORDINGS
from alerts.schemas.json_schema import (
    ADDRESS,
    COUNT,
    DIALECT,
    NUMBER,
    TEXT,
    TIME,
    Schema,
    described,
    many,
    maybe,
    one_of,
    record,
    with_optional,
    with_required,
)
from storage.model import FeedState, LinkAction, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

WHY = many(record(term=TEXT, weight=NUMBER, where=TEXT))
STORY = with_optional(
    record(
        id=TEXT,
        title=TEXT,
        url=maybe(ADDRESS),
        first_seen=TIME,
        sources=described(COUNT, "Outlets that have the story."),
        copies=described(COUNT, "Those of them that carry the same text."),
    ),
    continues=described(TEXT, "The id of the story that this one continues."),
)
ITEM = record(
    id=TEXT,
    title=TEXT,
    url=maybe(ADDRESS),
    feed=TEXT,
    outlet=described(TEXT, "The id of the outlet: a domain, an account on a platform, or `feed:N`."),
    outlet_name=TEXT,
    published=maybe(TIME),
    summary=described(TEXT, "Plain text."),
    score=described(NUMBER, "Between 0 and 1; 0.5 is the threshold of every topic."),
    why=described(WHY, "The terms that matched, heaviest first."),
)
BRINGS = record(outlets=many(TEXT), terms=many(TEXT))
LINKS = record(open=TEXT, yes=TEXT, no=TEXT, mute=TEXT)
MORE_ITEMS = described(COUNT, "Items of the story that did not fit.")
STORY_WITH_ITEMS = with_optional(
    record(topic=TEXT, story=STORY, items=many(ITEM), more=MORE_ITEMS),
    brings=described(BRINGS, "New outlets and terms of a story that grew."),
    links=described(LINKS, "Addresses for people; present with `[pages] url`."),
)
REASON = described(
    maybe(one_of(*(reason.value for reason in Reason))), "Why an alert has the story; null in a digest."
)
LISTED_STORY = with_optional(STORY_WITH_ITEMS, reason=REASON)

GAP = described(
    record(since=TIME, until=TIME, feeds=COUNT), "An outage of feeds, for which the message is late."
)
HELD = described(COUNT, "Alerts that a cap or quiet hours hold back on the channel.")
TROUBLED_FEED = record(
    title=TEXT,
    url=maybe(ADDRESS),
    state=one_of(*(state.value for state in FeedState)),
    since=maybe(TIME),
    error=TEXT,
)
LINK_USE = record(
    action=one_of(*(action.value for action in LinkAction)),
    target=TEXT,
    topics=many(TEXT),
    channel=TEXT,
    at=TIME,
)
MISSED_STORY = record(id=TEXT, topic=TEXT, title=TEXT, url=maybe(ADDRESS), outlets=many(TEXT), sources=COUNT)
COVERAGE = record(missed=many(MISSED_STORY), more=COUNT)
ONE_STORY = with_optional(with_required(STORY_WITH_ITEMS, held=HELD), gap=GAP)
STORIES = with_optional(record(stories=many(LISTED_STORY), held=HELD), gap=GAP)
DIGEST = with_optional(
    record(
        since=TIME,
        until=TIME,
        held=HELD,
        feeds=described(many(TROUBLED_FEED), "Feeds that need attention."),
        more_feeds=COUNT,
        stories=many(LISTED_STORY),
    ),
    link_uses=described(many(LINK_USE), "What was done through links since the last digest."),
    coverage=described(COVERAGE, "Stories that only control feeds carried."),
)
_ABOUT: Mapping[str, Schema] = {
    "since": maybe(TIME),
    "error": described(TEXT, "What happened; empty where there is nothing to say."),
    "means": described(TEXT, "What it means for the owner, as a sentence."),
}
OF_EVENTS: Mapping[str, Schema] = {
    "feed": record(feed=record(title=TEXT, url=maybe(ADDRESS), **_ABOUT)),
    "network": record(**_ABOUT),
    "channel": record(channel=record(name=TEXT, **_ABOUT)),
}  # by the first word of the event's type


def _data_of(kind: EventKind) -> Schema:
    return OF_EVENTS.get(kind.value.partition(".")[0], OF_EVENTS["channel"])


def envelope(kind: str, data: Schema, *, about: str) -> Schema:
    """Return the schema of a body with this data."""
    body = record(type={"const": kind}, timestamp=TIME, data=data)
    return {
        "$schema": DIALECT,
        "$id": f"urn:storywatch:webhook:{kind}",
        "title": kind,
        "description": about,
    } | body


WEBHOOK_SCHEMAS: Mapping[str, Schema] = {
    "story.new": envelope("story.new", ONE_STORY, about="A story is new."),
    "story.grew": envelope("story.grew", ONE_STORY, about="A story has coverage or facts that are new."),
    "stories": envelope("stories", STORIES, about="Several stories in one message."),
    "digest": envelope("digest", DIGEST, about="The stories of a period."),
    **{kind.value: envelope(kind.value, _data_of(kind), about=WORDINGS[kind].means) for kind in EventKind},
}  # by the event's type

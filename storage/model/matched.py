"""Matches and the stories they form."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.linked import StoryLinks
    from storage.model.polled import Item


class Reason(StrEnum):
    """The reason for an alert."""

    NEW = "new"
    GREW = "grew"


class Urgency(StrEnum):
    """Whether waiting work may cause an alert: news is matched, decided and grouped before the backlog."""

    NEWS = "news"
    BACKLOG = "backlog"


@value
class Why:
    """One term that counted for a match: the term, its weight (0..1 of the score) and the part of the item it was in."""

    term: str
    weight: float
    where: str


@value
class Match:
    """An item on a topic: `score` in [0, 1] with 0.5 the threshold, and the rule version that said so.

    `text_of` is the first item of its story whose text it repeats word for word, as copies of an agency's report do.
    `same_meaning_as` is the item in another language by which it joined its story.
    """

    id: int
    item: Item
    topic: str
    score: float
    why: tuple[Why, ...]
    rule_version: int
    matched_at: datetime
    before_topic: bool = False  # the item was there before the topic was watched
    text_of: int | None = None
    same_meaning_as: int | None = None

    @property
    def is_backlog(self) -> bool:
        """Whether the item was there before its feed or topic was watched; such items cause no alert."""
        return self.before_topic or self.item.at_first_poll


class MatchOutline(NamedTuple):
    """What decides whether a match causes an alert, without its texts: a story may have thousands, so it is a plain tuple."""

    id: int
    feed_id: int
    article: int  # the first item with the same article
    outlet: str
    outlet_name: str
    gap_since: datetime | None
    matched_at: datetime
    is_backlog: bool


class Verdict(StrEnum):
    """The owner's verdict on an item: on the topic, not on it, or withdrawn."""

    YES = "yes"
    NO = "no"
    UNDONE = "undone"


@value
class Mark:
    """The owner's verdict on an item, with the text that the item had then.

    If it changed a rule file, `rule_before` and `rule_after` are that rule before and after.
    """

    id: int
    topic: str
    item_id: int
    verdict: Verdict
    title: str
    summary: str
    content: str
    marked_at: datetime
    rule_before: str | None = None
    rule_after: str | None = None


@value
class Story:
    """The items of one event within a topic. `title` and `url` are those of its headline item.

    `sources` is the number of outlets, `copies` how many of them carry the same text, 0 where each has its own.
    `continues` is the older story it takes up again; `merged_into` the one the owner put all its items into.
    """

    id: int
    topic: str
    title: str
    url: str | None
    first_seen: datetime
    last_seen: datetime
    sources: int
    size: int
    copies: int = 0
    continues: int | None = None
    merged_into: int | None = None


@value
class Growth:
    """The news in an update: outlets not reported before, and new words that two or more outlets use."""

    outlets: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


@value
class StoryNews:
    """A story as one message reports it, with the matches in the message, newest last; `more` were left out for space.

    `brings` is the news in an update; `continues` is the older story that a new one continues. `links` are set where pages
    are served.
    """

    story: Story
    matches: tuple[Match, ...]
    reason: Reason | None = None
    brings: Growth = field(default_factory=Growth)
    continues: Story | None = None
    more: int = 0
    links: StoryLinks | None = None

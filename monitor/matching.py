"""The match pass: waiting items → match topics → group → matches and stories.

Matching looks at one item at a time. Grouping takes a topic's matches in the order (first seen, item id) and stores
that order; its index is a cache that is rebuilt from the window's rows, so a restart groups alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from alerts.policy import FIRST_POLL
from monitor.stories.grouping import WINDOW, StoryIndex
from monitor.text import plain
from monitor.topics.document import Document
from storage.matches import NewMatch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from monitor.topics.score import Judgement
    from storage.database import Database, Ledger
    from storage.model import Item, Match

SLICE = 100  # items a transaction: judging and grouping them stays under 100 ms
EVERY_CHANNEL = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic as matching knows it: the text that names this version of its rule, and the feeds it looks at."""

    name: str
    text: str
    hash: str
    feeds: frozenset[str] | None = None  # URLs; None for every feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What a run of the pass came to, in items, matches, and ids of the stories they joined."""

    items: int = 0
    matches: int = 0
    stories: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    """A topic's story index with everything that happened since a time, and when it was built."""

    stories: StoryIndex
    since: datetime
    built_at: datetime


class Judge(Protocol):
    """What says how topics judge a document; a `Matcher` is one."""

    def judge(self, document: Document) -> Mapping[str, Judgement]:
        """Return judgements by topic; a topic left out does not match."""
        ...


class Matching:
    """The topics, what judges them, and the story index of each."""

    def __init__(self, topics: Sequence[Topic], judge: Judge) -> None:
        self._topics = {topic.name: topic for topic in topics}
        self._judge = judge
        self._indexes: dict[str, _Index] = {}

    def run(self, database: Database, *, now: datetime) -> Matched:
        """Match and group everything that waits, in slices."""
        items = matches = 0
        while _has_waiting(database):
            with database.write() as ledger:
                waiting = ledger.items.awaiting_match(limit=SLICE)
                matches += self._match(ledger, waiting, now=now)
                ledger.items.matched(item.id for item in waiting)
            items += len(waiting)
        return Matched(items=items, matches=matches, stories=self._group_all(database, now=now))

    def _match(self, ledger: Ledger, items: Sequence[Item], *, now: datetime) -> int:
        if not items:
            return 0
        versions = {
            topic.name: ledger.matches.rule_version(topic.name, hash_=topic.hash, rule=topic.text, now=now)
            for topic in self._topics.values()
        }
        looks_at = self._feeds_of(ledger)
        found = [
            _new_match(item, name, versions[name], judgement)
            for item in items
            for name, judgement in self._judge.judge(document_of(item)).items()
            if judgement.matched and item.feed_id in looks_at.get(name, {item.feed_id})
        ]
        return ledger.matches.add(found, now=now)

    def _feeds_of(self, ledger: Ledger) -> Mapping[str, set[int]]:
        """Return the feed ids of each topic that does not look at every feed."""
        chosen = {topic.name: topic.feeds for topic in self._topics.values() if topic.feeds is not None}
        if not chosen:
            return {}
        subscribed = ledger.feeds.subscribed()
        return {name: {feed.id for feed in subscribed if feed.url in urls} for name, urls in chosen.items()}

    def _group_all(self, database: Database, *, now: datetime) -> frozenset[int]:
        touched: set[int] = set()
        with database.read() as ledger:
            waiting = ledger.matches.ungrouped_topics()
        for topic in sorted(waiting.intersection(self._topics)):
            try:
                while grouped := self._group_slice(database, topic, now=now):
                    touched |= grouped
            except BaseException:
                self._indexes.pop(topic, None)  # it may know items whose transaction did not stand
                raise
        return frozenset(touched)

    def _group_slice(self, database: Database, topic: str, *, now: datetime) -> set[int]:
        """Put some of the topic's waiting matches into stories and return those stories."""
        with database.read() as ledger:  # building an index may take seconds: too long for the one writer
            waiting = ledger.matches.ungrouped(topic, limit=SLICE)
            if not waiting:
                return set()
            index = self._index(ledger, topic, waiting, now=now)
        with database.write() as ledger:
            return _group(ledger, index, waiting, now=now)

    def _index(self, ledger: Ledger, topic: str, waiting: Sequence[Match], *, now: datetime) -> StoryIndex:
        """Return the topic's index, built from rows where there is none, or none that goes back far enough."""
        since = min(story_time(match.item) for match in waiting) - WINDOW
        held = self._indexes.get(topic)
        # An index is dropped now and then: it grows with every item and never forgets a story in part.
        if held is None or since < held.since or now - held.built_at > WINDOW:
            held = _Index(stories=StoryIndex(), since=since, built_at=now)
            for grouped in ledger.matches.window(topic, since=since):
                item = grouped.match.item
                held.stories.add(document_of(item), story_time(item), grouped.story_id)
            self._indexes[topic] = held
        return held.stories


def _has_waiting(database: Database) -> bool:
    """Look before taking the writer's place: a tick a second finds nothing most of the time."""
    with database.read() as ledger:
        return bool(ledger.items.awaiting_match(limit=1))


def _group(ledger: Ledger, index: StoryIndex, waiting: Sequence[Match], *, now: datetime) -> set[int]:
    """Put matches into stories, in their order, and return those stories."""
    news: dict[int, bool] = {}
    for match in waiting:
        story_id = _place(ledger, index, match)
        news[story_id] = news.get(story_id, False) or not match.item.at_first_poll
    standing = [match.id for match in waiting if match.item.at_first_poll]
    ledger.alerts.silence(standing, channel=EVERY_CHANNEL, reason=FIRST_POLL, now=now)
    for story_id, has_news in news.items():
        ledger.stories.refresh(story_id, headline_item_id=int(index.headline(story_id)))
        if has_news:
            ledger.stories.schedule(story_id, due_at=now)
    return set(news)


def _place(ledger: Ledger, index: StoryIndex, match: Match) -> int:
    document, at = document_of(match.item), story_time(match.item)
    placement = index.find(document, at)
    story_id = placement.story if placement else ledger.stories.open(match)
    ledger.matches.place(match, story_id=story_id)
    index.add(document, at, story_id)
    return story_id


def document_of(item: Item) -> Document:
    """Return an item as topics and stories read it: plain text."""
    return Document(
        id=str(item.id),
        title=item.title,
        summary=plain(item.summary),
        text=plain(item.content),
        feed=item.feed,
        language=item.language,
        author=item.author,
    )


def story_time(item: Item) -> datetime:
    """Return when an item happened for grouping: as published, for its feed may show it long afterwards."""
    return item.published_at or item.first_seen


def _new_match(item: Item, topic: str, version: int, judgement: Judgement) -> NewMatch:
    return NewMatch(
        item_id=item.id, topic=topic, rule_version=version, score=judgement.score, why=judgement.why
    )

"""The match pass: waiting items → match topics → group → matches and stories.

Matching looks at one item at a time; `monitor.matching.group` looks at a topic.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from monitor.fitting.fitting_topic import share_of
from storage.model.value import value
from storage.stores.item_words import INDEXED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from monitor.fitting.fitting_topic import FittingTopic
    from monitor.matching.decide import Deciding
    from monitor.matching.group import Grouping, MayStore
    from monitor.topics.judging.score import Judgement
    from monitor.topics.vocabulary.document import Document
    from storage.database import Database, Ledger
    from storage.model import Item
    from storage.stores.matches import NewMatch, RuleVersion

SLICE = 100  # items a transaction: judging them stays under 100 ms
SLOW_SLICE = 8  # … with the semantic extra, which may take 10 ms for each


@value
class WatchedTopic:
    """A topic as it is stored and matched: the text of its rule version, and the feeds that it reads.

    `fitting` is set if the rule is fitted to the items that come near it; these are decided in order.
    """

    name: str
    text: str
    hash: str
    feeds: frozenset[str] | None = None  # URLs; None for every feed
    fulltext: bool = False  # the pages of its items are read before they are grouped
    fitting: FittingTopic | None = None


@value
class Matched:
    """The result of a run: numbers of items and matches, and the ids of the stories they joined."""

    items: int = 0
    matches: int = 0
    stories: frozenset[int] = frozenset()


def by_myself(ledger: Ledger) -> bool:
    """Always allow storing: no other process uses the database."""
    del ledger
    return True


class Judge(Protocol):
    """Judges documents by topics, as a `Matcher` or a `Sieve` does."""

    def judge(self, document: Document) -> Mapping[str, Judgement]:
        """Return judgements by topic; a topic left out does not match."""
        ...

    def is_near(self, document: Document) -> bool:
        """Whether a document comes near some topic, so that its full text might match."""
        ...


class Matching:
    """The match pass: the topics, their judge, and the grouping of their matches."""

    def __init__(
        self,
        topics: Sequence[WatchedTopic],
        judge: Judge,
        *,
        at_once: Callable[[], int] = lambda: SLICE,
        reads_heads: bool = False,
    ) -> None:
        """Match by these topics, `at_once` items in a transaction; with `reads_heads` the heads of pages are requested, which another pass reads."""
        self._at_once = at_once
        self._reads_heads = reads_heads
        self.follow(topics, judge)

    def follow(self, topics: Sequence[WatchedTopic], judge: Judge) -> None:
        """Judge by these topics from now on; existing stories stay."""
        self._topics = {topic.name: topic for topic in topics}
        self._judge = judge
        self._versions: dict[str, RuleVersion] | None = None

    @cached_property
    def _grouping(self) -> Grouping:
        from monitor.matching.group import Grouping  # noqa: PLC0415  # words and stories, for the first match

        return Grouping()

    @cached_property
    def _deciding(self) -> Deciding:
        from monitor.matching.decide import Deciding  # noqa: PLC0415  # numpy, needed only for fitted topics

        return Deciding(self._store)

    @property
    def topics(self) -> Sequence[WatchedTopic]:
        """The topics by which items are judged."""
        return tuple(self._topics.values())

    def watch(self, database: Database, *, now: datetime) -> dict[str, RuleVersion]:
        """Store the topics: items seen before a topic was added cause no alert for it (F1)."""
        if self._versions is None:
            rules = {topic.name: (topic.hash, topic.text) for topic in self._topics.values()}
            with database.write() as ledger:
                versions = ledger.matches.rule_versions(rules, now=now)
            self._versions = versions
        return self._versions

    def run(self, database: Database, *, now: datetime) -> Matched:
        """Match and group everything that waits, in slices, as the only process that does."""
        items = matches = 0
        while (matched := self.match(database, now=now)).items:
            items += matched.items
            matches += matched.matches
        touched: set[int] = set()
        for topic in sorted(self.ungrouped(database)):
            matches += self.decide(database, topic, now=now)
            touched |= self.group(database, topic, now=now)
        return Matched(items=items, matches=matches, stories=frozenset(touched))

    def match(self, database: Database, *, now: datetime) -> Matched:
        """Match one slice of the waiting items; items that other processes are matching are left to them.

        Once enough items were matched, or all that waited, full-text search learns of them.
        """
        versions = self.watch(database, now=now)
        if not _is_waiting(database):
            return Matched()
        with database.write() as ledger:
            waiting = ledger.items.take_for_match(limit=self._at_once())
            matches = self._match(ledger, waiting, versions, now=now)
            ledger.items.matched(item.id for item in waiting)
        return Matched(items=len(waiting), matches=matches)

    def ungrouped(self, database: Database) -> set[str]:
        """Return the topics with items that wait for a decision, or matches that belong to no story yet."""
        with database.read() as ledger:
            waiting = ledger.candidates.waiting_topics() | ledger.placements.ungrouped_topics()
        return waiting.intersection(self._topics)

    def decide(
        self, database: Database, topic: str, *, now: datetime, may_store: MayStore = by_myself
    ) -> int:
        """Decide the items that came near a topic and return how many match, as long as `may_store` allows it."""
        fitting = self._topics[topic].fitting
        if fitting is None:
            return 0
        version = self.watch(database, now=now)[topic]
        return self._deciding.run(database, fitting, version, now=now, may_store=may_store)

    def group(
        self, database: Database, topic: str, *, now: datetime, may_store: MayStore = by_myself
    ) -> set[int]:
        """Decide waiting items, put every match of the topic into a story, and return the stories."""
        self.decide(database, topic, now=now, may_store=may_store)
        return self._grouping.run(database, topic, now=now, may_store=may_store)

    def _match(
        self, ledger: Ledger, items: Sequence[Item], versions: Mapping[str, RuleVersion], *, now: datetime
    ) -> int:
        if not items:
            return 0
        from monitor.matching.item_document import document_of  # noqa: PLC0415  # words, for the first item
        from monitor.matching.new_match import new_match  # noqa: PLC0415  # the same

        looks_at = self._feeds_of(ledger)
        found: list[NewMatch] = []
        near: list[tuple[str, int]] = []
        for item in items:
            for name, judgement in self._judge.judge(document_of(item)).items():
                if item.feed_id not in looks_at.get(name, {item.feed_id}):
                    continue
                fitting = self._topics[name].fitting
                if fitting is not None and share_of(fitting.rule, judgement) is not None:
                    near.append((name, item.id))
                elif judgement.matched:
                    found.append(new_match(item, name, versions[name], judgement, now=now))
        ledger.candidates.add(near)
        return self._store(ledger, items, found, now)

    def _store(self, ledger: Ledger, items: Sequence[Item], found: Sequence[NewMatch], now: datetime) -> int:
        """Store matches and what follows from them, and return how many are new."""
        added = ledger.matches.add(found, now=now)
        self._want_pages(ledger, items, found, now=now)
        self._want_heads(ledger, items, {match.item_id for match in found}, now=now)
        known = {match.article_id for match in found} - {match.item_id for match in found}
        ledger.stories.requeue_for_articles(
            sorted(article for article in known if article is not None), now=now
        )
        return added

    def _want_pages(
        self, ledger: Ledger, items: Sequence[Item], found: Sequence[NewMatch], *, now: datetime
    ) -> None:
        """Request the pages of matched items if a topic wants them and the feed gives too little text to compare."""
        asked: set[int] = set()
        for topic in {match.topic for match in found if self._topics[match.topic].fulltext}:
            asked |= ledger.matches.items_on(
                topic, [match.item_id for match in found if match.topic == topic]
            )
        urls = {item.id: item.url for item in items if item.id in asked and item.url and lacks_text(item)}
        ledger.page_texts.want(urls, now=now)

    def _want_heads(
        self, ledger: Ledger, items: Sequence[Item], matched: Collection[int], *, now: datetime
    ) -> None:
        """Request the heads of the pages of items that have only a title and match by it, or come near."""
        from monitor.matching.item_document import document_of  # noqa: PLC0415  # see `_match`

        bare = [item for item in items if has_title_alone(item)] if self._reads_heads else []
        urls = {
            item.id: item.url
            for item in bare
            if item.url and (item.id in matched or self._judge.is_near(document_of(item)))
        }
        ledger.page_heads.want(urls, now=now)

    def _feeds_of(self, ledger: Ledger) -> Mapping[str, set[int]]:
        """Return the feed ids of each topic that does not read every feed."""
        chosen = {topic.name: topic.feeds for topic in self._topics.values() if topic.feeds is not None}
        if not chosen:
            return {}
        subscribed = ledger.feeds.subscribed()
        return {name: {feed.id for feed in subscribed if feed.url in urls} for name, urls in chosen.items()}


def _is_waiting(database: Database) -> bool:
    """Return whether items wait for matching, and index the words of those matched before, in large parts."""
    while True:
        with database.read() as ledger:  # without the write lock: a tick every second mostly finds nothing
            is_waiting, unindexed = ledger.items.is_waiting(), ledger.items.unindexed()
        if unindexed == 0 or (is_waiting and unindexed < INDEXED):
            return is_waiting
        with database.write() as ledger:
            ledger.items.index_words()


def has_title_alone(item: Item) -> bool:
    """Whether an item is a sitemap's entry without a text, neither from a first poll nor from another feed before."""
    is_bare = item.of_sitemap and not (item.summary or item.content)
    return is_bare and not item.at_first_poll and item.same_as is None


def lacks_text(item: Item) -> bool:
    """Whether a page may have more text than the feed gives; pages of items from a first poll are not fetched."""
    from monitor.stories.profile import TEXT_WORDS  # noqa: PLC0415  # words, for the first match
    from monitor.text.words import plain  # noqa: PLC0415  # the same

    return not item.at_first_poll and len(plain(item.content).split(maxsplit=TEXT_WORDS)) <= TEXT_WORDS

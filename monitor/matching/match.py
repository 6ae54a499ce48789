"""The match pass: waiting items → match topics → group → matches and stories.

Matching looks at one item at a time; `monitor.matching.group` looks at a topic.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from monitor.fitting.fitting_topic import share_of
from monitor.matching.pages_to_read import want_heads, want_pages
from monitor.matching.portion import GROUPED_AT_ONCE, MATCHED_AT_ONCE, Portion, part_of_backlog
from monitor.matching.slices import JudgedItem, Slice, in_order
from storage.model import Urgency
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
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
        news = self.match_news(database, now=now)
        backlog = self.match_backlog(database, Portion(), now=now)
        matches = news.matches + backlog.matches
        touched: set[int] = set()
        for topic in sorted(self.ungrouped(database, Portion())):
            matches += self.decide(database, topic, Portion(), now=now)
            touched |= self._grouping.run(database, topic, Portion(), now=now, may_store=by_myself)
        return Matched(items=news.items + backlog.items, matches=matches, stories=frozenset(touched))

    def run_news(self, database: Database, *, now: datetime) -> Matched:
        """Match and group every item that may cause an alert, as the only process that does."""
        matched = self.match_news(database, now=now)
        news = Portion(news_only=True)
        for topic in sorted(self.ungrouped(database, news)):
            self.group(database, topic, news, now=now)
        return matched

    def run_backlog(self, database: Database, *, now: datetime) -> tuple[Matched, bool]:
        """Match and group a part of the other items, as the only process that does; return whether more may wait.

        It ends early when news waits. What was matched is grouped first.
        """
        grouped = part_of_backlog(database, GROUPED_AT_ONCE)
        for topic in sorted(self.ungrouped(database, grouped)):
            self.group(database, topic, grouped, now=now)
            if grouped.is_done:
                return Matched(), True
        matched = self.match_backlog(database, portion := part_of_backlog(database, MATCHED_AT_ONCE), now=now)
        return matched, portion.is_done or matched.items > 0

    def match_news(self, database: Database, *, now: datetime) -> Matched:
        """Match every item that may cause an alert."""
        return self._match_all(database, Urgency.NEWS, Portion(), now=now)

    def match_backlog(self, database: Database, portion: Portion, *, now: datetime) -> Matched:
        """Match a portion of the other items."""
        return self._match_all(database, Urgency.BACKLOG, portion, now=now)

    def _match_all(self, database: Database, urgency: Urgency, portion: Portion, *, now: datetime) -> Matched:
        items = matches = 0
        while (matched := self._match_slice(database, urgency, now=now)).items:
            items += matched.items
            matches += matched.matches
            if not portion.goes_on(matched.items):
                break
        return Matched(items=items, matches=matches)

    def _match_slice(self, database: Database, urgency: Urgency, *, now: datetime) -> Matched:
        """Match one slice of the waiting items; items that other processes are matching are left to them.

        Once enough items were matched, or all that waited, full-text search learns of them.
        """
        versions = self.watch(database, now=now)
        chosen = Slice(urgency, limit=self._at_once, judge=self._judged)
        if not chosen.judge(database):
            return Matched()
        with database.write() as ledger:
            judged = chosen.take(ledger)
            matches = self._match(ledger, in_order(judged.values()), versions, now=now)
            ledger.match_queue.remove(judged)
        return Matched(items=len(judged), matches=matches)

    def ungrouped(self, database: Database, portion: Portion) -> set[str]:
        """Return the topics with items that wait for a decision, or matches that belong to no story yet."""
        with database.read() as ledger:
            if portion.news_only:
                waiting = ledger.candidates.topics_with_news() | ledger.placements.topics_with_news()
            else:
                waiting = ledger.candidates.waiting_topics() | ledger.placements.ungrouped_topics()
        return waiting.intersection(self._topics)

    def decide(
        self,
        database: Database,
        topic: str,
        portion: Portion,
        *,
        now: datetime,
        may_store: MayStore = by_myself,
    ) -> int:
        """Decide the items that came near a topic and return how many match, as long as `may_store` allows it."""
        fitting = self._topics[topic].fitting
        if fitting is None:
            return 0
        version = self.watch(database, now=now)[topic]
        return self._deciding.run(database, fitting, version, portion, now=now, may_store=may_store)

    def group(
        self,
        database: Database,
        topic: str,
        portion: Portion,
        *,
        now: datetime,
        may_store: MayStore = by_myself,
    ) -> set[int]:
        """Decide a topic's waiting items, put its matches into stories, and return these stories."""
        self.decide(database, topic, portion, now=now, may_store=may_store)
        if portion.is_done:
            return set()
        return self._grouping.run(database, topic, portion, now=now, may_store=may_store)

    def _judged(self, ledger: Ledger, item_ids: Sequence[int]) -> dict[int, JudgedItem | None]:
        """Return items with their judgements by the topics that read their feeds; an item that none reads is not loaded."""
        if not item_ids:
            return {}
        looks_at = self._feeds_of(ledger)
        read = item_ids
        if len(looks_at) == len(self._topics):  # none reads every feed
            read = ledger.match_queue.of_feeds(item_ids, set[int]().union(*looks_at.values()))
        items = ledger.match_queue.items(read)
        judged = {item.id: JudgedItem(item=item, found=self._found(item, looks_at)) for item in items}
        return {item_id: judged.get(item_id) for item_id in item_ids}

    def _found(self, item: Item, looks_at: Mapping[str, set[int]]) -> dict[str, Judgement]:
        from monitor.matching.item_document import document_of  # noqa: PLC0415  # words, for the first item

        return {
            name: judgement
            for name, judgement in self._judge.judge(document_of(item)).items()
            if item.feed_id in looks_at.get(name, {item.feed_id})
        }

    def _match(
        self,
        ledger: Ledger,
        judged: Sequence[JudgedItem],
        versions: Mapping[str, RuleVersion],
        *,
        now: datetime,
    ) -> int:
        if not judged:
            return 0
        from monitor.matching.new_match import new_match  # noqa: PLC0415  # words, for the first item

        found: list[NewMatch] = []
        near: list[tuple[str, int]] = []
        for one in judged:
            for name, judgement in one.found.items():
                fitting = self._topics[name].fitting
                if fitting is not None and share_of(fitting.rule, judgement) is not None:
                    near.append((name, one.item.id))
                elif judgement.matched:
                    found.append(new_match(one.item, name, versions[name], judgement, now=now))
        ledger.candidates.add(near)
        return self._store(ledger, [one.item for one in judged], found, now)

    def _store(self, ledger: Ledger, items: Sequence[Item], found: Sequence[NewMatch], now: datetime) -> int:
        """Store matches and what follows from them, and return how many are new."""
        added = ledger.matches.add(found, now=now)
        readers = [topic.name for topic in self._topics.values() if topic.fulltext]
        want_pages(ledger, items, found, readers, now=now)
        if self._reads_heads:
            want_heads(ledger, items, {match.item_id for match in found}, self._judge.is_near, now=now)
        known = {match.article_id for match in found} - {match.item_id for match in found}
        ledger.stories.requeue_for_articles(
            sorted(article for article in known if article is not None), now=now
        )
        return added

    def _feeds_of(self, ledger: Ledger) -> Mapping[str, set[int]]:
        """Return the feed ids of each topic that does not read every feed."""
        chosen = {topic.name: topic.feeds for topic in self._topics.values() if topic.feeds is not None}
        if not chosen:
            return {}
        ids = ledger.feeds.ids_of(url for urls in chosen.values() for url in urls)
        return {name: {ids[url] for url in urls if url in ids} for name, urls in chosen.items()}

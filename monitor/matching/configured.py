"""The configured topics with their marks, which may change while the daemon runs."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING

from monitor.config.errors import TopicRefused
from monitor.fitting.fitting_topic import FLOOR, fitting_rule
from monitor.matching.match import SLICE, SLOW_SLICE, Matching
from monitor.matching.read_topics.load_topics import load_topic, watched
from monitor.topics.topic import sieve_of
from storage.engine.malloc_trim import MemoryTrimmer
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from monitor.config.settings import TopicConfig
    from monitor.matching.group import MayStore
    from monitor.matching.match import Matched, WatchedTopic
    from monitor.matching.portion import Portion
    from monitor.topics.judging.score import Judgement
    from monitor.topics.judging.sieve import Sieve
    from monitor.topics.topic import Topic
    from monitor.topics.vocabulary.document import Document
    from storage.database import Database
    from storage.model import Mark

log = logging.getLogger(__name__)


@value
class ActiveMarks:
    """The marks in force, and the id of the last one made or undone."""

    active: tuple[Mark, ...] = ()
    newest: int = 0

    def of(self, topic: str) -> tuple[Mark, ...]:
        """Return the marks of one topic."""
        return tuple(mark for mark in self.active if mark.topic == topic)


def marks_in(database: Database) -> ActiveMarks:
    """Return the marks in the database."""
    with database.read() as ledger:
        return ActiveMarks(active=tuple(ledger.marks.active()), newest=ledger.marks.newest())


class CompiledWhenUsed:
    """A judge that is compiled for the first document: a round in which nothing is matched needs none, nor numpy."""

    def __init__(self, compiled: Callable[[], Sieve]) -> None:
        self._compiled = compiled

    @cached_property
    def _sieve(self) -> Sieve:
        return self._compiled()

    def at_once(self) -> int:
        """The number of items to judge in one transaction."""
        return SLOW_SLICE if self._sieve.reads_meaning else SLICE

    def judge(self, document: Document) -> Mapping[str, Judgement]:
        """Return judgements by topic; a topic left out does not match."""
        return self._sieve.judge(document)

    def is_near(self, document: Document) -> bool:
        """Whether a document comes near some topic."""
        return self._sieve.is_near(document)


class ConfiguredTopics:
    """Matching by the configured topics, which reads new marks before each run."""

    def __init__(
        self, topics: Sequence[TopicConfig], marks: ActiveMarks, *, reads_heads: bool = False
    ) -> None:
        """Read every topic; with `reads_heads` the heads of pages are requested for items that have a title alone.

        Raises:
            TopicRefused: a topic's rule or examples cannot be used.
        """
        self._configs = {topic.name: topic for topic in topics}
        self._marks = marks
        self._topics = {topic.name: load_topic(topic, marks.active) for topic in topics}
        self._fits = 0
        self._memory = MemoryTrimmer()
        self._words: dict[str, Topic] = {}
        judge = self._judge()
        self._matching = Matching(self._watched(), judge, at_once=judge.at_once, reads_heads=reads_heads)

    @property
    def topics(self) -> Mapping[str, Topic]:
        """The topics by name, with the marks in force."""
        return self._topics

    def watch(self, database: Database, *, now: datetime) -> None:
        """Store the topics, so that items seen before a topic was added cause no alert for it."""
        self._matching.watch(database, now=now)

    def run(self, database: Database, *, now: datetime) -> Matched:
        """Match and group everything that waits."""
        self._reload(database)
        matched = self._matching.run(database, now=now)
        self._memory.note(matched.items)
        return matched

    def run_news(self, database: Database, *, now: datetime) -> None:
        """Match and group every item that may cause an alert."""
        self._reload(database)
        self._memory.note(self._matching.run_news(database, now=now).items)

    def run_backlog(self, database: Database, *, now: datetime) -> bool:
        """Match and group a part of the other items, and return whether more may wait; news end it early."""
        self._reload(database)
        matched, is_more = self._matching.run_backlog(database, now=now)
        self._memory.note(matched.items)
        return is_more

    def match_news(self, database: Database, *, now: datetime) -> None:
        """Match every item that may cause an alert; other processes may match others of them."""
        self._reload(database)
        self._matching.match_news(database, now=now)

    def match_backlog(self, database: Database, portion: Portion, *, now: datetime) -> bool:
        """Match a portion of the other items, and return whether more may wait."""
        self._reload(database)
        return self._matching.match_backlog(database, portion, now=now).items > 0

    def ungrouped(self, database: Database, portion: Portion) -> set[str]:
        """Return the topics with items to decide, or matches that belong to no story yet."""
        return self._matching.ungrouped(database, portion)

    def group(
        self, database: Database, topic: str, portion: Portion, *, now: datetime, may_store: MayStore
    ) -> None:
        """Decide and group a portion of a topic's waiting items, as long as `may_store` allows it."""
        self._matching.group(database, topic, portion, now=now, may_store=may_store)

    def _watched(self) -> list[WatchedTopic]:
        return [
            watched(config, self._topics[name], self._marks.active) for name, config in self._configs.items()
        ]

    def _judge(self) -> CompiledWhenUsed:
        """Return the judge that finds matches, and the items that come near a topic whose rule is fitted."""
        topics = {**self._topics, **self._words}
        floors = {name: FLOOR for name, topic in self._topics.items() if fitting_rule(topic) is not None}
        return CompiledWhenUsed(lambda: sieve_of(topics, floors=floors))

    def _reload(self, database: Database) -> None:
        """Reload what changed since the last run: marks, and the words of fitted rules."""
        self._reload_marked(database)
        self._reload_fitted(database)

    def _reload_fitted(self, database: Database) -> None:
        """Reload the words of rules that have learnt further; a fitted threshold makes no difference here."""
        with database.read() as ledger:
            newest = ledger.fits.newest()
            if newest == self._fits:
                return
            fitting = [one.fitting for one in self._matching.topics if one.fitting is not None]
            from monitor.matching.archive import words_of_fitted  # noqa: PLC0415  # numpy, see above

            words = {**self._words, **words_of_fitted(ledger, fitting, after=self._fits)}
        self._fits = newest
        if words != self._words:
            self._words = words
            self._matching.follow(self._watched(), self._judge())

    def _reload_marked(self, database: Database) -> None:
        """Reload the topics whose marks changed; their rule files may have changed with the marks."""
        with database.read() as ledger:
            if ledger.marks.newest() == self._marks.newest:
                return
        marks = marks_in(database)
        changed = [name for name in self._configs if marks.of(name) != self._marks.of(name)]
        self._marks = marks
        for name in changed:
            try:
                self._topics[name] = load_topic(self._configs[name], marks.active)
            except TopicRefused as refusal:
                log.error("topic=%s outcome=refused; it keeps its rule: %s", name, refusal)  # noqa: TRY400
        if changed:
            log.info("topics=%s outcome=marked", ",".join(changed))
            self._words = {name: topic for name, topic in self._words.items() if name not in changed}
            self._fits = 0
            self._matching.follow(self._watched(), self._judge())

"""Topics as they judge now, with their marks, fitted rules and neighbouring items from the database."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from monitor.matching.read_topics.load_topics import fitting_topic
from monitor.topics.topic import LearntTopic, matcher_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monitor.fitting.archive_judge import ArchiveJudge
    from monitor.topics.judging.matcher import Matcher
    from monitor.topics.judging.score import Judgement
    from monitor.topics.rules.rule import Rule
    from monitor.topics.topic import Topic
    from monitor.topics.vocabulary.document import Document
    from storage.database import Ledger


class CurrentTopics:
    """Judges documents by the present topics."""

    def __init__(self, topics: Mapping[str, Topic], archives: Mapping[str, ArchiveJudge]) -> None:
        """Keep the topics, and the judges of those whose rules are fitted."""
        self._topics = topics
        self._archives = archives

    @cached_property
    def _matcher(self) -> Matcher:
        return matcher_of(self._topics)

    def judge(self, document: Document, at: datetime) -> dict[str, Judgement]:
        """Return the judgement of every topic on a document that was seen at a time."""
        judgements = self._matcher.judge(document)
        for name, archive in self._archives.items():
            judgements[name] = archive.judge(document, at, judgements[name]).judgement
        return judgements

    def fitted_rule(self, name: str) -> Rule | None:
        """Return the last fitted rule of a topic; None if it was never fitted."""
        archive = self._archives.get(name)
        return None if archive is None or archive.rule.fitted is None else archive.rule


def open_topics(ledger: Ledger, topics: Mapping[str, Topic], *, before: int | None = None) -> CurrentTopics:
    """Return topics with their state in the database; if `before` is an item, as it was before that item was decided."""
    archives = {}
    marks = ledger.marks.active()
    for name, topic in topics.items():
        fitting = fitting_topic(name, topic, marks)
        if fitting is not None:
            from monitor.matching.archive import open_archive  # noqa: PLC0415  # numpy, for fitted topics

            archives[name] = open_archive(ledger, fitting, before=before).judge
    return CurrentTopics(topics, archives)


def as_fitted(topic: Topic, current: CurrentTopics, name: str) -> Topic:
    """Return a topic with its last fitted rule."""
    rule = current.fitted_rule(name)
    return topic if rule is None else LearntTopic(rule)

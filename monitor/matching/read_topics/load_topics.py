"""Reads configured topics from their files: examples to learn from, a rule, or a query."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.fitting.fitting_topic import FittingTopic, Verdicts, fitting_rule
from monitor.matching.marks import marks_of
from monitor.matching.match import WatchedTopic
from monitor.matching.read_topics.rule_files import read_query, read_rule
from monitor.topics.rules.format import is_as_learnt
from monitor.topics.rules.rule import Breadth
from monitor.topics.topic import LearntTopic, QueryTopic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.config.settings import TopicConfig
    from monitor.topics.rules.rule import Rule
    from monitor.topics.topic import Topic
    from storage.database import Ledger
    from storage.model import Mark


def load_topic(config: TopicConfig, marks: Iterable[Mark] = ()) -> Topic:
    """Return a configured topic; one learnt from articles learns from its marks too.

    Raises:
        TopicRefused: its rule or query is wrong, or its examples give no rule.
    """
    if config.query is not None:
        return QueryTopic(read_query(config.query, config.name))
    if config.rule is not None:
        return rule_topic(config, read_rule(config.rule))
    from monitor.matching.read_topics.learn_topic import article_file, learn_rule  # noqa: PLC0415  # brings the learner

    given = [article_file(path) for path in config.articles]
    learnt = learn_rule(config.name, given, breadth=config.breadth).rule
    return LearntTopic(learnt, fit=config.fit is not False).remarked(marks_of(config.name, marks))


def rule_topic(config: TopicConfig, rule: Rule) -> LearntTopic:
    """Return the topic of a rule from its file, with the name and breadth of the configuration."""
    breadth = rule.breadth if config.breadth is None else Breadth(config.breadth)
    fit = is_as_learnt(rule) if config.fit is None else config.fit
    return LearntTopic(replace(rule, name=config.name, breadth=breadth), fit=fit)


def load_current_topic(config: TopicConfig, ledger: Ledger) -> Topic:
    """Return a configured topic as it judges now, with the marks in the database.

    Raises:
        TopicRefused: as `load_topic` does.
    """
    return load_topic(config, ledger.marks.active())


def watched(config: TopicConfig, topic: Topic, marks: Iterable[Mark] = ()) -> WatchedTopic:
    """Return a topic as matching stores and matches it."""
    return WatchedTopic(
        name=config.name,
        text=topic.text,
        hash=topic.hash,
        feeds=None if config.feeds is None else frozenset(config.feeds),
        fulltext=bool(config.fulltext),
        fitting=fitting_topic(config.name, topic, marks),
    )


def fitting_topic(name: str, topic: Topic, marks: Iterable[Mark]) -> FittingTopic | None:
    """Return a topic in the form in which its rule is fitted; None if it is not."""
    rule = fitting_rule(topic)
    if rule is None:
        return None
    own = marks_of(name, marks)
    meant = {one.document.id: one.meant for one in own}
    verdicts = Verdicts(meant=meant, documents=tuple(one.document for one in own))
    return FittingTopic(name=name, rule=rule, hash=topic.hash, verdicts=verdicts)

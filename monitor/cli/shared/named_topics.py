"""Finds the topics named on a command line: configured topics and rule files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli.shared.context import CommandContext, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.config.settings import TopicConfig
    from monitor.topics.topic import Topic


def configured(context: CommandContext, name: str) -> TopicConfig:
    """Return a configured topic; refuse an unknown name."""
    known = {topic.name: topic for topic in context.settings().topics}
    if name not in known:
        raise unknown("topic", name, known)
    return known[name]


def current_topic(context: CommandContext, config: TopicConfig) -> Topic:
    """Return a configured topic including what it learnt from marks, if there is a database."""
    from monitor.matching.read_topics.load_topics import load_current_topic, load_topic
    from storage.database import Database

    if config.articles and Database.is_there(context.settings().database):
        with context.ledger() as ledger:
            return load_current_topic(config, ledger)
    return load_topic(config)


def is_rule_file(name: str) -> bool:
    """Return whether an argument names a rule file rather than a configured topic."""
    return name.endswith(".toml") or "/" in name


def topics_named(context: CommandContext, names: Iterable[str]) -> dict[str, Topic]:
    """Return the topic of each name; a rule file has the name in it, or its path if that name is taken."""
    from monitor.matching.read_topics.rule_files import read_rule
    from monitor.topics.rules.format import is_as_learnt
    from monitor.topics.topic import LearntTopic

    topics: dict[str, Topic] = {}
    for name in names:
        if is_rule_file(name):
            rule = read_rule(Path(name))
            topics[name if not rule.name or rule.name in topics else rule.name] = LearntTopic(
                rule, fit=is_as_learnt(rule)
            )
        else:
            topics[name] = current_topic(context, configured(context, name))
    return topics

"""Topics as commands meet them: configured, with the marks in the ledger heard, or from a rule file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli.shared.context import CommandContext, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.config.settings import TopicConfig
    from monitor.topics.queries.query import Query
    from monitor.topics.rules.rule import Rule


def configured(shell: CommandContext, name: str) -> TopicConfig:
    """Return a configured topic, or refuse a name that none has."""
    known = {topic.name: topic for topic in shell.settings().topics}
    if name not in known:
        raise unknown("topic", name, known)
    return known[name]


def current_rule(shell: CommandContext, topic: TopicConfig) -> Rule | Query:
    """Return what a topic judges by now."""
    from monitor.matching.load_topics import load_rule
    from storage.database import Database

    if topic.articles and Database.is_there(shell.settings().database):
        with shell.ledger() as ledger:
            return load_rule(topic, ledger.marks.standing())
    return load_rule(topic)


def rules_of(shell: CommandContext, names: Iterable[str]) -> dict[str, Rule | Query]:
    """Return the rule of each name: a configured topic's, or a rule file's under the name it has there.

    Two files with rules of one name, two versions of it say, go by their paths.
    """
    from monitor.matching.load_topics import read_rule

    rules: dict[str, Rule | Query] = {}
    for name in names:
        if name.endswith(".toml") or "/" in name:
            rule = read_rule(Path(name))
            rules[name if not rule.name or rule.name in rules else rule.name] = rule
        else:
            rules[name] = current_rule(shell, configured(shell, name))
    return rules

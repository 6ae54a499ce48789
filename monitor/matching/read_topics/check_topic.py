"""Checks configured topics, for commands that judge no item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.config.errors import ConfigError, TopicRefused
from monitor.matching.read_topics.rule_files import read_query, read_rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.config.settings import TopicConfig


def check_topic(config: TopicConfig) -> Iterable[ConfigError]:
    """Yield the error of a configured topic that cannot be used."""
    try:
        _read(config)
    except TopicRefused as refusal:
        cause, _, remedy = str(refusal).removeprefix(f"topic {config.name!r}: ").partition("; ")
        yield ConfigError(
            path=config.path,
            line=config.line if config.query is None else config.query_line,
            where=f"topic {config.name!r}",
            cause=cause,
            remedy=remedy or "correct it, or remove the topic",
        )


def _read(config: TopicConfig) -> None:
    """Read what a topic is defined by.

    Raises:
        TopicRefused: its rule or query is wrong, or its examples give no rule.
    """
    if config.rule is not None:
        read_rule(config.rule)
    elif config.query is not None:
        read_query(config.query, config.name)
    else:
        from monitor.matching.read_topics.load_topics import load_topic  # noqa: PLC0415  # brings the learner

        load_topic(config)

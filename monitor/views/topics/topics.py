"""The configured topics, and one topic with its rule or query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.config.settings import TopicConfig
    from monitor.topics.topic import Topic


@value
class TopicRow:
    """A configured topic: a description of its source, and the feeds it reads (None for all)."""

    name: str
    made_of: str
    feeds: tuple[str, ...] | None


@value
class TopicView:
    """A topic as it judges now.

    `text` is the whole rule or query, `readable` the same without numbers that only programs read; `catches` has a
    sentence for each breadth on what a rule would catch. `threshold` is in points, None for a query.
    """

    name: str
    made_of: str
    text: str
    readable: str
    hash: str
    learns: bool
    threshold: float | None
    required: tuple[str, ...]
    catches: tuple[str, ...]


def list_topics(topics: Sequence[TopicConfig]) -> tuple[TopicRow, ...]:
    """Return a row for each configured topic."""
    return tuple(TopicRow(name=one.name, made_of=made_of(one), feeds=one.feeds) for one in topics)


def topic_row_json(row: TopicRow) -> dict[str, Any]:
    """Return a row of `topics list --format json`."""
    return {
        "name": row.name,
        "made_of": row.made_of,
        "feeds": None if row.feeds is None else list(row.feeds),
    }


def read_topic(config: TopicConfig, topic: Topic) -> TopicView:
    """Return a configured topic as it judges now."""
    return TopicView(
        name=config.name,
        made_of=made_of(config),
        text=topic.text,
        readable=topic.readable,
        hash=topic.hash,
        learns=topic.learns,
        threshold=topic.threshold,
        required=topic.required,
        catches=topic.describe(),
    )


def topic_json(view: TopicView) -> dict[str, Any]:
    """Return the output of `topics show --format json`."""
    return {
        "name": view.name,
        "made_of": view.made_of,
        "text": view.text,
        "hash": view.hash,
        "learns": view.learns,
        "threshold": view.threshold,
        "must": list(view.required),
        "catches": list(view.catches),
    }


def made_of(topic: TopicConfig) -> str:
    """Return a phrase for the source of a topic: its examples, its rule file, or its query."""
    if topic.articles:
        return f"{len(topic.articles)} articles"
    return f"query {topic.query}" if topic.query else f"rule {topic.rule}"

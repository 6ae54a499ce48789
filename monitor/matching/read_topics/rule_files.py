"""Reads rule files, queries and examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.config.errors import TopicRefused
from monitor.topics.rules.parse import parse_rule
from monitor.topics.rules.rule import RuleError

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.topics.queries.query import Query
    from monitor.topics.rules.rule import Rule


def read_rule(path: Path) -> Rule:
    """Return the rule in a file.

    Raises:
        TopicRefused: the file cannot be read, or is not a valid rule.
    """
    try:
        return parse_rule(read_text(path), str(path))
    except RuleError as error:
        raise TopicRefused(str(error)) from error


def read_query(text: str, topic: str) -> Query:
    """Return the query of a topic.

    Raises:
        TopicRefused: it is wrong.
    """
    from monitor.topics.queries.query import parse_query  # noqa: PLC0415  # brings the expressions of queries
    from monitor.topics.queries.tokens import QueryError  # noqa: PLC0415  # the same

    try:
        return parse_query(text, f"topic {topic!r}")
    except QueryError as error:
        raise TopicRefused(str(error)) from error


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises:
        TopicRefused: the file cannot be read, or is not text.
    """
    try:
        return file_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TopicRefused(f"{path}: is not UTF-8 text; save it as UTF-8") from None


def file_bytes(path: Path) -> bytes:
    """Return the content of a file.

    Raises:
        TopicRefused: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise TopicRefused(f"{path}: cannot be read ({error.strerror}); check the path") from None

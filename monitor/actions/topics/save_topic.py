"""Saves topics into the configuration file: new ones with their rule file, changed queries, and removals."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from monitor.actions.alerts.resume_channel import known_channel
from monitor.actions.refused import ActionRefused
from monitor.actions.topics.write_rule import NotARule
from monitor.actions.write_files import (
    FileChanged,
    FileEdit,
    Piece,
    digest_of,
    editing_alone,
    take_back,
    write_edits,
)
from monitor.config.edit_feeds import read_text
from monitor.config.edit_topics import (
    TopicEntry,
    query_text,
    with_query,
    with_rule,
    with_topic,
    without_topic,
)
from monitor.config.errors import ConfigErrors
from monitor.config.load import parse_settings
from monitor.matching.load_topics import check_topic
from monitor.topics.queries.query import parse_query
from monitor.topics.queries.tokens import QueryError
from monitor.topics.rules.format import format_rule
from monitor.topics.rules.parse import parse_rule
from monitor.topics.rules.rule import RuleError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from monitor.config.settings import Settings

FOLDER = "topics"  # of rule files, beside the configuration
LONGEST_FILE_NAME = 80  # characters


class TopicNotSaved(ActionRefused):
    """The configuration would not be valid with the topic; the message says why."""


class TopicExists(ActionRefused):
    """The configuration has a topic of this name."""


class NotAQuery(ActionRefused):
    """The text is no query; `column`, from 1, is where the mistake is."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTopic:
    """A topic to be saved: the text of a rule or a query, and the channels that alert it beside those of every topic."""

    name: str
    rule: str | None = None
    query: str | None = None
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedTopic:
    """A saved topic: the settings with it, its rule file if it has one, and where the versions before are kept."""

    name: str
    settings: Settings
    rule: Path | None
    kept: tuple[Path, ...]


def save_topic(settings: Settings, topic: NewTopic, *, before: str, environ: Mapping[str, str]) -> SavedTopic:
    """Write a topic into the configuration, and its rule into a file of its own.

    `before` is the digest of the configuration that the owner has seen.

    Raises:
        TopicExists: the name is taken.
        ChannelUnknown: a channel is not configured.
        NotARule, NotAQuery: the topic decides nothing.
        TopicNotSaved: the configuration would not be valid, such as with this name.
        FileChanged: the configuration was changed meanwhile.
        FileNotWritten: a file cannot be written; the refusal carries the text to write by hand.
    """
    name = topic.name.strip()
    if any(one.name == name for one in settings.topics):
        raise TopicExists(f"the configuration has a topic {name!r} already; fix: choose another name")
    for channel in topic.channels:
        known_channel(channel, settings.channels)
    if topic.query is not None:
        check_query(topic.query, name)
    with editing_alone():
        rule = None if topic.rule is None else _rule_edit(settings, name, topic.rule)
        entry = TopicEntry(
            name=name, rule=_written(settings, rule), query=topic.query, channels=topic.channels
        )
        lines = "\n".join(filter(None, (entry.topic_lines, entry.route_lines)))
        pieces = _pieces(settings, lines, rule)
        edited = partial(with_topic, entry=entry)
        return _write(settings, name, edited, rule=rule, before=before, pieces=pieces, environ=environ)


def save_query(
    settings: Settings, name: str, query: str, *, before: str, environ: Mapping[str, str]
) -> SavedTopic:
    """Replace the query of a topic in the configuration.

    Raises:
        NotAQuery: the text is no query.
        TopicNotSaved, FileChanged, FileNotWritten: as `save_topic` does.
    """
    check_query(query, name)
    with editing_alone():
        pieces = _pieces(settings, f"query = {query_text(query)}\n", None)
        edited = partial(with_query, name=name, query=query)
        return _write(settings, name, edited, rule=None, before=before, pieces=pieces, environ=environ)


def save_as_rule(
    settings: Settings, name: str, rule: str, *, before: str, environ: Mapping[str, str]
) -> SavedTopic:
    """Give a topic that learns from articles a rule file, which the owner can edit.

    Raises:
        NotARule: the text is no rule.
        TopicNotSaved, FileChanged, FileNotWritten: as `save_topic` does.
    """
    with editing_alone():
        edit = _rule_edit(settings, name, rule)
        written = _written(settings, edit) or ""
        pieces = _pieces(settings, TopicEntry(name=name, rule=written).topic_lines, edit)
        edited = partial(with_rule, name=name, rule=written)
        return _write(settings, name, edited, rule=edit, before=before, pieces=pieces, environ=environ)


def remove_topic(settings: Settings, name: str, *, before: str, environ: Mapping[str, str]) -> SavedTopic:
    """Remove a topic, and the routes for it alone, from the configuration; its rule file and its stories are kept.

    Raises:
        TopicNotSaved, FileChanged, FileNotWritten: as `save_topic` does.
    """
    with editing_alone():
        edited = partial(without_topic, name=name)
        return _write(settings, name, edited, rule=None, before=before, pieces=[], environ=environ)


def check_query(query: str, name: str) -> None:
    """Refuse a text that is no query.

    Raises:
        NotAQuery: with the column of the mistake.
    """
    try:
        parse_query(query, f"topic {name!r}")
    except QueryError as error:
        raise NotAQuery(str(error).removeprefix(f"topic {name!r}: "), error.column) from error


def _write(
    settings: Settings,
    name: str,
    edited: Callable[[str], str],
    *,
    rule: FileEdit | None,
    before: str,
    pieces: Sequence[Piece],
    environ: Mapping[str, str],
) -> SavedTopic:
    """Write the rule first: the configuration is checked with it, and refused as a whole if it is not valid."""
    path = settings.path
    if digest_of(path) != before:
        raise FileChanged(path)
    rules = [] if rule is None else [rule]
    text = edited(read_text(path))
    write_edits(rules, pieces=pieces)
    try:
        parsed = parse_settings(text, path, environ=environ, check_topic=check_topic)
        kept = write_edits([FileEdit(path=path, text=text, before=before)], pieces=pieces)
    except ConfigErrors as refused:
        take_back(rules)
        error = refused.errors[0]
        raise TopicNotSaved(f"{error.where}: {error.cause}; fix: {error.remedy}") from None
    except ActionRefused:
        take_back(rules)
        raise
    return SavedTopic(name=name, settings=parsed, rule=rule.path if rule else None, kept=kept)


def _pieces(settings: Settings, lines: str, rule: FileEdit | None) -> list[Piece]:
    """Return what the owner has to write where the files cannot be written."""
    pieces = [Piece(path=settings.path, text=lines)]
    return pieces if rule is None else [*pieces, Piece(path=rule.path, text=rule.text)]


def _written(settings: Settings, rule: FileEdit | None) -> str | None:
    """Return a rule file's path as the configuration names it."""
    return None if rule is None else rule.path.relative_to(settings.path.parent).as_posix()


def _rule_edit(settings: Settings, name: str, text: str) -> FileEdit:
    """Return the new file of a topic's rule, which carries the topic's name."""
    try:
        rule = parse_rule(text, f"rule of {name!r}")
    except RuleError as error:
        raise NotARule(str(error)) from error
    if rule.name != name:
        text = format_rule(replace(rule, name=name))
    return FileEdit(path=_free_path(settings.path.parent / FOLDER, name), text=text, before=None)


def _free_path(folder: Path, name: str) -> Path:
    stem = re.sub(r"[^\w.-]+", "-", name).strip("-.")[:LONGEST_FILE_NAME] or "topic"
    path, number = folder / f"{stem}.toml", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.toml"
    return path

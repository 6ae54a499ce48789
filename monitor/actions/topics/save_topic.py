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
from monitor.config.errors import BadValueError, ConfigErrors
from monitor.config.load import parse_settings
from monitor.config.types import checked_name
from monitor.matching.read_topics.check_topic import check_topic
from monitor.topics.queries.query import parse_query
from monitor.topics.queries.tokens import QueryError
from monitor.topics.rules.format import format_rule
from monitor.topics.rules.parse import parse_rule
from monitor.topics.rules.rule import RuleError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from monitor.config.settings import Settings

FOLDER = "topics"  # the folder of rule files, beside the configuration
LONGEST_FILE_NAME = 80  # characters
SHOWN_NAME = 40  # characters of a name in a refusal


class TopicNotSaved(ActionRefused):
    """The configuration would not be valid with the topic; the message says why."""


class NameRefused(ActionRefused):
    """The name of a topic is empty, too long, or contains something that a name may not contain."""


class TopicExists(ActionRefused):
    """The configuration has a topic of this name."""


class NotAQuery(ActionRefused):
    """The text is not a valid query; `column` is the position of the mistake, counted from 1."""

    def __init__(self, cause: str, column: int) -> None:
        super().__init__(cause)
        self.column = column


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTopic:
    """A topic to save: the text of its rule or query, and its channels besides those of every topic."""

    name: str
    rule: str | None = None
    query: str | None = None
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedTopic:
    """A saved topic: the new settings, its rule file if it has one, and the kept previous versions of files."""

    name: str
    settings: Settings
    rule: Path | None
    kept: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _TopicEdit:
    """A change of a topic: of the configuration's text, and a new rule file if there is one.

    `lines` are what the owner writes by hand if the files cannot be written.
    """

    name: str
    edited: Callable[[str], str]
    lines: str = ""
    rule: FileEdit | None = None

    def pieces(self, path: Path) -> list[Piece]:
        """Return the texts to write by hand; `path` is the configuration file."""
        configured = [Piece(path=path, text=self.lines)] if self.lines else []
        return (
            configured
            if self.rule is None
            else [*configured, Piece(path=self.rule.path, text=self.rule.text)]
        )


def save_topic(settings: Settings, topic: NewTopic, *, before: str, environ: Mapping[str, str]) -> SavedTopic:
    """Write a topic into the configuration, and its rule into a file of its own.

    `before` is the digest of the configuration that the owner has seen.

    Raises:
        NameRefused: the text is not a name.
        TopicExists: the name is taken.
        ChannelUnknown: a channel is not configured.
        NotARule, NotAQuery: the rule or query is invalid.
        TopicNotSaved: the configuration would be invalid, for example because of the name.
        FileChanged: the configuration was changed meanwhile.
        FileNotWritten: a file cannot be written; the refusal contains the text to write by hand.
    """
    name = _usable_name(topic.name)
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
        edit = _TopicEdit(name=name, edited=partial(with_topic, entry=entry), lines=lines, rule=rule)
        return _write(settings, edit, before=before, environ=environ)


def _usable_name(given: str) -> str:
    stripped = given.strip()
    if not stripped:
        raise NameRefused("the topic has no name; fix: give it one")
    try:
        return checked_name(stripped)
    except BadValueError as error:
        raise NameRefused(f"{stripped[:SHOWN_NAME]!r} {error}") from None


def save_query(
    settings: Settings, name: str, query: str, *, before: str, environ: Mapping[str, str]
) -> SavedTopic:
    """Replace the query of a topic in the configuration.

    Raises:
        NotAQuery: the text is not a valid query.
        TopicNotSaved, FileChanged, FileNotWritten: as `save_topic` does.
    """
    check_query(query, name)
    with editing_alone():
        edited = partial(with_query, name=name, query=query)
        edit = _TopicEdit(name=name, edited=edited, lines=f"query = {query_text(query)}\n")
        return _write(settings, edit, before=before, environ=environ)


def save_as_rule(
    settings: Settings, name: str, rule: str, *, before: str, environ: Mapping[str, str]
) -> SavedTopic:
    """Give a topic that learns from articles a rule file, which the owner can edit.

    Raises:
        NotARule: the text is not a valid rule.
        TopicNotSaved, FileChanged, FileNotWritten: as `save_topic` does.
    """
    with editing_alone():
        rule_edit = _rule_edit(settings, name, rule)
        written = _written(settings, rule_edit) or ""
        edited = partial(with_rule, name=name, rule=written)
        lines = TopicEntry(name=name, rule=written).topic_lines
        edit = _TopicEdit(name=name, edited=edited, lines=lines, rule=rule_edit)
        return _write(settings, edit, before=before, environ=environ)


def remove_topic(settings: Settings, name: str, *, before: str, environ: Mapping[str, str]) -> SavedTopic:
    """Remove a topic and the routes that name only it from the configuration; its rule file and its stories are kept.

    Raises:
        TopicNotSaved, FileChanged, FileNotWritten: as `save_topic` does.
    """
    with editing_alone():
        edit = _TopicEdit(name=name, edited=partial(without_topic, name=name))
        return _write(settings, edit, before=before, environ=environ)


def check_query(query: str, name: str) -> None:
    """Refuse a text that is not a valid query.

    Raises:
        NotAQuery: with the column of the mistake.
    """
    try:
        parse_query(query, f"topic {name!r}")
    except QueryError as error:
        raise NotAQuery(str(error).removeprefix(f"topic {name!r}: "), error.column) from error


def _write(settings: Settings, edit: _TopicEdit, *, before: str, environ: Mapping[str, str]) -> SavedTopic:
    """Write the rule file, check the new configuration with it, and write the configuration or undo both."""
    path, rule = settings.path, edit.rule
    if digest_of(path) != before:
        raise FileChanged(path)
    rules = [] if rule is None else [rule]
    text, pieces = edit.edited(read_text(path)), edit.pieces(path)
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
    return SavedTopic(name=edit.name, settings=parsed, rule=rule.path if rule else None, kept=kept)


def _written(settings: Settings, rule: FileEdit | None) -> str | None:
    """Return a rule file's path as the configuration contains it."""
    return None if rule is None else rule.path.relative_to(settings.path.parent).as_posix()


def _rule_edit(settings: Settings, name: str, text: str) -> FileEdit:
    """Return the new file of a topic's rule; the rule gets the topic's name."""
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

"""Writes rule files: never over a version that the owner has not seen, and never what is no rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.actions.refused import ActionRefused
from monitor.config.errors import TopicRefused
from monitor.matching.load_topics import read_rule, read_text
from monitor.topics.rules.diff import changes
from monitor.topics.rules.format import format_rule
from monitor.topics.rules.parse import parse_rule
from monitor.topics.rules.rule import RuleError

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.topics.rules.diff import Change
    from monitor.topics.rules.rule import Rule

NAMED = 5  # changes in a refusal


class RuleFileExists(ActionRefused):
    """The file holds another rule, which may have been edited by hand."""


class RuleFileChanged(ActionRefused):
    """The file is not what it was when the owner began to edit it."""


class NotARule(ActionRefused):
    """The edited text is no rule; the message names its line."""


def write_learnt_rule(rule: Rule, path: Path, *, overwrite: bool) -> None:
    """Write a learnt rule into a file; a file that holds something else is kept unless `overwrite` is true.

    Raises:
        RuleFileExists: the file holds something else; the message names what would change.
        TopicRefused: the file cannot be written.
    """
    text = format_rule(rule)
    if path.exists() and not overwrite and read_text(path) != text:
        raise RuleFileExists(
            f"{path}: exists and holds {_difference(path, rule)}; "
            "fix: give --force to overwrite it, or another file to -o"
        )
    _write(path, text)


def edit_rule(path: Path, text: str, *, before: str) -> list[Change]:
    """Replace a rule file's text, which was `before` when the owner began, and return what changes.

    Raises:
        RuleFileChanged: the file was changed meanwhile.
        NotARule: the text is no rule.
        TopicRefused: the file cannot be read or written.
    """
    if read_text(path) != before:
        raise RuleFileChanged(f"{path}: was changed meanwhile; fix: read it again, then repeat the edit")
    old = read_rule(path)
    try:
        new = parse_rule(text, str(path))
    except RuleError as error:
        raise NotARule(str(error)) from error
    _write(path, text)
    return changes(old, new)


def _difference(path: Path, rule: Rule) -> str:
    """Return in words how a file differs from a rule that would replace it."""
    try:
        found = changes(read_rule(path), rule)
    except TopicRefused:
        return "something that is no rule"
    if not found:
        return "the same rule in another form (comments, order or sources)"
    more = f", and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return f"another rule; it would change: {', '.join(map(str, found[:NAMED]))}{more}"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise TopicRefused(f"{path}: cannot be written ({error.strerror}); check its permissions") from None

"""Writes rule files. It never overwrites a version that the owner has not seen, and never writes an invalid rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.actions.refused import ActionRefused
from monitor.actions.write_files import FileEdit, Piece, editing_alone, write_edits
from monitor.config.errors import TopicRefused
from monitor.matching.read_topics.rule_files import read_rule, read_text
from monitor.topics.learning.summary import at_breadth
from monitor.topics.rules.diff import changes
from monitor.topics.rules.edit import edited
from monitor.topics.rules.format import format_rule
from monitor.topics.rules.parse import parse_rule
from monitor.topics.rules.rule import Cast, RuleError
from storage.engine.replace_file import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from monitor.topics.rules.diff import Change
    from monitor.topics.rules.rule import Breadth, Facet, Rule, Term

NAMED = 5  # changes listed in a refusal


class RuleFileExists(ActionRefused):
    """The file holds another rule, which may have been edited by hand."""


class NotARule(ActionRefused):
    """The edited text is not a valid rule; the message names the line."""


def write_learnt_rule(rule: Rule, path: Path, *, overwrite: bool) -> None:
    """Write a learnt rule into a file. A file with other content is not changed unless `overwrite` is true.

    Raises:
        RuleFileExists: the file has other content; the message names the differences.
        TopicRefused: the file cannot be written.
    """
    text = format_rule(rule)
    if path.exists() and not overwrite and read_text(path) != text:
        raise RuleFileExists(
            f"{path}: exists and holds {_difference(path, rule)}",
            "fix: give --force to overwrite it, or another file to -o",
        )
    _write(path, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedRule:
    """The text of a rule file after an edit, with the rules before and after it."""

    text: str
    old: Rule
    new: Rule

    @property
    def changes(self) -> list[Change]:
        """The differences between the two rules, the largest changes of points first."""
        return changes(self.old, self.new)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFields:
    """The fields of a rule that an owner may edit; `stranger` is None for a rule without a cast."""

    breadth: Breadth
    threshold: float
    facets: tuple[Facet, ...]
    terms: tuple[Term, ...]
    must: tuple[str, ...]
    should: tuple[str, ...]
    never: tuple[str, ...]
    stranger: float | None
    cast: tuple[str, ...]

    def applied_to(self, rule: Rule) -> Rule:
        """Return the rule with these fields. A new breadth has its own conditions, unless they were edited too."""
        wider = at_breadth(rule, self.breadth)
        given = None if self.stranger is None else Cast(stranger=self.stranger, names=self.cast)
        return replace(
            wider,
            threshold=self.threshold,
            facets=self.facets,
            terms=self.terms,
            must=wider.must if self.must == rule.must else self.must,
            should=wider.should if self.should == rule.should else self.should,
            never=self.never,
            cast=wider.cast if given == rule.cast else given,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSaved:
    """An edit that was written; `kept` is the path of the previous version, if it could be kept."""

    changes: tuple[Change, ...]
    kept: Path | None


def change_rule(path: Path, change: Callable[[Rule], Rule]) -> EditedRule:
    """Return a rule file's text after a change of its rule, without writing it; comments and the order of lines stay.

    Raises:
        NotARule: the changed rule is invalid.
        TopicRefused: the file cannot be read.
    """
    text, old = read_text(path), read_rule(path)
    return replace_rule(path, edited(text, old, change(old)))


def replace_rule(path: Path, text: str) -> EditedRule:
    """Return the edit that replaces a rule file's whole text, without writing it.

    Raises:
        NotARule: the text is not a valid rule.
        TopicRefused: the file cannot be read.
    """
    old = read_rule(path)
    try:
        return EditedRule(text=text, old=old, new=parse_rule(text, path.name))
    except RuleError as error:
        raise NotARule(str(error)) from error


def edit_rule(path: Path, edit: EditedRule, *, before: str) -> RuleSaved:
    """Write an edit into its rule file; `before` is the digest of the file as the owner has seen it.

    Raises:
        FileChanged: the file was changed meanwhile.
        FileNotWritten: the file cannot be written; the refusal contains the new text.
    """
    with editing_alone():
        written = FileEdit(path=path, text=edit.text, before=before)
        kept = write_edits([written], pieces=[Piece(path=path, text=edit.text)])
    return RuleSaved(changes=tuple(edit.changes), kept=kept[0] if kept else None)


def _difference(path: Path, rule: Rule) -> str:
    """Return a phrase that describes how a file differs from the rule that would replace it."""
    try:
        found = changes(read_rule(path), rule)
    except TopicRefused:
        return "text that is not a rule"
    if not found:
        return "the same rule in another form (comments, order or sources)"
    more = f", and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return f"another rule; it would change: {', '.join(map(str, found[:NAMED]))}{more}"


def _write(path: Path, text: str) -> None:
    try:
        replace_file(path, text.encode())
    except OSError as error:
        raise TopicRefused(f"{path}: cannot be written ({error.strerror}); check its permissions") from None

"""Writes the changes that the owner's marks make to a rule into its rule file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.actions.refused import ActionRefused
from monitor.actions.topics.mark import MARK_TURN, proposed
from monitor.actions.topics.write_rule import EditedRule, edit_rule
from monitor.matching.marks import marked_of
from monitor.matching.read_topics.rule_files import read_rule, read_text
from monitor.topics.learning.feedback import source_of
from monitor.topics.rules.edit import edited
from monitor.topics.rules.format import format_rule
from monitor.topics.rules.parse import parse_rule

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.actions.topics.write_rule import RuleSaved
    from monitor.config.settings import TopicConfig
    from monitor.topics.rules.rule import Rule
    from storage.database import Database, Ledger
    from storage.model import Mark


class NoMarksToApply(ActionRefused):
    """The rule has learnt from every mark already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarksProposal:
    """The edit of a rule file by which its rule learns from marks, and the marks it has not learnt from yet."""

    edit: EditedRule
    marks: tuple[Mark, ...]


def pending_marks(ledger: Ledger, topic: TopicConfig, rule: Rule) -> tuple[Mark, ...]:
    """Return the active marks of a topic that its rule has not learnt from."""
    return tuple(
        mark
        for mark in ledger.marks.active()
        if mark.topic == topic.name and source_of(marked_of(mark)) not in rule.learnt_from
    )


def propose_marks(ledger: Ledger, topic: TopicConfig) -> MarksProposal:
    """Return the changes that the marks of a topic make to its rule file, without writing them.

    Raises:
        NoMarksToApply: the topic has no rule file, or its rule has learnt from every mark.
        TopicRefused: the file cannot be read.
    """
    if topic.rule is None:
        raise NoMarksToApply(f"topic {topic.name!r} has no rule file: its marks count at once")
    text, old = read_text(topic.rule), read_rule(topic.rule)
    active = [mark for mark in ledger.marks.active() if mark.topic == topic.name]
    new = proposed(old, ledger.marks.written(topic.name), active)
    if new == old:
        raise NoMarksToApply(f"the rule of {topic.name!r} has learnt from every mark already")
    changed = edited(text, old, new)
    edit = EditedRule(text=changed, old=old, new=parse_rule(changed, topic.rule.name))
    return MarksProposal(edit=edit, marks=pending_marks(ledger, topic, old))


def apply_marks(database: Database, topic: TopicConfig, *, before: str, now: datetime) -> RuleSaved:
    """Write the changes that the marks of a topic make into its rule file.

    `before` is the digest of the file as the owner has seen it.

    Raises:
        NoMarksToApply: there is nothing to write.
        FileChanged, FileNotWritten, TopicRefused: the file cannot be read or written, or was changed meanwhile.
    """
    with database.read() as ledger:
        proposal = propose_marks(ledger, topic)
    assert topic.rule is not None
    saved = edit_rule(topic.rule, proposal.edit, before=before)
    wrote = format_rule(proposal.edit.old), format_rule(proposal.edit.new)
    with database.write(MARK_TURN) as ledger:
        for mark in proposal.marks:
            ledger.marks.add(topic.name, mark, mark.verdict, now=now, wrote=wrote)
    return saved

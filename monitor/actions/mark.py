"""Marking: what the owner says of items, what that makes of a topic's rule, and writing both down.

    before ─ the topic's rule as it stands ─┐
    marks  ─ with those just made ──────────┴▶ after ─▶ what changed, and what it would have changed lately

Where a topic is learnt from articles, the marks alone make the change. A rule file is the owner's: it is written only
when asked to, and what an undone mark had changed in it is taken back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.config.errors import TopicRefused
from monitor.matching.item_document import document_of
from monitor.matching.load_topics import load_rule, read_rule, read_text
from monitor.matching.marks import RuleEffect, marked_of, marks_of, swing
from monitor.topics.learning.feedback import remarked, source_of
from monitor.topics.rules.diff import changes, taken_back
from monitor.topics.rules.edit import edited
from monitor.topics.rules.format import format_rule
from monitor.topics.rules.parse import parse_rule
from monitor.topics.rules.rule import Rule
from storage.model import Item, Mark, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.config.settings import TopicConfig
    from monitor.topics.rules.diff import Change
    from storage.database import Database

TURN = "marks"  # one at a time: who has heard of a mark has heard of all before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the owner says of an item, by the text it has now."""

    item: Item
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What marks make of a topic's rule, and what that would have changed. `written` says the file has it now."""

    topic: str
    changes: tuple[Change, ...]
    swing: RuleEffect
    is_query: bool = False
    is_proposal: bool = False
    written: bool = False


def mark(
    database: Database,
    topic: TopicConfig,
    said: Sequence[Said],
    *,
    write: bool,
    since: datetime,
    now: datetime,
) -> Outcome:
    """Store marks of a topic's items and return what they change; with `write`, in its rule file too.

    Raises:
        TopicRefused: the topic's rule cannot be read or written.
    """
    with database.read() as ledger:
        standing = [one for one in ledger.marks.standing() if one.topic == topic.name]
        written = ledger.marks.written(topic.name)
        past = [document_of(item) for item in ledger.items.since(since)]
    after = [*_without(standing, said), *_new_marks(topic.name, said, now)]
    if topic.rule is not None:
        old: Rule = read_rule(topic.rule)
        new = _proposed(old, written, after)
    else:
        loaded = load_rule(topic, standing)
        if not isinstance(loaded, Rule):
            _store(database, topic.name, said, wrote=None, now=now)
            return Outcome(topic=topic.name, changes=(), swing=RuleEffect(more=(), fewer=()), is_query=True)
        old, new = loaded, _learnt(topic, after)
    wrote = _write(topic, old, new) if write and topic.rule is not None and old != new else None
    # The file first: a daemon that hears of the mark reads it again.
    _store(database, topic.name, said, wrote=wrote, now=now)
    return Outcome(
        topic=topic.name,
        changes=tuple(changes(old, new)),
        swing=swing(past, old, new),
        is_proposal=topic.rule is not None,
        written=wrote is not None,
    )


def _learnt(topic: TopicConfig, marks: Sequence[Mark]) -> Rule:
    rule = load_rule(topic, marks)
    assert isinstance(rule, Rule)
    return rule


def _without(marks: Sequence[Mark], said: Sequence[Said]) -> list[Mark]:
    """Return the marks of other items."""
    again = {one.item.id for one in said}
    return [one for one in marks if one.item_id not in again]


def _new_marks(topic: str, said: Sequence[Said], now: datetime) -> list[Mark]:
    return [
        Mark(
            id=0,
            topic=topic,
            item_id=one.item.id,
            verdict=one.verdict,
            title=one.item.title,
            summary=one.item.summary,
            content=one.item.content,
            marked_at=now,
        )
        for one in said
        if one.verdict is not Verdict.UNDONE
    ]


def _proposed(rule: Rule, written: Sequence[Mark], after: Sequence[Mark]) -> Rule:
    """Return a rule file's rule as the marks would have it: without what undone ones wrote, with those not in it yet."""
    wanted = {source_of(marked_of(one)) for one in after}
    for one in reversed(written):
        source = source_of(marked_of(one))
        if source in rule.learnt_from and source not in wanted:
            assert one.rule_before is not None
            assert one.rule_after is not None
            rule = taken_back(
                rule, parse_rule(one.rule_before, rule.name), parse_rule(one.rule_after, rule.name)
            )
    if wanted <= set(rule.learnt_from):
        return rule
    return remarked(rule, marks_of(after[0].topic, after))


def _write(topic: TopicConfig, old: Rule, new: Rule) -> tuple[str, str]:
    """Write a changed rule into its file and return the rule before and after.

    Raises:
        TopicRefused: the file cannot be written.
    """
    assert topic.rule is not None
    text = edited(read_text(topic.rule), old, new)
    written = parse_rule(text, str(topic.rule))
    assert replace(written, terms=(), learnt_from=()) == replace(new, terms=(), learnt_from=())
    try:
        topic.rule.write_text(text, encoding="utf-8")
    except OSError as error:
        raise TopicRefused(
            f"{topic.rule}: cannot be written ({error.strerror}); check its permissions"
        ) from None
    return format_rule(old), format_rule(written)


def _store(
    database: Database,
    topic: str,
    said: Sequence[Said],
    *,
    wrote: tuple[str, str] | None,
    now: datetime,
) -> None:
    with database.write(TURN) as ledger:
        for one in said:
            ledger.marks.add(topic, one.item, one.verdict, now=now, wrote=wrote)

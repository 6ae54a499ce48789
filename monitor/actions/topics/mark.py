"""Stores the owner's verdicts on items as marks, and computes how they change the topic's rule.

    before ─ the topic as it judges now ─┐
    marks  ─ with the new ones ──────────┴▶ after ─▶ the changes, and their effect on recent items

Marks change a topic learnt from articles directly. A rule file belongs to its owner, so it is changed only on request.
Undoing a mark undoes its changes to the file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.actions.topics.find_items import items_marked, items_to_mark
from monitor.actions.topics.mark_effect import MarkedTopic, effect_of
from monitor.config.errors import TopicRefused
from monitor.matching.backtest import from_items
from monitor.matching.marks import RuleEffect, marked_of, marks_of
from monitor.matching.read_topics.load_topics import load_topic, rule_topic
from monitor.matching.read_topics.rule_files import read_rule, read_text
from monitor.topics.learning.feedback import remarked, source_of
from monitor.topics.rules.diff import changes, taken_back
from monitor.topics.rules.edit import edited
from monitor.topics.rules.format import format_rule
from monitor.topics.rules.parse import parse_rule
from storage.engine.replace_file import replace_file
from storage.model import Item, Mark, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from monitor.config.settings import TopicConfig
    from monitor.matching.backtest import Dated
    from monitor.topics.rules.diff import Change
    from monitor.topics.rules.rule import Rule
    from monitor.topics.topic import Topic
    from storage.database import Database

MARK_TURN = "marks"  # serialised, so that a reader who has seen a mark has seen every earlier one
NO_EFFECT = RuleEffect(more=(), fewer=())


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemVerdict:
    """A verdict on an item with its present text."""

    item: Item
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkOutcome:
    """The items marked for a topic, the changes of its rule, and their effect.

    `written` says whether the changes were written to the rule file.
    """

    topic: str
    items: tuple[Item, ...]
    changes: tuple[Change, ...] = ()
    effect: RuleEffect = NO_EFFECT
    learns: bool = True
    is_proposal: bool = False
    written: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Versions:
    """A topic before and after marks, and the changes between the two."""

    old: Topic
    new: Topic
    changes: tuple[Change, ...]


def mark_things(
    database: Database,
    topics: Mapping[str, TopicConfig],
    things: Sequence[str],
    *,
    verdict: Verdict,
    undo: bool,
    only: str | None,
    write: bool,
    since: datetime,
    now: datetime,
) -> list[MarkOutcome]:
    """Mark deliveries, stories and items by their ids, or undo such marks; return one outcome for each topic.

    Raises:
        MarkRefused: a thing cannot be marked, or no such mark can be undone.
        TopicRefused: a topic's rule cannot be read or written.
    """
    with database.read() as ledger:
        meant = items_to_mark(ledger, things, topics=topics, only=only)
        if undo:
            meant = items_marked(ledger, meant, verdict)
    said = Verdict.UNDONE if undo else verdict
    return [
        mark(
            database,
            topics[name],
            [ItemVerdict(item=item, verdict=said) for item in items],
            write=write,
            since=since,
            now=now,
        )
        for name, items in meant.items()
    ]


def mark_item(
    database: Database,
    topics: Mapping[str, TopicConfig],
    ident: str,
    *,
    topic: str,
    verdict: Verdict,
    since: datetime,
    now: datetime,
) -> MarkOutcome:
    """Store the verdict that an item is on a topic or not, or undo it; a repeated verdict changes nothing.

    A rule file is not written; the outcome proposes its changes.

    Raises:
        MarkRefused: there is no such item or topic.
        TopicRefused: the topic's rule cannot be read.
    """
    with database.read() as ledger:
        meant = items_to_mark(ledger, [ident], topics=topics, only=topic)
    verdicts = [ItemVerdict(item=item, verdict=verdict) for item in meant.get(topic, [])]
    return mark(database, topics[topic], verdicts, write=False, since=since, now=now)


def unmark_things(
    database: Database,
    topics: Mapping[str, TopicConfig],
    things: Sequence[str],
    *,
    only: str | None,
    now: datetime,
) -> list[MarkOutcome]:
    """Undo all marks of deliveries, stories and items, given by their ids; return one outcome for each topic.

    Raises:
        MarkRefused: a thing cannot be marked, or none of them is.
        TopicRefused: a topic's rule cannot be read.
    """
    with database.read() as ledger:
        meant = items_to_mark(ledger, things, topics=topics, only=only)
        marked = items_marked(ledger, meant, None)
    return [
        mark(
            database,
            topics[name],
            [ItemVerdict(item=item, verdict=Verdict.UNDONE) for item in items],
            write=False,
            since=now,
            now=now,
        )
        for name, items in marked.items()
    ]


def mark(
    database: Database,
    topic: TopicConfig,
    verdicts: Sequence[ItemVerdict],
    *,
    write: bool,
    since: datetime,
    now: datetime,
) -> MarkOutcome:
    """Store verdicts on a topic's items and return their effect; with `write`, change the topic's rule file too.

    Raises:
        TopicRefused: the topic's rule cannot be read or written.
    """
    with database.read() as ledger:
        before = [one for one in ledger.marks.active() if one.topic == topic.name]
        written = ledger.marks.written(topic.name)
        past = list(from_items(ledger.items.since(since)))
    after = [*_without(before, verdicts), *_new_marks(topic.name, verdicts, now)]
    wrote = None
    if topic.rule is not None:
        old: Rule = read_rule(topic.rule)
        new = proposed(old, written, after)
        found = _of_rules(topic, old, new)
        wrote = _write(topic, old, new) if write and old != new else None
    else:
        found = _of_articles(topic, before, after)
    # The file was written first, since a daemon reads it again when it sees the mark.
    with database.write(MARK_TURN) as ledger:
        for one in verdicts:
            ledger.marks.add(topic.name, one.item, one.verdict, now=now, wrote=wrote)
    return MarkOutcome(
        topic=topic.name,
        items=tuple(one.item for one in verdicts),
        changes=found.changes,
        effect=_effect(past, topic.name, found, before, after),
        learns=found.old.learns,
        is_proposal=topic.rule is not None,
        written=wrote is not None,
    )


def _effect(
    past: Sequence[Dated], name: str, found: _Versions, before: Sequence[Mark], after: Sequence[Mark]
) -> RuleEffect:
    if not found.old.learns:
        return NO_EFFECT
    return effect_of(
        past,
        MarkedTopic(name=name, topic=found.old, marks=tuple(before)),
        MarkedTopic(name=name, topic=found.new, marks=tuple(after)),
    )


def _of_rules(topic: TopicConfig, old: Rule, new: Rule) -> _Versions:
    return _Versions(old=rule_topic(topic, old), new=rule_topic(topic, new), changes=tuple(changes(old, new)))


def _of_articles(topic: TopicConfig, before: Sequence[Mark], after: Sequence[Mark]) -> _Versions:
    old = load_topic(topic, before)
    new = load_topic(topic, after) if old.learns else old
    return _Versions(old=old, new=new, changes=tuple(old.changes_to(new)))


def _without(marks: Sequence[Mark], verdicts: Sequence[ItemVerdict]) -> list[Mark]:
    """Return the marks of items without a new verdict."""
    again = {one.item.id for one in verdicts}
    return [one for one in marks if one.item_id not in again]


def _new_marks(topic: str, verdicts: Sequence[ItemVerdict], now: datetime) -> list[Mark]:
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
        for one in verdicts
        if one.verdict is not Verdict.UNDONE
    ]


def proposed(rule: Rule, written: Sequence[Mark], after: Sequence[Mark]) -> Rule:
    """Return the rule of a rule file with the effect of new marks, and without the changes by undone ones."""
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
        replace_file(topic.rule, text.encode())
    except OSError as error:
        raise TopicRefused(
            f"{topic.rule}: cannot be written ({error.strerror}); check its permissions"
        ) from None
    return format_rule(old), format_rule(written)

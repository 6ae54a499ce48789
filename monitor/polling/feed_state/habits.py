"""The habit of a feed: how often it publishes, when items may be missed, and when it is silent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.habit import Habit

FADING = (
    0.9  # of the longest gap, at each newer one: last month's holidays are forgotten, last weekend is not
)
SILENT_GAPS = 5  # times the usual gap: far beyond a habit
SHORTEST_SILENCE = timedelta(days=3)  # a long weekend is nobody's trouble
KNOWN_AFTER = 3  # gaps; before, there is no habit to be beyond
CATCH_UP = timedelta(days=7)  # a feed that missed nothing for so long keeps its own pace again
UNSTABLE_POLLS = 3  # documents of new ids in a row; one or two may be a publisher's new system
POLLS_PER_DOCUMENT = 2  # a document that rolls over once between two polls is asked for twice in that time


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSummary:
    """What a document brought: how many items, how many of them never seen; a 226 is partial (RFC 3229).

    `renamed` where all had new ids, though half of them were known.
    """

    items: int = 0
    new: int = 0
    partial: bool = False
    renamed: bool = False


def after_document(
    habit: Habit, sighted: DocumentSummary, *, last_success: datetime | None, now: datetime
) -> Habit:
    """Return the habit after a document was read; `last_success` is None for the first."""
    if last_success is None:
        return replace(habit, last_new=now if sighted.items else None, document_items=sighted.items)
    learnt = after_nothing(habit, now=now)
    if sighted.new:
        learnt = _after_news(learnt, now)
    if has_rolled_over(habit, sighted):
        learnt = replace(learnt, missed_at=now, keep_up=(now - last_success) / POLLS_PER_DOCUMENT)
    if sighted.items:
        learnt = replace(learnt, renamed_polls=learnt.renamed_polls + 1 if sighted.renamed else 0)
    return learnt if sighted.partial else replace(learnt, document_items=sighted.items)


def after_nothing(habit: Habit, *, now: datetime) -> Habit:
    """Return the habit after an answer without news; what was missed long ago no longer drives the pace."""
    if habit.keep_up is not None and habit.missed_at is not None and now - habit.missed_at > CATCH_UP:
        return replace(habit, keep_up=None)
    return habit


def has_rolled_over(habit: Habit, sighted: DocumentSummary) -> bool:
    """Whether no item of the document was there before, so that others may have come and gone (P22).

    An empty document before or now says nothing, and neither does a partial one.
    """
    return 0 < sighted.items == sighted.new and habit.document_items > 0 and not sighted.partial


def has_unstable_ids(habit: Habit) -> bool:
    """Whether a feed gives its items new ids again and again, not once as after a move to another system (F2)."""
    return habit.renamed_polls >= UNSTABLE_POLLS


def is_silent(habit: Habit, *, now: datetime) -> bool:
    """Whether a feed has brought nothing new for far longer than its habit."""
    if habit.last_new is None or habit.usual_gap is None or habit.gaps < KNOWN_AFTER:
        return False
    return now - habit.last_new > max(SILENT_GAPS * habit.usual_gap, SHORTEST_SILENCE)


def _after_news(habit: Habit, now: datetime) -> Habit:
    if habit.last_new is None:
        return replace(habit, last_new=now)
    gap, usual = now - habit.last_new, habit.usual_gap or timedelta(0)
    return replace(habit, last_new=now, usual_gap=max(gap, usual * FADING), gaps=habit.gaps + 1)

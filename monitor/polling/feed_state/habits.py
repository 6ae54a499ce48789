"""The publishing habit of a feed: how often it publishes, whether items may have been missed, whether it is silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.habit import Habit

FADING = 0.9  # of the longest gap at each newer one: forgets last month's holidays, remembers last weekend
SILENT_GAPS = 5  # times the usual gap
SHORTEST_SILENCE = timedelta(days=3)  # a long weekend does not count as silence
KNOWN_AFTER = 3  # gaps; with fewer there is no habit yet
CATCH_UP = timedelta(
    days=7
)  # after so long without a missed item the feed is polled at its ordinary pace again
UNSTABLE_POLLS = 3  # documents of new ids in a row; one or two may be a change of the publisher's system
POLLS_PER_DOCUMENT = 2  # a document that rolled over between two polls is then polled twice in that time


@value
class DocumentSummary:
    """The items of a document in numbers: all, and those never seen before. `partial` marks a 226 (RFC 3229).

    `renamed` says that all items had new ids although half of them were known.
    """

    items: int = 0
    new: int = 0
    partial: bool = False
    renamed: bool = False


def after_document(
    habit: Habit, summary: DocumentSummary, *, last_success: datetime | None, now: datetime
) -> Habit:
    """Return the habit after a document was read; `last_success` is None for the first document."""
    if last_success is None:
        return replace(habit, last_new=now if summary.items else None, document_items=summary.items)
    learnt = after_no_news(habit, now=now)
    if summary.new:
        learnt = _after_news(learnt, now)
    if has_rolled_over(habit, summary):
        learnt = replace(learnt, missed_at=now, keep_up=(now - last_success) / POLLS_PER_DOCUMENT)
    if summary.items:
        learnt = replace(learnt, renamed_polls=learnt.renamed_polls + 1 if summary.renamed else 0)
    return learnt if summary.partial else replace(learnt, document_items=summary.items)


def after_no_news(habit: Habit, *, now: datetime) -> Habit:
    """Return the habit after a response without new items; items missed long ago stop speeding up the polls."""
    if habit.keep_up is not None and habit.missed_at is not None and now - habit.missed_at > CATCH_UP:
        return replace(habit, keep_up=None)
    return habit


def has_rolled_over(habit: Habit, summary: DocumentSummary) -> bool:
    """Whether no item of the document was in the previous one, so that others may have come and gone (P22).

    An empty document, now or before, proves nothing; neither does a partial one.
    """
    return 0 < summary.items == summary.new and habit.document_items > 0 and not summary.partial


def has_unstable_ids(habit: Habit) -> bool:
    """Whether a feed changes its items' ids again and again, not just once as after a change of system (F2)."""
    return habit.renamed_polls >= UNSTABLE_POLLS


def is_silent(habit: Habit, *, now: datetime) -> bool:
    """Whether a feed has published nothing for far longer than usual."""
    if habit.last_new is None or habit.usual_gap is None or habit.gaps < KNOWN_AFTER:
        return False
    return now - habit.last_new > max(SILENT_GAPS * habit.usual_gap, SHORTEST_SILENCE)


def _after_news(habit: Habit, now: datetime) -> Habit:
    if habit.last_new is None:
        return replace(habit, last_new=now)
    gap, usual = now - habit.last_new, habit.usual_gap or timedelta(0)
    return replace(habit, last_new=now, usual_gap=max(gap, usual * FADING), gaps=habit.gaps + 1)

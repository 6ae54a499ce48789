"""Groups the waiting matches of a topic into stories, in the order (first seen, item id), which is stored.

    waiting ─ read ─ find the story of each ──▶ plan      no transaction waits for this
    plan ─ check that nothing changed ─ write ──▶ stories, matches, silences

The index of a topic and the counts of its stories are caches, built from rows including the owner's corrections. So
grouping is the same after a restart, and a correction made while a daemon runs counts from the next item on.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from alerts.deciding.policy import BEFORE_TOPIC, FIRST_POLL
from monitor.matching.item_document import document_of, story_time
from monitor.polling.parsing.identity import title_key
from monitor.polling.sources.aggregators import is_opaque
from monitor.stories.continuation import BEGINNING, REMEMBERED
from monitor.stories.index import WINDOW, StoryIndex
from monitor.topics.vocabulary.embeddings import meanings
from storage.stores.placements import NewPlacement
from storage.stores.stories import GrownStory, NewStory
from storage.stores.story_counts import StoryCounts, stories_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from monitor.matching.portion import Portion
    from storage.database import Database, Ledger
    from storage.model import Match
    from storage.stores.placements import Grouped
    from storage.stores.story_counts import CountedItem

SLICE = 100  # matches per transaction, which so stays under 100 ms even under load
LINED_UP = (
    20 * SLICE
)  # matches put in order at once: to sort all that wait for each slice took most of the time
EVERY_CHANNEL = "*"
PAGE_PATIENCE = timedelta(minutes=3)  # after this an item is grouped without its page
MayStore: TypeAlias = "Callable[[Ledger], bool]"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    """A topic's story index: it holds everything since a time, and reflects corrections up to a number.

    `counts` are those of stories that gained items since it was built.
    """

    stories: StoryIndex
    since: datetime
    built_at: datetime
    corrected: int
    position: int  # position of the match grouped last
    counts: dict[int, StoryCounts] = field(default_factory=dict)

    def holds(self, *, since: datetime, corrected: int, last: int, now: datetime) -> bool:
        """Return whether it reaches back far enough and agrees with the stored order; its last item may be pruned."""
        is_old = now - self.built_at > WINDOW
        return self.since <= since and self.corrected == corrected and self.position <= last and not is_old


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Where the matches of a slice belong, as the index has it already; `headlines` are the most central items of their stories."""

    matches: Sequence[Match]
    placed: Sequence[NewPlacement]
    opened: Sequence[NewStory]
    headlines: dict[int, int]

    @property
    def story_ids(self) -> tuple[list[int], list[int]]:
        """The stories that were there before, and the new ones."""
        new = [one.id for one in self.opened]
        return sorted(self.headlines.keys() - new), new


class Grouping:
    """The story index of each topic."""

    def __init__(self) -> None:
        self._indexes: dict[str, _Index] = {}

    def run(
        self, database: Database, topic: str, portion: Portion, *, now: datetime, may_store: MayStore
    ) -> set[int]:
        """Put every waiting match of a topic, or a portion of them, into a story; return these stories.

        Only one process at a time may group a topic: each transaction asks `may_store` whether this one still may.
        """
        touched: set[int] = set()
        try:
            while waiting := _waiting(database, topic, portion, now=now):
                for start in range(0, len(waiting), SLICE):
                    these = waiting[start : start + SLICE]
                    grouped = self._slice(database, topic, these, now=now, may_store=may_store)
                    if grouped is None:
                        return touched
                    if not grouped:
                        break  # something changed meanwhile: look again at what waits
                    touched |= grouped
                    if not portion.goes_on(len(these)):
                        return touched
        except BaseException:
            self._indexes.pop(topic, None)  # it may contain items whose transaction was rolled back
            raise
        return touched

    def _slice(
        self, database: Database, topic: str, match_ids: Sequence[int], *, now: datetime, may_store: MayStore
    ) -> set[int] | None:
        """Group these matches and return their stories; none if something changed meanwhile, None if another process groups them."""
        with database.read() as ledger:
            matches = ledger.placements.ungrouped(match_ids)
            if not matches:
                return set()
            index = self._index(ledger, topic, matches, now=now)
            plan = _plan(index.stories, matches, ledger.stories.next_ids())
        with database.write(stories_turn(topic)) as ledger:
            if not may_store(ledger):
                self._indexes.pop(topic)
                return None
            counted = ledger.placements.take_ungrouped([match.id for match in matches])
            if len(counted) < len(matches) or _is_overtaken(ledger, topic, index, plan):
                self._indexes.pop(topic)
                return set()
            _store(ledger, index, plan, counted, now=now)
        self._indexes[topic] = replace(index, position=index.position + len(matches))
        return set(plan.headlines)

    def _index(self, ledger: Ledger, topic: str, waiting: Sequence[Match], *, now: datetime) -> _Index:
        """Return the topic's index; build it from rows if it is missing or does not reach back far enough."""
        since = min(story_time(match.item) for match in waiting) - WINDOW
        corrected = ledger.corrections.latest(topic)
        last = ledger.placements.last_position(topic)
        held = self._indexes.get(topic)
        # Now and then the index is rebuilt, since it only grows.
        if held is None or not held.holds(since=since, corrected=corrected, last=last, now=now):
            rows = ledger.placements.window(topic, since=since)
            index = StoryIndex(earlier=last - len(rows), meanings=meanings())
            held = _Index(stories=index, since=since, built_at=now, corrected=corrected, position=last)
            for grouped in ledger.placements.beginnings(topic, stories=REMEMBERED, items=BEGINNING):
                held.stories.remember(document_of(grouped.match.item), grouped.story_id)
            _fill(held.stories, rows)
        elif held.position < last:  # other processes grouped the topic meanwhile
            rows = ledger.placements.grouped_after(topic, held.position)
            _fill(held.stories, rows)
            for grouped in rows:
                held.counts.pop(grouped.story_id, None)
        self._indexes[topic] = replace(held, position=last)
        return self._indexes[topic]


def _waiting(database: Database, topic: str, portion: Portion, *, now: datetime) -> Sequence[int]:
    with database.read() as ledger:
        return ledger.placements.waiting(
            topic, limit=LINED_UP, pages_since=now - PAGE_PATIENCE, news_only=portion.news_only
        )


def _fill(stories: StoryIndex, rows: Sequence[Grouped]) -> None:
    for grouped in rows:
        item = grouped.match.item
        text_of = None if grouped.match.text_of is None else str(grouped.match.text_of)
        stories.add(document_of(item), story_time(item), grouped.story_id, text_of=text_of)


def _plan(index: StoryIndex, matches: Sequence[Match], ids: Iterator[int]) -> _Plan:
    """Put matches into stories within the index, in their order."""
    placed: list[NewPlacement] = []
    opened: list[NewStory] = []
    for match in matches:
        document, at = document_of(match.item), story_time(match.item)
        placement = index.find(document, at)
        if placement is None:
            opened.append(NewStory(id=next(ids), first=match, continues=index.continued(document)))
        story_id = opened[-1].id if placement is None else placement.story
        text_of = index.text_of(document, placement) if placement else None
        index.add(document, at, story_id, text_of=text_of)
        placed.append(
            NewPlacement(
                match_id=match.id,
                story_id=story_id,
                text_of=None if text_of is None else int(text_of),
                same_meaning_as=int(placement.by) if placement and placement.is_by_meaning else None,
            )
        )
    stories = dict.fromkeys(one.story_id for one in placed)
    headlines = {story_id: int(index.headline(story_id)) for story_id in stories}
    return _Plan(matches=matches, placed=placed, opened=opened, headlines=headlines)


def _is_overtaken(ledger: Ledger, topic: str, index: _Index, plan: _Plan) -> bool:
    """Return whether the rows are no longer those of the plan: the owner moved items, or a story is gone."""
    known, new = plan.story_ids
    return (
        ledger.corrections.latest(topic) != index.corrected
        or ledger.placements.last_position(topic) != index.position
        or not ledger.stories.are_free(new)
        or len(ledger.stories.recounts(known)) < len(known)
    )


def _store(
    ledger: Ledger, index: _Index, plan: _Plan, counted: Mapping[int, CountedItem], *, now: datetime
) -> None:
    counts = _counts(ledger, index.counts, plan)
    ledger.stories.open_all(plan.opened)
    ledger.placements.place(plan.placed, after=index.position)
    for one in plan.placed:
        item = counted[one.match_id]
        counts[one.story_id].add(item if one.text_of is None else replace(item, text=one.text_of))
    backlog = [match for match in plan.matches if match.is_backlog]
    _record_silences(ledger, backlog, now=now)
    silent = {match.id for match in backlog}
    news = {one.story_id for one in plan.placed if one.match_id not in silent}
    ledger.stories.grow(
        {
            story_id: GrownStory(
                headline_item_id=item_id,
                counts=counts[story_id],
                due_at=now if story_id in news else None,
            )
            for story_id, item_id in own_articles(ledger, plan.headlines).items()
        }
    )


def own_articles(ledger: Ledger, headlines: Mapping[int, int]) -> dict[int, int]:
    """Return the items by which stories are named, given the most central item of each story, both by the story's id.

    If the link of the central item leads to an aggregator and does not contain the article's address, the first item of the story with the
    same title and a link of its outlet is taken.
    """
    linked = ledger.headlines.of_items(set(headlines.values()))
    chosen = dict(headlines)
    for story_id, item_id in headlines.items():
        central = linked[item_id]
        key = title_key(central.title) if central.url and is_opaque(central.url) else None
        if key is None:
            continue
        alike = ledger.headlines.titled(story_id, key)
        own = next((one.item_id for one in alike if one.url and not is_opaque(one.url)), item_id)
        chosen[story_id] = own
    return chosen


def _counts(ledger: Ledger, held: dict[int, StoryCounts], plan: _Plan) -> dict[int, StoryCounts]:
    """Return the counts of the plan's stories as they are held; those not held, or counted anew since, are read."""
    known, new = plan.story_ids
    recounts = ledger.stories.recounts(known)
    unread = [one for one in known if one not in held or held[one].recounts != recounts[one]]
    held |= {story_id: StoryCounts() for story_id in new}
    held |= ledger.stories.counts(unread)
    return held


def _record_silences(ledger: Ledger, backlog: Sequence[Match], *, now: datetime) -> None:
    """Record why items from before the topic are not alerted."""
    for reason, at_first_poll in ((FIRST_POLL, True), (BEFORE_TOPIC, False)):
        silent = [match.id for match in backlog if match.item.at_first_poll is at_first_poll]
        ledger.alerts.record_silence(silent, channel=EVERY_CHANNEL, reason=reason, now=now)

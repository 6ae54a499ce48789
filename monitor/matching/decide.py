"""Decides the items that came near a topic whose rule is fitted, in the order (first seen, item id), which is stored.

    candidates ─ judge each by those before it ──▶ decisions, matches
               └ fit the rule when that is due ──▶ a rule version, a fit

A topic has one holder at a time, as in grouping. Memory only holds a cache of the rows, so decisions are the same after a
restart.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.fitting.archive_judge import PastItem
from monitor.fitting.neighbourhood import HELD
from monitor.matching.archive import Archive, open_archive, remembered
from monitor.matching.item_document import document_of
from monitor.matching.new_match import new_match
from monitor.topics.rules.format import format_rule
from storage.stores.candidates import Decision
from storage.stores.story_counts import stories_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from monitor.fitting.fitting_topic import FittingTopic
    from monitor.matching.group import MayStore
    from monitor.matching.portion import Portion
    from monitor.topics.judging.score import Judgement
    from storage.database import Database, Ledger
    from storage.model import Item
    from storage.stores.matches import NewMatch, RuleVersion

    StoreMatches = Callable[[Ledger, Sequence[Item], Sequence[NewMatch], datetime], int]

SLICE = 25  # decisions a transaction
MOST_LATE = 5_000  # items judged again when a rule has learnt words: a third of a second


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slice:
    """Judgements to be stored: of items near the topic in their order, and the ids of those that are not near."""

    near: tuple[tuple[Item, Judgement], ...] = ()
    dropped: tuple[int, ...] = ()
    fitted: bool = False
    late: tuple[int, ...] = ()  # items that come near the topic by the words that its rule has just learnt
    silent: bool = False  # items read before the topic was watched, which do not match


@dataclass(frozen=True, slots=True, kw_only=True)
class _Topic:
    """A topic that is being decided: its version as written, the time, and whether this process still holds it."""

    fitting: FittingTopic
    written: RuleVersion
    now: datetime
    may_store: MayStore

    @property
    def name(self) -> str:
        return self.fitting.name


class Deciding:
    """The archive of each topic whose rule is fitted."""

    def __init__(self, store: StoreMatches) -> None:
        """Begin without any; `store` stores matches and returns how many are new."""
        self._archives: dict[str, Archive] = {}
        self._store_matches = store

    def run(
        self,
        database: Database,
        topic: FittingTopic,
        version: RuleVersion,
        portion: Portion,
        *,
        now: datetime,
        may_store: MayStore,
    ) -> int:
        """Decide what waits, or a portion of it, and return how many items match.

        Each transaction asks `may_store` whether this process still holds the topic.
        """
        held = _Topic(fitting=topic, written=version, now=now, may_store=may_store)
        matches = 0
        try:
            while (found := self._slice(database, held, news_only=portion.news_only)) is not None:
                matches += found
                if not portion.goes_on(SLICE):
                    break
        except BaseException:
            self._archives.pop(topic.name, None)  # it may hold items whose transaction was rolled back
            raise
        return matches

    def _slice(self, database: Database, topic: _Topic, *, news_only: bool) -> int | None:
        with database.read() as ledger:  # fitting takes a tenth of a second: too long for the one writer
            waiting = ledger.candidates.waiting(topic.name, limit=SLICE, news_only=news_only)
            if not waiting:
                return None
            archive = self._archive(ledger, topic.fitting)
            work = _remembering(ledger, topic, archive) or _judged(ledger, archive, waiting)
        with database.write(stories_turn(topic.name)) as ledger:
            stale = ledger.candidates.held(topic.name) != archive.rows
            if stale or not topic.may_store(ledger):
                del self._archives[topic.name]
                return 0 if stale else None
            return self._store(ledger, topic, archive, work)

    def _archive(self, ledger: Ledger, topic: FittingTopic) -> Archive:
        known = self._archives.get(topic.name)
        if known is None or known.topic != topic or known.rows != ledger.candidates.held(topic.name):
            known = self._archives[topic.name] = open_archive(ledger, topic)
        return known

    def _store(self, ledger: Ledger, topic: _Topic, archive: Archive, work: _Slice) -> int:
        name, now = topic.name, topic.now
        if work.fitted:
            archive.version = _store_fit(ledger, topic, archive)
        version = archive.version or topic.written.id
        decisions = [
            Decision(item_id=item.id, points=one.points, matched=one.matched, rule_version=version)
            for item, one in work.near
        ]
        ledger.candidates.decide(name, decisions, after=archive.rows.last, now=now)
        ledger.candidates.drop(name, work.dropped)
        ledger.candidates.add([(name, item_id) for item_id in work.late])
        archive.rows = ledger.candidates.held(name)
        if work.silent:
            return 0
        matched = [(item, one) for item, one in work.near if one.matched]
        found = [
            new_match(item, name, topic.written, one, rule_version=version, now=now) for item, one in matched
        ]
        return self._store_matches(ledger, [item for item, _ in matched], found, now)


def _judged(ledger: Ledger, archive: Archive, waiting: Sequence[Item]) -> _Slice:
    """Judge waiting items in order, as far as the rule need not be fitted again."""
    judge = archive.judge
    if not judge.until_fit:
        known = judge.learnt_on
        judge.fit()
        # A rule with new words is stored first: items that it finds among those judged by the old words are decided too.
        if judge.learnt_on != known:
            return _Slice(fitted=True, late=tuple(_late(ledger, archive)))
        return _Slice(fitted=True)
    near: list[tuple[Item, Judgement]] = []
    dropped: list[int] = []
    for item in waiting:
        if not judge.until_fit:
            break
        found = judge.judge(document_of(item), item.first_seen)
        if found.near is None:
            dropped.append(item.id)
        else:
            judge.add(found.near)
            near.append((item, found.judgement))
    return _Slice(near=tuple(near), dropped=tuple(dropped))


def _late(ledger: Ledger, archive: Archive) -> Iterator[int]:
    """Yield the ids of items after the last decided one that the rule finds by its new words."""
    name = archive.topic.name
    last = ledger.candidates.decided_after(name, archive.rows.last - 1)
    items = ledger.candidates.seen_after(name, last[-1].item, most=MOST_LATE) if last else []
    for item in items:
        if archive.judge.judge(document_of(item), item.first_seen).near is not None:
            yield item.id


def _remembering(ledger: Ledger, topic: _Topic, archive: Archive) -> _Slice | None:
    """Return the decisions on items that were read before the topic was watched, if nothing was decided so far."""
    if archive.rows.last:
        return None
    judged = [
        (item, archive.judge.judge(document_of(item), item.first_seen))
        for item in remembered(ledger, topic.name, before=topic.written.watched_since)
    ]
    near = [(item, one.judgement) for item, one in judged if one.near is not None][-HELD:]
    if not near:
        return None
    past = [
        PastItem(document=document_of(item), at=item.first_seen, matched=one.matched, place=place)
        for place, (item, one) in enumerate(near, start=1)
    ]
    archive.judge.resume(None, fitted_at=None, decided=len(past), items=past)
    return _Slice(near=tuple(near), silent=True)


def _store_fit(ledger: Ledger, topic: _Topic, archive: Archive) -> int:
    """Store the rule as it was fitted last and return its version."""
    text = format_rule(archive.judge.rule)
    digest = hashlib.sha256(text.encode()).hexdigest()
    version = ledger.matches.rule_versions({topic.name: (digest, text)}, now=topic.now)[topic.name]
    written, position = topic.fitting.hash, archive.rows.last
    ledger.fits.add(topic.name, written, rule_version=version.id, position=position, now=topic.now)
    return version.id

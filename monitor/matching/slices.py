"""Slices of the items that wait for matching, judged before the write transaction where a database has one writer."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from storage.model import Urgency
from storage.model.value import value
from storage.stores.item_words import INDEXED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from monitor.topics.judging.score import Judgement
    from storage.database import Database, Ledger
    from storage.model import Item

    # Returns the items with these ids by their ids; None for one that no topic reads, which need not be loaded.
    JudgeItems: TypeAlias = Callable[[Ledger, Sequence[int]], "Mapping[int, JudgedItem | None]"]


@value
class JudgedItem:
    """An item with its judgements by topic; topics that it does not match are left out."""

    item: Item
    found: Mapping[str, Judgement]


class Slice:
    """The next items to match; they are judged once, before the write or in it."""

    def __init__(self, urgency: Urgency, *, limit: Callable[[], int], judge: JudgeItems) -> None:
        """Take `limit` items; it is asked when items wait, since it may compile the topics."""
        self._urgency = urgency
        self._limit = limit
        self._judge = judge
        # Since when the item waits, and its judgements.
        self._judged: dict[int, tuple[str, JudgedItem | None]] = {}

    def judge(self, database: Database) -> bool:
        """Return whether there are any, and judge them on SQLite, whose writers would wait for a judgement in the write.

        On a server, a process locks items before it judges them, so that no other process judges them too. With a slice
        of the backlog, full-text search learns of matched items, once they are many or nothing waits.
        """
        while True:
            with database.read() as ledger:  # a tick every second mostly finds nothing
                is_waiting = ledger.match_queue.waits(self._urgency)
                since = ledger.match_queue.next(self._urgency, limit=self._limit()) if is_waiting else {}
                self._judged = {} if database.path is None else self._judged_now(ledger, since)
                unindexed = 0 if self._urgency is Urgency.NEWS else ledger.match_queue.unindexed()
            if unindexed == INDEXED or (unindexed and not since):
                with database.write() as ledger:
                    ledger.match_queue.index_words()
            if since or not unindexed:
                return bool(since)

    def _judged_now(
        self, ledger: Ledger, since: Mapping[int, str]
    ) -> dict[int, tuple[str, JudgedItem | None]]:
        judged = self._judge(ledger, list(since))
        return {item_id: (since[item_id], one) for item_id, one in judged.items()}

    def take(self, ledger: Ledger) -> dict[int, JudgedItem | None]:
        """Return the items by their ids and lock them; those edited meanwhile are judged again."""
        since = ledger.match_queue.take(self._urgency, limit=self._limit())
        judged = {
            item_id: self._judged[item_id][1]
            for item_id, moment in since.items()
            if item_id in self._judged and self._judged[item_id][0] == moment
        }
        judged |= self._judge(ledger, [item_id for item_id in since if item_id not in judged])
        return judged


def in_order(judged: Iterable[JudgedItem | None]) -> list[JudgedItem]:
    """Return the items that topics read, in the order (first seen, id)."""
    read = [one for one in judged if one is not None]
    return sorted(read, key=lambda one: (one.item.first_seen, one.item.id))

"""How much of the waiting work one call does, so that the backlog never delays items that may cause an alert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.model import Urgency

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.database import Database

# Of the backlog, before alerts and digests that are due get their turn; a slice of a hundred takes up to 50 ms.
MATCHED_AT_ONCE = 2_000  # items
GROUPED_AT_ONCE = 500  # decisions, and matches that are put into stories


def _never() -> bool:
    return False


class Portion:
    """All work that waits, or less: only news, or at most `most` of the backlog and only until `is_interrupted`.

    At least one slice is done, so that the backlog ends even if news never stops coming. Once the portion `is_done`, its
    caller leaves the rest.
    """

    def __init__(
        self,
        *,
        news_only: bool = False,
        most: float = float("inf"),
        is_interrupted: Callable[[], bool] = _never,
    ) -> None:
        self.news_only = news_only
        self.is_done = False
        self._left = most
        self._is_interrupted = is_interrupted

    def goes_on(self, done: int) -> bool:
        """Count work as done, and return whether to do more."""
        self._left -= done
        self.is_done = self._left <= 0 or self._is_interrupted()
        return not self.is_done


def part_of_backlog(database: Database, most: int) -> Portion:
    """Return a part of the backlog that ends when news waits for matching."""

    def has_news() -> bool:
        with database.read() as ledger:
            return ledger.match_queue.waits(Urgency.NEWS)

    return Portion(most=most, is_interrupted=has_news)

"""The queue of page heads in the database: the heads to read now, and the results.

If an item with a title but no text matches a topic or nearly does, the head of its page is read, up to a number of heads
an hour. The description in the head becomes the item's summary, and the item is judged again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.polling.parsing.page_facts import END_OF_HEAD, HEAD_BYTES
from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.polling.parsing.page_facts import PageHead
    from storage.database import Ledger
    from storage.stores.page_texts import WantedPage

BEGINNING = (HEAD_BYTES, END_OF_HEAD)
HOUR = timedelta(hours=1)
GIVEN_UP = timedelta(hours=3)  # an older item is no longer news
# After this time a match by title alone is kept: it may be grouped, as monitor.matching.group waits a minute longer.
PROVISIONAL = timedelta(minutes=2)


@value
class HeadLimit:
    """The number of heads read per hour; 0 disables reading."""

    per_hour: int = 0

    def waiting(self, ledger: Ledger, *, limit: int, now: datetime) -> list[WantedPage]:
        """Return the heads that may be read or have to be given up now, longest waiting first."""
        waiting = ledger.page_heads.waiting(limit=limit)
        if not waiting:
            return []
        left = max(0, self.per_hour - ledger.page_heads.asked_since(now - HOUR))
        late = [page for page in waiting if is_late(page, now=now)]
        return late + waiting[len(late) :][:left]

    @property
    def too_late(self) -> str:
        """The reason for giving up a late head."""
        return f"it waited too long: at most {self.per_hour} an hour are read (heads_per_hour)"


def is_late(page: WantedPage, *, now: datetime) -> bool:
    """Whether a head has waited for so long that it is given up."""
    return page.head_wanted_at is not None and now - page.head_wanted_at > GIVEN_UP


def keep_head(ledger: Ledger, page: WantedPage, head: PageHead, *, now: datetime) -> None:
    """Store the content of a head, and have the item judged again unless the content is empty."""
    ledger.page_heads.read(page.item_id, description=head.description, now=now)
    if not head.description:
        return
    in_story = True
    if page.head_wanted_at is not None and now - page.head_wanted_at < PROVISIONAL:
        in_story = ledger.matches.withdraw(page.item_id)
    ledger.items.describe(
        page.item_id,
        summary=head.description,
        published_at=head.published_at,
        in_story=in_story,
        now=now,
    )

"""The digest of a period: its stories, held alerts and feeds in trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.digest import collect

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.database import Ledger
    from storage.model import Digest


def read_digest(
    ledger: Ledger,
    *,
    since: datetime,
    until: datetime,
    topics: Sequence[str] | None = None,
    most: int | None = None,
) -> Digest:
    """Return the digest of a period on these topics, or on all."""
    holding = [one for one in ledger.alerts.all_held() if topics is None or one.topic in topics]
    return collect(ledger, since=since, until=until, topics=topics, holding=holding, most=most)

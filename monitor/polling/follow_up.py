"""Effects of polls beyond the polled feeds: merges of moved feeds, and reports to the operators."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alerts.render.event_kind import EventKind
from monitor.polling.feed_state import events, redirects
from monitor.polling.http.outcome import OF_THE_NETWORK
from storage.model import FeedState
from storage.stores.reports import SUSPICION, NewReport

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.database import Ledger
    from storage.model import Feed

    Polls = Sequence[tuple[Feed, Feed]]  # each feed before and after its poll


def merge_moved(ledger: Ledger, polls: Polls) -> list[Feed]:
    """Return the feeds after their polls; a feed that moved to the address of another feed is merged into it (P8)."""
    by_address: dict[str, tuple[int, str]] = {}
    settled = []
    for before, after in polls:
        feed = after
        if feed.current_url not in {before.current_url, feed.url}:
            here = [one for one in ledger.feed_controls.polled_at(feed.current_url) if one[0] != feed.id]
            other = here[0] if here else by_address.setdefault(feed.current_url, (feed.id, feed.url))
            if other[0] != feed.id:
                unmoved = replace(feed, current_url=before.current_url, host=before.host)
                feed = redirects.merged(unmoved, into=other[0], url=other[1])
        settled.append(feed)
    return settled


def note_reports(ledger: Ledger, polls: Polls, *, now: datetime) -> None:
    """Store the reports of these polls for the report pass, in the transaction that stores the polls."""
    for before, after in polls:
        for occasion in events.new_reports(before, after, now=now):
            # A moved feed goes back to its configured URL when the new one fails, and then moves again.
            is_known = occasion.kind == EventKind.FEED_MOVED and ledger.reports.repeats(occasion)
            if not is_known:
                ledger.reports.note(occasion, now=now)
        ends = events.ended_events(before, after)
        if ends and ledger.reports.end(after.id, ends, now=now):
            ledger.reports.note(events.recovery(before, after, now=now), now=now)
    _watch_network(ledger, [after for _, after in polls], now)


def _watch_network(ledger: Ledger, feeds: Sequence[Feed], now: datetime) -> None:
    """Store a suspicion that the network is down if no feed answered, or the end of an outage if one did."""
    unreached = [feed for feed in feeds if feed.state is FeedState.FAILING and events.is_unreached(feed)]
    if feeds and len(unreached) == len(feeds):
        ledger.reports.note(NewReport(kind=SUSPICION, since=now), now=now)
    elif feeds and (since := ledger.reports.end_outage(now=now)) is not None:
        ledger.reports.note(NewReport(kind=EventKind.NETWORK_UP, since=now), now=now)
        # Feeds that were polled less often because of the outage are due now.
        ledger.feed_controls.hasten([str(kind) for kind in OF_THE_NETWORK], since=since, now=now)

"""Notices beside the stories of a message: the number of held alerts, and outages of feeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alerts.render.parts.phrases import count, instant, moment, outlet, some_of, zone_name
from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime

NAMED = 2  # feeds of an outage that are listed; more are counted


WAITED = {
    "cap": "the hourly cap",
    "quiet": "quiet hours",
    "muted": "a mute",
    "feed-muted": "the mute of a feed",
}  # by the reason of holding; alerts of an outage have a `Gap` instead


@dataclass(frozen=True, slots=True)
class HeldNotice:
    """The number of alerts that caps and quiet hours hold on the channel, and until when; None: until its digest.

    `waited` are the reasons for which the alerts of this message itself were held until now.
    """

    count: int = 0
    until: datetime | None = None
    waited: tuple[str, ...] = ()

    def words(self, *, now: datetime) -> str:
        """Return the notice in sentences, or an empty string; times are written in the zone of `now`."""
        reasons = [WAITED[reason] for reason in self.waited if reason in WAITED]
        waited = f"Held back until now by {' and '.join(reasons)}." if reasons else ""
        return " ".join(filter(None, (waited, self._still(now))))

    def _still(self, now: datetime) -> str:
        if not self.count:
            return ""
        when = (
            "they are in its next digest"
            if self.until is None
            else f"they are sent together after {moment(self.until, now=now)}"
        )
        verb = "is" if self.count == 1 else "are"
        held = f"{count(self.count, 'more alert')} {verb} held back by the hourly cap or quiet hours"
        return f"{held}. None is lost: {when}."


@value
class Gap:
    """An outage of these feeds: their items of that time are reported late."""

    since: datetime
    until: datetime
    feeds: tuple[str, ...]

    def words(self, *, now: datetime) -> str:
        """Return the notice as a sentence; times are written in the zone of `now`."""
        names = (
            some_of([outlet(feed) for feed in self.feeds], total=len(self.feeds))
            if len(self.feeds) <= NAMED
            else count(len(self.feeds), "feed")
        )
        since, until = (moment(time, now=now) for time in (self.since, self.until))
        return f"{names} could not be read between {since} and {until} {zone_name(now)}, so this message is late."

    def entry(self) -> dict[str, Any]:
        """Return the notice as a JSON object."""
        return {"since": instant(self.since), "until": instant(self.until), "feeds": len(self.feeds)}

"""What stands beside the stories of a message: how many alerts are held back, and of an outage, when nothing was heard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alerts.render.parts.phrases import count, instant, moment, outlet, some_of, zone_name

if TYPE_CHECKING:
    from datetime import datetime

NAMED = 2  # feeds of an outage; of more their number


WAITED = {
    "cap": "the hourly cap",
    "quiet": "quiet hours",
    "muted": "a mute",
    "feed-muted": "the mute of a feed",
}  # by what an alert was held; what an outage held has words of its own


@dataclass(frozen=True, slots=True)
class Kept:
    """How many alerts caps and quiet hours keep back on the channel, and when they come; None: in its digest.

    `waited` are the reasons by which the alerts of this very message were held until now.
    """

    count: int = 0
    until: datetime | None = None
    waited: tuple[str, ...] = ()

    def words(self, *, now: datetime) -> str:
        """Return it in sentences, or nothing; times are written in the zone of `now`."""
        reasons = [WAITED[reason] for reason in self.waited if reason in WAITED]
        waited = f"Held back until now by {' and '.join(reasons)}." if reasons else ""
        return " ".join(filter(None, (waited, self._still(now))))

    def _still(self, now: datetime) -> str:
        if not self.count:
            return ""
        when = (
            "its next digest has them"
            if self.until is None
            else f"they come together after {moment(self.until, now=now)}"
        )
        verb = "is" if self.count == 1 else "are"
        held = f"{count(self.count, 'more alert')} {verb} held back by the hourly cap or quiet hours"
        return f"{held}. Nothing of it is lost: {when}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time in which these feeds were not heard: what they brought then comes late."""

    since: datetime
    until: datetime
    feeds: tuple[str, ...]

    def words(self, *, now: datetime) -> str:
        """Return it as a sentence; times are written in the zone of `now`."""
        names = (
            some_of([outlet(feed) for feed in self.feeds], total=len(self.feeds))
            if len(self.feeds) <= NAMED
            else count(len(self.feeds), "feed")
        )
        since, until = (moment(time, now=now) for time in (self.since, self.until))
        return (
            f"Nothing was heard from {names} between {since} and {until} {zone_name(now)}: this comes late."
        )

    def entry(self) -> dict[str, Any]:
        """Return it as programs read it."""
        return {"since": instant(self.since), "until": instant(self.until), "feeds": len(self.feeds)}

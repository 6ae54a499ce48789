"""Whether a story is told on a channel, and when: pure decisions over what has been told before.

    offer(story, matches, past, policy, now)  →  Tell | Wait | Quiet
    admit(sent, policy, now)                  →  None, or why and until when an alert is held

A story is *new* on a channel once. It *grew* when its reach did: `GROWTH_OUTLETS` more outlets than when it was last
told, and half as many again, so that a story of two outlets tells at five and one of twenty at thirty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from storage.model import Match, Policy, Reason, Story, Updates

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from storage.alerts import Alert

GROWTH_OUTLETS = 3  # outlets; one or two more are copies, three more are reach
GROWTH_FACTOR = 1.5  # of the outlets told; a big story must grow by more to be worth another message
CAP_WINDOW = timedelta(hours=1)

FIRST_POLL = "first-poll"  # it stood in its feed before we watched the feed
JOINED = "joined"  # its story was told already and has not grown enough since
UPDATES_NEVER = "updates-never"  # its story was told already and the route wants no updates
NO_ROUTE = "no-route"  # no alert route takes its topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Tell these matches now; `growth` numbers the story's updates on the channel."""

    reason: Reason
    growth: int
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Decide again then: the group wait is not over."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """Nothing to tell; `matches` stay untold for this reason."""

    reason: str
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An alert must wait: why, and until when."""

    reason: str
    until: datetime


Offer = Tell | Wait | Silent


def untold(matches: Iterable[Match], past: Sequence[Alert]) -> tuple[Match, ...]:
    """Return the matches that no alert has told and that were not there before we watched."""
    told = {match_id for alert in past for match_id in alert.match_ids}
    return tuple(match for match in matches if match.id not in told and not match.item.at_first_poll)


def offer(
    story: Story, matches: Sequence[Match], past: Sequence[Alert], policy: Policy, *, now: datetime
) -> Offer:
    """Return what a route makes of a story on one channel, given the alerts `past` of the story there."""
    fresh = untold(matches, past)
    if not fresh:
        return Silent(
            reason=FIRST_POLL, matches=tuple(match for match in matches if match.item.at_first_poll)
        )
    if past and policy.updates is Updates.NEVER:
        return Silent(reason=UPDATES_NEVER, matches=fresh)
    if past and policy.updates is Updates.WHEN_IT_GROWS and not _grew(story, past):
        return Silent(reason=JOINED, matches=fresh)
    ready = min(match.matched_at for match in fresh) + policy.group_wait
    if ready > now:
        return Wait(until=ready)
    if not past:
        return Tell(reason=Reason.NEW, growth=0, matches=fresh)
    return Tell(reason=Reason.GREW, growth=max(alert.growth for alert in past) + 1, matches=fresh)


def _grew(story: Story, past: Sequence[Alert]) -> bool:
    told = max(alert.sources for alert in past)
    return story.sources >= max(told + GROWTH_OUTLETS, told * GROWTH_FACTOR)


def admit(sent: Sequence[datetime], policy: Policy, *, now: datetime) -> Held | None:
    """Return None if a message may go out now, given when the channel's messages of the last hour went out."""
    quiet_end = end_of_quiet(policy, now=now)
    if quiet_end is not None:
        return Held(reason="quiet", until=quiet_end)
    recent = [moment for moment in sent if moment > now - CAP_WINDOW]
    if len(recent) >= policy.max_per_hour:
        return Held(reason="cap", until=min(recent, default=now) + CAP_WINDOW)
    return None


def end_of_quiet(policy: Policy, *, now: datetime) -> datetime | None:
    """Return when the quiet hours that hold `now` end, by the wall clock of the route; None outside them."""
    if policy.quiet is None:
        return None
    start, end = policy.quiet
    local = now.astimezone(policy.timezone)
    clock = local.time().replace(tzinfo=None)
    inside = start <= clock < end if start <= end else clock >= start or clock < end
    if not inside:
        return None
    day = local.date() if clock < end else local.date() + timedelta(days=1)
    first = datetime.combine(day, end, tzinfo=policy.timezone)
    # In autumn an hour comes twice: inside its second passage the first end is past.
    return first if first.astimezone(UTC) > now else first.replace(fold=1)

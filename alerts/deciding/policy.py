"""Whether a story is told on a channel, and when: pure decisions over what has been told before.

    offer(story, matches, past, policy, now)  →  Tell | Wait | Silent
    admit(sent, topic, policy, now)           →  None, or why and until when an alert is held

A story is *new* on a channel once. It *grew* when it has reach or facts that it had not when it was last told:
`GROWTH_OUTLETS` more outlets and half as many again (a story of two outlets tells at five, one of twenty at thirty),
or terms of weight that two or more outlets use and nothing told so far did. One more copy is neither.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from storage.model import Growth, Match, MuteKind, Policy, Reason, Story, Updates
from storage.stores.alerts import GATHERED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from storage.model import Mute
    from storage.stores.alerts import Alert

    # The terms of weight that the second items have in common and the first, told before, do not hold.
    NewTerms = Callable[[Sequence[Match], Sequence[Match]], tuple[str, ...]]

GROWTH_OUTLETS = 3  # outlets; one or two more are copies, three more are reach
GROWTH_FACTOR = 1.5  # of the outlets told; a big story must grow by more to be worth another message
CAP_WINDOW = timedelta(hours=1)
KEPT_SHARE = 4  # a quarter of a cap at most is kept for quiet topics; a noisy one still gets most of it

FIRST_POLL = "first-poll"  # it stood in its feed before we watched the feed
BEFORE_TOPIC = "before-topic"  # it was seen before its topic was watched
JOINED = "joined"  # its story was told already and has not grown enough since
UPDATES_NEVER = "updates-never"  # its story was told already and the route wants no updates
NO_ROUTE = "no-route"  # no alert route takes its topic
FEED_MUTED = "feed-muted"  # the owner muted its feed: until that ends it is no reason to tell its story

CAP = "cap"  # the channel had its messages of the hour
QUIET = "quiet"  # the route's quiet hours
MUTED = "muted"  # the owner muted its topic or its story
GAP = GATHERED  # what appeared during an outage is gathered, to be told together
REMOVED = "removed"  # no route of the configuration leads there any more


def no_terms(told: Sequence[Match], fresh: Sequence[Match]) -> tuple[str, ...]:
    """Return nothing: where nobody reads the items, only reach is growth."""
    del told, fresh
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Tell these matches now; `growth` numbers the story's updates on the channel.

    `sources` are the outlets that count for it, `brings` what an update adds, `unheard` the matches of muted feeds,
    of which the first is heard `again` then.
    """

    reason: Reason
    growth: int
    matches: tuple[Match, ...]
    sources: int
    brings: Growth = field(default_factory=Growth)
    unheard: tuple[Match, ...] = ()
    again: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Decide again then: the group wait is not over."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """Nothing to tell; `matches` stay untold for this reason. The first of them from a muted feed is heard `again` then."""

    reason: str
    matches: tuple[Match, ...]
    again: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MustWait:
    """An alert must wait: why, and until when."""

    reason: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryAudience:
    """How the items of a story are heard: those of muted feeds count for nothing until then, `new_terms` reads the others."""

    muted_feeds: Mapping[int, datetime] = field(default_factory=dict)
    new_terms: NewTerms = no_terms


Offer = Tell | Wait | Silent
ALL_HEARD = StoryAudience()


def untold(matches: Iterable[Match], past: Sequence[Alert]) -> tuple[Match, ...]:
    """Return the matches that no alert has told and that were not there before we watched."""
    told = {match_id for alert in past for match_id in alert.match_ids}
    return tuple(match for match in matches if match.id not in told and not match.standing)


def offer(
    story: Story,
    matches: Sequence[Match],
    past: Sequence[Alert],
    policy: Policy,
    *,
    now: datetime,
    hearing: StoryAudience = ALL_HEARD,
) -> Offer:
    """Return what a route makes of a story on one channel, given the alerts `past` of the story there."""
    fresh = untold(matches, past)
    if not fresh:
        standing = tuple(match for match in matches if match.standing)
        return Silent(reason=FIRST_POLL, matches=standing)
    heard = tuple(match for match in fresh if match.item.feed_id not in hearing.muted_feeds)
    unheard = tuple(match for match in fresh if match.item.feed_id in hearing.muted_feeds)
    again = min((hearing.muted_feeds[match.item.feed_id] for match in unheard), default=None)
    if not heard:
        return Silent(reason=FEED_MUTED, matches=fresh, again=again)
    if past and policy.updates is Updates.NEVER:
        return Silent(reason=UPDATES_NEVER, matches=fresh)
    sources = story.sources - len({match.item.feed_id for match in matches} & hearing.muted_feeds.keys())
    brings = _growth(matches, heard, past, hearing.new_terms) if past else Growth()
    if past and policy.updates is Updates.WHEN_IT_GROWS and not (_grew(sources, past) or brings.terms):
        return Silent(reason=JOINED, matches=fresh, again=again)
    ready = min(match.matched_at for match in heard) + policy.group_wait
    if ready > now:
        return Wait(until=ready)
    growth = max((alert.growth + 1 for alert in past), default=0)
    return Tell(
        reason=Reason.GREW if past else Reason.NEW,
        growth=growth,
        matches=heard,
        sources=sources,
        brings=brings,
        unheard=unheard,
        again=again,
    )


def _grew(sources: int, past: Sequence[Alert]) -> bool:
    told = max(alert.sources for alert in past)
    return sources >= max(told + GROWTH_OUTLETS, told * GROWTH_FACTOR)


def _growth(
    matches: Sequence[Match], heard: Sequence[Match], past: Sequence[Alert], new_terms: NewTerms
) -> Growth:
    """Return what the untold items bring that those told before did not."""
    untold_ids = {match.id for match in untold(matches, past)}
    told = [match for match in matches if match.id not in untold_ids]
    known = {match.item.feed_id for match in told}
    outlets = dict.fromkeys(match.item.feed for match in heard if match.item.feed_id not in known)
    return Growth(outlets=tuple(outlets), terms=new_terms(told, heard))


def places_kept(max_per_hour: int, quiet_topics: int) -> int:
    """Return how many places under a cap a topic must leave to topics that had no message in the last hour.

    That is one for each, up to a quarter of the cap: a noisy topic cannot silence the others.
    """
    return min(quiet_topics, max(max_per_hour // KEPT_SHARE, 1), max_per_hour - 1)


def admit(
    sent: Sequence[datetime], topic: str, policy: Policy, *, now: datetime, kept: int = 0
) -> MustWait | None:
    """Return None if a message may go out now, given when the channel's messages of the last hour went out.

    `kept` places under the cap are left to other topics.
    """
    quiet_end = None if {topic, "*"} & set(policy.priority) else end_of_quiet(policy, now=now)
    if quiet_end is not None:
        return MustWait(reason=QUIET, until=quiet_end)
    recent = lately(sent, now=now)
    if len(recent) >= policy.max_per_hour - kept:
        return MustWait(reason=CAP, until=min(recent, default=now) + CAP_WINDOW)
    return None


def lately(sent: Iterable[datetime], *, now: datetime) -> list[datetime]:
    """Return the messages that count for the cap; those of a clock that ran ahead do not, or they would for a day."""
    return [moment for moment in sent if now - CAP_WINDOW < moment <= now]


def muted(mutes: Iterable[Mute], *, topic: str, story_id: int, now: datetime) -> MustWait | None:
    """Return until when the owner wants to hear nothing of a topic or a story; None if nothing is muted."""
    names = {(MuteKind.TOPIC, topic), (MuteKind.STORY, str(story_id))}
    ends = [mute.until for mute in mutes if (mute.kind, mute.target) in names and mute.until > now]
    return MustWait(reason=MUTED, until=max(ends)) if ends else None


def muted_feeds(mutes: Iterable[Mute]) -> dict[int, datetime]:
    """Return until when each feed's items are no reason to tell a story."""
    ends: dict[int, datetime] = {}
    for mute in mutes:
        if mute.kind is MuteKind.FEED:
            ends[int(mute.target)] = max(mute.until, ends.get(int(mute.target), mute.until))
    return ends


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

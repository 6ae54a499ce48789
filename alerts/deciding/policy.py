"""Decides whether and when a channel is alerted about a story, given the earlier alerts. Pure.

    route_decision(story, matches, past, policy, now)  →  SendAlert | DecideLater | NoAlert
    admit(sent, topic, policy, now)           →  None, or why and until when an alert is held

A story is *new* on a channel once. It *grew* when its coverage or its facts are new since the last alert:
`GROWTH_OUTLETS` more outlets and half as many again (a story of two outlets alerts at five, one of twenty at thirty),
or significant terms that two or more outlets use and no earlier alert contained. One more copy is neither.
"""

from __future__ import annotations

from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from storage.model import Growth, MatchOutline, MuteKind, Policy, Reason, Story, Updates
from storage.model.value import value
from storage.stores.alerts import GATHERED
from storage.stores.channels import CAPPED
from storage.stores.stories import CONTROL_FEED, MUTED_FEED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from storage.model import Mute
    from storage.stores.alerts import Alert

    # Finds the significant terms that the second matches share and that the first, in earlier alerts, do not contain.
    NewTerms = Callable[[Sequence[MatchOutline], Sequence[MatchOutline]], tuple[str, ...]]

GROWTH_OUTLETS = 3  # outlets; one or two more are copies, three more are wider coverage
GROWTH_FACTOR = 1.5  # of the outlets at the last alert; a large story must grow by more for another message
COMPARED = 40  # last items on either side whose words are compared: more add little
CAP_WINDOW = timedelta(hours=1)
RESERVED_SHARE = 4  # at most a quarter of the cap is reserved for quiet topics

FIRST_POLL = "first-poll"  # the item was in its feed at the first poll
BEFORE_TOPIC = "before-topic"  # the item was seen before its topic was configured
JOINED = "joined"  # the story was alerted before and has not grown enough since
UPDATES_NEVER = "updates-never"  # the story was alerted before and the route wants no updates
NO_ROUTE = "no-route"  # no alert route has the topic
CONTROL = CONTROL_FEED  # only control feeds contain it, which cause no alerts
FEED_MUTED = MUTED_FEED  # the owner muted the feed: its items cause no alert until the mute ends

CAP = CAPPED  # the channel reached max_per_hour
QUIET = "quiet"  # the route's quiet hours
MUTED = "muted"  # the owner muted its topic or its story
GAP = GATHERED  # the item appeared during an outage; such alerts are collected and sent together
REMOVED = "removed"  # no configured route leads to the channel any more


def no_terms(alerted: Sequence[object], fresh: Sequence[object]) -> tuple[str, ...]:
    """Return nothing: only wider coverage counts as growth."""
    del alerted, fresh
    return ()


@value
class SendAlert:
    """Alert about these matches now; `growth` numbers the story's updates on the channel.

    `sources` is the number of outlets that count, `brings` what an update adds, `ineligible` are the matches of muted
    and control feeds; `mute_ends` is when the first of these mutes ends.
    """

    reason: Reason
    growth: int
    matches: tuple[MatchOutline, ...]
    sources: int
    brings: Growth = field(default_factory=Growth)
    ineligible: tuple[MatchOutline, ...] = ()
    mute_ends: datetime | None = None


@value
class DecideLater:
    """The group wait is not over; decide again at this time."""

    until: datetime


@value
class NoAlert:
    """These matches cause no alert, for this reason. `mute_ends` is when the first mute of their feeds ends."""

    reason: str
    matches: tuple[MatchOutline, ...]
    mute_ends: datetime | None = None


@value
class MustWait:
    """An alert must be held: why, and until when."""

    reason: str
    until: datetime


@value
class Eligibility:
    """The items of a story that may cause an alert: not those of muted feeds before the mute ends, nor of control feeds.

    `eligible_elsewhere` are the articles that also came by a feed that is neither. `new_terms` finds the terms that
    eligible items add.
    """

    muted_feeds: Mapping[int, datetime] = field(default_factory=dict)
    control_feeds: frozenset[int] = frozenset()
    eligible_elsewhere: frozenset[int] = frozenset()
    new_terms: NewTerms = no_terms


RouteDecision = SendAlert | DecideLater | NoAlert
ALL_ELIGIBLE = Eligibility()


def without_alert(matches: Iterable[MatchOutline], past: Sequence[Alert]) -> tuple[MatchOutline, ...]:
    """Return the matches that are in no alert yet and were not there before the feed or topic was watched."""
    alerted = {match_id for alert in past for match_id in alert.match_ids}
    return tuple(match for match in matches if match.id not in alerted and not match.is_backlog)


def route_decision(
    story: Story,
    matches: Sequence[MatchOutline],
    past: Sequence[Alert],
    policy: Policy,
    *,
    now: datetime,
    eligibility: Eligibility = ALL_ELIGIBLE,
) -> RouteDecision:
    """Return a route's decision about a story on one channel, given the story's earlier alerts there."""
    fresh = without_alert(matches, past)
    if not fresh:
        backlog = tuple(match for match in matches if match.is_backlog)
        return NoAlert(reason=FIRST_POLL, matches=backlog)
    ineligible = tuple(match for match in fresh if not _is_eligible(match, eligibility))
    eligible = tuple(match for match in fresh if match not in ineligible)
    mute_ends = _first_mute_end(ineligible, eligibility)
    if not eligible:
        reason = CONTROL if mute_ends is None else FEED_MUTED
        return NoAlert(reason=reason, matches=fresh, mute_ends=mute_ends)
    if past and policy.updates is Updates.NEVER:
        return NoAlert(reason=UPDATES_NEVER, matches=fresh)
    sources = _outlets(story, matches, eligibility)
    brings = _growth(matches, eligible, past, eligibility.new_terms) if past else Growth()
    grew = past and (_grew(sources, past, _known_outlets(matches, fresh)) or brings.terms)
    if past and policy.updates is Updates.WHEN_IT_GROWS and not grew:
        return NoAlert(reason=JOINED, matches=fresh, mute_ends=mute_ends)
    ready = min(match.matched_at for match in eligible) + policy.group_wait
    if ready > now:
        return DecideLater(until=ready)
    growth = max((alert.growth + 1 for alert in past), default=0)
    return SendAlert(
        reason=Reason.GREW if past else Reason.NEW,
        growth=growth,
        matches=eligible,
        sources=sources,
        brings=brings,
        ineligible=ineligible,
        mute_ends=mute_ends,
    )


def _first_mute_end(ineligible: Sequence[MatchOutline], eligibility: Eligibility) -> datetime | None:
    ends = [eligibility.muted_feeds.get(match.feed_id) for match in ineligible]
    return min((end for end in ends if end is not None), default=None)


def _grew(sources: int, past: Sequence[Alert], known: Collection[str]) -> bool:
    """Whether a story has enough outlets more than at its last alert; those of the backlog that joined since are no news."""
    before = max(len(known), *(alert.sources for alert in past))
    return sources >= max(before + GROWTH_OUTLETS, before * GROWTH_FACTOR)


def _known_outlets(matches: Sequence[MatchOutline], fresh: Sequence[MatchOutline]) -> set[str]:
    """Return the outlets of a story's alerted items and of its backlog."""
    fresh_ids = {match.id for match in fresh}
    return {match.outlet for match in matches if match.id not in fresh_ids}


def _growth(
    matches: Sequence[MatchOutline],
    eligible: Sequence[MatchOutline],
    past: Sequence[Alert],
    new_terms: NewTerms,
) -> Growth:
    """Return the additions of the new items to those of earlier alerts."""
    fresh_ids = {match.id for match in without_alert(matches, past)}
    alerted = [match for match in matches if match.id not in fresh_ids]
    known = {match.outlet for match in alerted}
    names: dict[str, str] = {}
    for match in eligible:
        if match.outlet not in known:
            names.setdefault(match.outlet, match.outlet_name)
    terms = new_terms(alerted[-COMPARED:], eligible[-COMPARED:])
    return Growth(outlets=tuple(names.values()), terms=terms)


def _is_eligible(match: MatchOutline, eligibility: Eligibility) -> bool:
    """Whether an item may cause an alert: its feed, or another by which its article came, is neither muted nor control."""
    feed_id = match.feed_id
    is_silent = feed_id in eligibility.muted_feeds or feed_id in eligibility.control_feeds
    return not is_silent or match.article in eligibility.eligible_elsewhere


def _outlets(story: Story, matches: Sequence[MatchOutline], eligibility: Eligibility) -> int:
    """Return how many outlets count for a story."""
    if eligibility.muted_feeds or eligibility.control_feeds:
        return len({match.outlet for match in matches if _is_eligible(match, eligibility)})
    return story.sources


def exclusions_of(alert: SendAlert, eligibility: Eligibility) -> list[NoAlert]:
    """Return why an alert leaves items out: their feed is muted, or a control feed."""
    control = tuple(match for match in alert.ineligible if match.feed_id in eligibility.control_feeds)
    muted_ = tuple(match for match in alert.ineligible if match not in control)
    return [NoAlert(reason=FEED_MUTED, matches=muted_), NoAlert(reason=CONTROL, matches=control)]


def reserved_places(max_per_hour: int, quiet_topics: int) -> int:
    """Return how many places under a cap a topic must leave to topics that had no message in the last hour.

    One for each, up to a quarter of the cap, so that a noisy topic cannot block the others.
    """
    return min(quiet_topics, max(max_per_hour // RESERVED_SHARE, 1), max_per_hour - 1)


def admit(
    sent: Sequence[datetime], topic: str, policy: Policy, *, now: datetime, reserved: int = 0
) -> MustWait | None:
    """Return None if a message may be sent now, given the times of the channel's messages of the last hour.

    `reserved` places under the cap are left to other topics.
    """
    quiet_end = None if {topic, "*"} & set(policy.priority) else end_of_quiet(policy, now=now)
    if quiet_end is not None:
        return MustWait(reason=QUIET, until=quiet_end)
    recent = lately(sent, now=now)
    if len(recent) >= policy.max_per_hour - reserved:
        return MustWait(reason=CAP, until=min(recent, default=now) + CAP_WINDOW)
    return None


def lately(sent: Iterable[datetime], *, now: datetime) -> list[datetime]:
    """Return the times that count for the cap; times in the future (a wrong clock) do not, or they would block it."""
    return [moment for moment in sent if now - CAP_WINDOW < moment <= now]


def muted(mutes: Iterable[Mute], *, topic: str, story_id: int, now: datetime) -> MustWait | None:
    """Return until when the owner muted a topic or a story; None if neither is muted."""
    names = {(MuteKind.TOPIC, topic), (MuteKind.STORY, str(story_id))}
    ends = [mute.until for mute in mutes if (mute.kind, mute.target) in names and mute.until > now]
    return MustWait(reason=MUTED, until=max(ends)) if ends else None


def muted_feeds(mutes: Iterable[Mute]) -> dict[int, datetime]:
    """Return until when each muted feed's items cause no alert."""
    ends: dict[int, datetime] = {}
    for mute in mutes:
        if mute.kind is MuteKind.FEED:
            ends[int(mute.target)] = max(mute.until, ends.get(int(mute.target), mute.until))
    return ends


def end_of_quiet(policy: Policy, *, now: datetime) -> datetime | None:
    """Return when the quiet hours around `now` end, by the route's wall clock; None outside quiet hours."""
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
    # When clocks go back, an hour occurs twice; during its second pass the first end is already over.
    return first if first.astimezone(UTC) > now else first.replace(fold=1)

"""Composes planned messages: renders and stores alerts, each in exactly one message of its channel."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from alerts.deciding import policy
from alerts.deciding.routing import enqueue, form_of
from alerts.links.writer import link_writer, with_links
from alerts.render.alert_message import render_alert, render_stories
from alerts.render.parts.held_and_gaps import Gap, HeldNotice
from storage.model import MessageForm, StoryNews

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from alerts.deciding.plan import PlannedMessage
    from alerts.deciding.routing import Routing
    from alerts.render.rendered import Rendered
    from storage.database import Ledger
    from storage.model import Channel
    from storage.stores.alerts import Alert

# The reasons that a message mentions; mutes and removals are the owner's own decisions.
HELD_REASONS = (policy.CAP, policy.QUIET)
NONE_HELD = HeldNotice()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedMessage:
    """A planned message with the news of its alerts in order, and the number of alerts in each rendered message.

    `rendered` are the messages if all of its alerts are included and the notice about held alerts stays `held`.
    """

    planned: PlannedMessage
    news: Sequence[StoryNews]
    lengths: Sequence[int]
    held: HeldNotice
    rendered: Sequence[Rendered]


def draft(ledger: Ledger, planned: PlannedMessage, routing: Routing, *, now: datetime) -> ComposedMessage:
    """Read the news of a planned message, before the write lock is taken."""
    writer = link_writer(ledger, routing.pages, planned.channel, now=now)
    news = with_links(_news(ledger, planned.alerts), writer)
    channel, local = routing.channels[planned.channel], now.astimezone(planned.route.policy.timezone)
    rendered = _render(news, planned.alerts, channel, local, held=NONE_HELD)
    held = _held_notice(ledger, planned, planned.alerts)
    return ComposedMessage(
        planned=planned,
        news=news,
        lengths=[one.stories for one in rendered],
        held=held,
        rendered=rendered if held == NONE_HELD else _render(news, planned.alerts, channel, local, held=held),
    )


def write(ledger: Ledger, drafted: ComposedMessage, routing: Routing, *, now: datetime) -> int:
    """Store the rendered messages that the cap allows; hold the alerts of the others."""
    planned = drafted.planned
    still = ledger.alerts.lock([one.id for one in planned.alerts])
    open_ = [at for at, one in enumerate(planned.alerts) if one.id in still]
    if not open_:
        return 0
    alerts, news = [planned.alerts[at] for at in open_], [drafted.news[at] for at in open_]
    channel, local = routing.channels[planned.channel], now.astimezone(planned.route.policy.timezone)
    is_whole = len(alerts) == len(planned.alerts)
    lengths = drafted.lengths if is_whole else _lengths(news, alerts, channel, local)
    written = ledger.alerts.sent_since(channel.name, now - policy.CAP_WINDOW)
    cap = routing.cap_of(planned.route.name)
    sent = policy.lately((one.at for one in written if routing.cap_of(one.route) == cap), now=now)
    room = max(planned.route.policy.max_per_hour - len(sent), 0)
    fits = sum(lengths[:room])
    _hold_back(ledger, alerts[fits:], routing, until=min(sent, default=now) + policy.CAP_WINDOW, now=now)
    if not fits:
        return 0
    held = _held_notice(ledger, planned, alerts[:fits])
    is_as_drafted = fits == len(planned.alerts) and held == drafted.held
    messages = (
        drafted.rendered if is_as_drafted else _render(news[:fits], alerts[:fits], channel, local, held=held)
    )
    remaining = alerts[:fits]
    for rendered in messages:
        included, remaining = remaining[: rendered.stories], remaining[rendered.stories :]
        threaded = _threaded(ledger, rendered, included, channel)
        message_id = enqueue(ledger, threaded, channel, now=now, pages=routing.pages)
        ledger.alerts.set_message([one.id for one in included], message_id=message_id)
    return len(messages)


def _lengths(
    news: Sequence[StoryNews], alerts: Sequence[Alert], channel: Channel, local: datetime
) -> list[int]:
    return [one.stories for one in _render(news, alerts, channel, local, held=NONE_HELD)]


def _held_notice(ledger: Ledger, planned: PlannedMessage, included: Sequence[Alert]) -> HeldNotice:
    """Return what a message says about held alerts: its own that waited, and those of the channel that still wait."""
    still_held = ledger.alerts.count_held(planned.channel, HELD_REASONS) if planned.last else (0, None)
    return HeldNotice(*still_held, waited=tuple(sorted({one.held for one in included if one.held})))


def _threaded(ledger: Ledger, rendered: Rendered, alerts: Sequence[Alert], channel: Channel) -> Rendered:
    """Return a message with its thread: the story's, or that of the older story which it continues.

    A feed has one entry for each story, so that the older story keeps its own.
    """
    if rendered.thread is None:
        return rendered
    is_feed = form_of(channel) is MessageForm.ATOM
    thread_of = ledger.history.own_thread if is_feed else ledger.history.thread
    known = thread_of(alerts[0].story_id, alerts[0].channel)
    return rendered if known is None else replace(rendered, thread=known)


def _render(
    news: Sequence[StoryNews],
    alerts: Sequence[Alert],
    channel: Channel,
    now: datetime,
    *,
    held: HeldNotice,
) -> list[Rendered]:
    gap = _gap(alerts, news)
    if len(news) == 1:  # a single alert keeps its story's thread, even if it was held
        return [render_alert(news[0], form=form_of(channel), now=now, held=held, gap=gap)]
    return render_stories(news, form=form_of(channel), now=now, held=held, gap=gap)


def _gap(alerts: Sequence[Alert], news: Sequence[StoryNews]) -> Gap | None:
    """Return the outage during which the items of these alerts appeared, with the feeds that were not read."""
    since = [one.gap_since for one in alerts if one.gap_since is not None]
    if not since:
        return None
    late = [match.item for one in news for match in one.matches if match.item.gap_since is not None]
    feeds = tuple(dict.fromkeys(item.feed for item in late))
    return Gap(since=min(since), until=max(item.first_seen for item in late), feeds=feeds)


def _hold_back(
    ledger: Ledger, alerts: Sequence[Alert], routing: Routing, *, until: datetime, now: datetime
) -> None:
    ends: dict[datetime | None, list[int]] = defaultdict(list)
    for one in alerts:
        ends[None if routing.has_digest(one.channel, one.topic) else until].append(one.id)
    for end, alert_ids in ends.items():
        ledger.alerts.hold(alert_ids, reason=policy.CAP, until=end, now=now)


def _news(ledger: Ledger, alerts: Sequence[Alert]) -> list[StoryNews]:
    ids = list({one.story_id for one in alerts})
    stories = {story.id: story for story in ledger.stories.get(ids)}
    taken_up = {story.continues for story in stories.values() if story.continues is not None}
    older = {story.id: story for story in ledger.stories.get(list(taken_up))} if taken_up else {}
    chosen: dict[int, set[int]] = defaultdict(set)
    for one in alerts:
        chosen[one.story_id].update(one.match_ids)
    matches = ledger.matches.chosen_of(chosen)
    found = []
    for one in alerts:
        story, wanted = stories[one.story_id], set(one.match_ids)
        found.append(
            StoryNews(
                story=story,
                matches=tuple(match for match in matches[story.id] if match.id in wanted),
                reason=one.reason,
                brings=one.brings,
                continues=older.get(story.continues) if story.continues else None,
            )
        )
    return found

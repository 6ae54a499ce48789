"""The page of a story: its items with the owner's verdicts, its alerts, and what is new since the last alert."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.render.formats.escape import clip, plain
from alerts.render.parts.phrases import outlet
from alerts.render.parts.quote import quote
from alerts.render.parts.whats_new import in_words
from monitor.views.history.front import alert_state_of
from monitor.views.history.reasons import HOLDINGS, silence_words
from monitor.views.history.stories import StoryRow, read_story, story_row
from monitor.views.history.translations import translations
from monitor.views.matches import match_view
from storage.model import MuteKind, Reason
from storage.model.messages import StoryFilter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from storage.database import Ledger
    from storage.model import Match, Verdict
    from storage.model.messages import AlertState
    from storage.stores.alerts import Alert

MAX_LEAD = 320  # characters of an item's text; the item's own page shows all of it
NEIGHBOURS = timedelta(days=14)  # stories seen within this time before or after are offered for a merge
MAX_NEIGHBOURS = 30
MAX_PARTS = 60  # items shown, the latest ones


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPart:
    """An item of a story. `happened` is when it was published or seen, whichever was earlier; `verdict` is the owner's.

    `joined` is why it joined, if an item in another language was the reason, else empty.

    `silence` is the reason for no alert, empty if there was one or nothing is decided yet; `fresh` says that the item
    arrived after the last alert.
    """

    id: str
    title: str
    url: str | None
    outlet: str
    feed: int
    language: str | None
    happened: datetime
    first_seen: datetime
    lead: str
    score: float
    why: str
    joined: str
    verdict: Verdict | None
    alerted: bool
    fresh: bool
    silence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryDelivery:
    """A delivery of an alert's message: its recipient, its state, and when it finished or is tried next."""

    id: str
    recipient: str
    state: str
    finished_at: datetime | None
    next_at: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryAlert:
    """One alert of the story, with its news and its deliveries, or with the reason for and the end of its hold."""

    at: datetime
    channel: str
    what: str
    items: int
    held: str
    held_until: datetime | None
    deliveries: tuple[StoryDelivery, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPage:
    """A story with everything that its page shows.

    `merged_from` is the id by which it was requested, if the story of that id was merged into this one. `quote` is a
    sentence from `quoted` that shows why the story is on the topic. `hidden` counts the items that are not in `parts`.
    `neighbours` are stories on the topic that may be merged into it.
    """

    story: StoryRow
    merged_from: str | None
    older: StoryRow | None
    later: tuple[StoryRow, ...]
    alert_state: AlertState
    alert_words: str
    alert_at: datetime | None
    why: str
    quote: str
    quoted: StoryPart | None
    parts: tuple[StoryPart, ...]
    hidden: int
    fresh: int
    alerts: tuple[StoryAlert, ...]
    muted_until: datetime | None
    topic_muted_until: datetime | None
    neighbours: tuple[StoryRow, ...]


def read_story_page(ledger: Ledger, ident: str, *, now: datetime) -> StoryPage:
    """Return the page of the story with this id (`s12`), or of the story into which it was merged.

    Raises:
        ViewRefused: there is no such story.
    """
    found = read_story(ledger, ident)
    number = int(found.story.id[1:])
    matches = ledger.matches.of_story(number)
    alerts = ledger.alerts.of_stories([number]).get(number, [])
    silences = {one.match_id: one.reason for one in ledger.history.silences([one.id for one in matches])}
    parts = _parts(ledger, matches, alerts, silences)
    state, words, at = alert_state_of(alerts, next(reversed(silences.values()), None))
    best = max(matches, key=lambda one: one.score, default=None)
    mutes = {(one.kind, one.target): one.until for one in ledger.mutes.active(now=now)}
    return StoryPage(
        story=found.story,
        merged_from=found.merged_from,
        older=_story(ledger, found.story.continues),
        later=tuple(map(story_row, ledger.story_list.continued_by(number))),
        alert_state=state,
        alert_words=words,
        alert_at=at,
        why="" if best is None else match_view(best).words,
        quote="" if best is None else quote(best, beside=found.story.title),
        quoted=next((one for one in parts if best is not None and one.id == f"i{best.item.id}"), None),
        parts=parts[-MAX_PARTS:],
        hidden=max(len(parts) - MAX_PARTS, 0),
        fresh=sum(one.fresh for one in parts),
        alerts=_story_alerts(ledger, alerts),
        muted_until=mutes.get((MuteKind.STORY, str(number))),
        topic_muted_until=mutes.get((MuteKind.TOPIC, found.story.topic)),
        neighbours=_neighbours(ledger, found.story),
    )


def _story(ledger: Ledger, ident: str | None) -> StoryRow | None:
    found = [] if ident is None else ledger.stories.get([int(ident[1:])])
    return story_row(found[0]) if found else None  # the earlier story may have been pruned


def _neighbours(ledger: Ledger, story: StoryRow) -> tuple[StoryRow, ...]:
    near = StoryFilter(
        topic=story.topic, since=story.first_seen - NEIGHBOURS, until=story.last_seen + NEIGHBOURS
    )
    found = map(story_row, ledger.story_list.page(near, limit=MAX_NEIGHBOURS + 1))
    return tuple(one for one in found if one.id != story.id)[:MAX_NEIGHBOURS]


def _parts(
    ledger: Ledger, matches: Sequence[Match], alerts: Sequence[Alert], silences: Mapping[int, str]
) -> tuple[StoryPart, ...]:
    """Return the items of a story in chronological order."""
    alerted = {match_id for one in alerts if one.message_id is not None for match_id in one.match_ids}
    last_alert = max((one.decided_at for one in alerts if one.message_id is not None), default=None)
    verdicts = {(one.topic, one.item_id): one.verdict for one in ledger.marks.active()}
    meant = translations(ledger, matches)
    parts = [
        StoryPart(
            id=f"i{one.item.id}",
            title=one.item.title,
            url=one.item.url,
            outlet=outlet(one.item.outlet_name),
            feed=one.item.feed_id,
            language=one.item.language,
            happened=min(one.item.published_at or one.item.first_seen, one.item.first_seen),
            first_seen=one.item.first_seen,
            lead=clip(plain(one.item.summary) or plain(one.item.content), MAX_LEAD),
            score=one.score,
            why=match_view(one).words,
            joined=meant[one.id].words if one.id in meant else "",
            verdict=verdicts.get((one.topic, one.item.id)),
            alerted=one.id in alerted,
            fresh=last_alert is not None and one.id not in alerted and one.matched_at > last_alert,
            silence="" if one.id in alerted or one.id not in silences else silence_words(silences[one.id]),
        )
        for one in matches
    ]
    return tuple(sorted(parts, key=lambda one: (one.happened, one.first_seen, one.id)))


def _story_alerts(ledger: Ledger, alerts: Sequence[Alert]) -> tuple[StoryAlert, ...]:
    carried: dict[str, list[StoryDelivery]] = defaultdict(list)
    for record in ledger.history.carried([one.message_id for one in alerts if one.message_id is not None]):
        carried[record.message_id].append(
            StoryDelivery(
                id=record.id,
                recipient=record.recipient,
                state=record.state,
                finished_at=record.finished_at,
                next_at=record.next_at,
                last_error=record.last_error,
            )
        )
    return tuple(
        StoryAlert(
            at=one.decided_at,
            channel=one.channel,
            what="new story" if one.reason is Reason.NEW else in_words(one.brings) or "a further item",
            items=len(one.match_ids),
            held="" if one.held is None else HOLDINGS.get(one.held, one.held),
            held_until=one.held_until,
            deliveries=tuple(carried[one.message_id]) if one.message_id is not None else (),
        )
        for one in alerts
    )

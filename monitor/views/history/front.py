"""The list of stories on the first page: which are new since the last visit, and whether they were alerted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from alerts.render.parts.phrases import outlet, reasons, some_of
from alerts.render.parts.whats_new import in_words
from monitor.text.ids import id_number
from monitor.views.history.reasons import HOLDINGS, silence_words
from monitor.views.refused import ViewRefused
from storage.model import Reason
from storage.model.messages import AlertState, StoryFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import Ledger
    from storage.model import Story
    from storage.stores.alerts import Alert
    from storage.stores.story_list import Mention

PAGE = 25  # stories on one page: under 60 kB of HTML, however long their headlines
OUTLETS = 4  # outlets named for a story; the others are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontStory:
    """A story in the list.

    `alert_words` name the channels that got an alert, or the reason for a hold or for no alert; `at` is the time of
    the alert, or the end of the hold. `unread` says whether items arrived since the last visit; `added` counts these
    items if the story is older than that. `brings` is the news of the last update.
    """

    id: str
    topic: str
    title: str
    outlets: str
    sources: int
    copies: int
    size: int
    first_seen: datetime
    last_seen: datetime
    alert_state: AlertState
    alert_words: str
    at: datetime | None
    brings: str
    why: str
    unread: bool
    added: int
    continues: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontPage:
    """A page of the list; `after` is the position from which the next page continues, None on the last page."""

    stories: tuple[FrontStory, ...]
    unread: int
    after: str | None


def read_front(
    ledger: Ledger, wanted: StoryFilter, *, visited: datetime | None, after: str | None = None
) -> FrontPage:
    """Return a page of the wanted stories, the latest first; `visited` is the end of the last visit.

    Raises:
        ViewRefused: `after` is not a position from an earlier page.
    """
    before = None if after is None else _position(after)
    found = ledger.story_list.page(wanted, limit=PAGE + 1, before=before)
    shown = found[:PAGE]
    ids = [story.id for story in shown]
    mentions, alerts = ledger.story_list.mentions(ids), ledger.alerts.of_stories(ids)
    silences = _silences(ledger, mentions, without=alerts)
    return FrontPage(
        stories=tuple(
            _front(one, mentions[one.id], alerts.get(one.id, []), silences.get(one.id), visited)
            for one in shown
        ),
        unread=_unread(ledger, visited),
        after=_mark(shown[-1]) if len(found) > PAGE else None,
    )


def _unread(ledger: Ledger, visited: datetime | None) -> int:
    return 0 if visited is None else ledger.story_list.count(StoryFilter(unread_since=visited))


def _position(after: str) -> tuple[datetime, int]:
    moment, _, ident = after.rpartition("~")
    number = id_number(ident, "s")
    try:
        seen = datetime.fromisoformat(moment)
    except ValueError:
        seen = None
    if seen is None or seen.tzinfo is None or number is None:
        raise ViewRefused("there is no such page of the stories; begin at the first one")
    return seen, number


def _mark(story: Story) -> str:
    return f"{story.last_seen.isoformat()}~s{story.id}"


def _silences(
    ledger: Ledger, mentions: dict[int, list[Mention]], *, without: dict[int, list[Alert]]
) -> dict[int, str]:
    """Return the latest reason why each story without alerts had none."""
    story_of = {one.match_id: story for story, its in mentions.items() if story not in without for one in its}
    return {story_of[one.match_id]: one.reason for one in ledger.history.silences(list(story_of))}


def _front(
    story: Story,
    mentions: Sequence[Mention],
    alerts: Sequence[Alert],
    silence: str | None,
    visited: datetime | None,
) -> FrontStory:
    state, words, at = alert_state_of(alerts, silence)
    names = tuple(dict.fromkeys(outlet(one.outlet) for one in mentions))
    best = max(mentions, key=lambda one: one.score, default=None)
    unread = visited is not None and story.last_seen > visited
    later = [one for one in mentions if visited is not None and one.first_seen > visited]
    return FrontStory(
        id=f"s{story.id}",
        topic=story.topic,
        title=story.title,
        outlets=some_of(names, total=story.sources, shown=OUTLETS),
        sources=story.sources,
        copies=story.copies,
        size=story.size,
        first_seen=story.first_seen,
        last_seen=story.last_seen,
        alert_state=state,
        alert_words=words,
        at=at,
        brings=_last_additions(alerts),
        why="" if best is None else reasons(best.why),
        unread=unread,
        added=len(later) if visited is not None and story.first_seen <= visited else 0,
        continues=None if story.continues is None else f"s{story.continues}",
    )


def alert_state_of(alerts: Sequence[Alert], silence: str | None) -> tuple[AlertState, str, datetime | None]:
    """Return whether a story was alerted, with words for a person, and the time of the alert or the end of the hold."""
    sent = [one for one in alerts if one.message_id is not None]
    if sent:
        channels = ", ".join(dict.fromkeys(one.channel for one in sent))
        return AlertState.ALERTED, f"on {channels}", max(one.decided_at for one in sent)
    if alerts:
        held = alerts[-1]
        words = HOLDINGS.get(held.held or "", held.held or "it is about to be sent")
        return AlertState.HELD, words, held.held_until
    if silence is not None:
        return AlertState.SILENT, silence_words(silence), None
    return AlertState.WAITING, "it is decided on by the next pass", None


def _last_additions(alerts: Sequence[Alert]) -> str:
    grown: dict[int, str] = defaultdict(str)
    for one in alerts:
        if one.reason is Reason.GREW and one.message_id is not None:
            grown[one.growth] = in_words(one.brings)
    return grown[max(grown)] if grown else ""

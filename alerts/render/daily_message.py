"""The daily message about feeds, for readers: the events of each kind with their feeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerts.render.event_kind import EventKind
from alerts.render.formats.atom import text_entry
from alerts.render.formats.columns import wrap
from alerts.render.formats.escape import clip, header, link, one_line
from alerts.render.formats.html import page
from alerts.render.formats.json_body import MAX_NAME
from alerts.render.formats.text import paragraph, width_of
from alerts.render.parts import phrases
from alerts.render.parts.feed_health import MAX_ERROR
from alerts.render.rendered import Rendered
from storage.model import MessageForm

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from alerts.render.event_message import Event

KIND = "feed.daily"
# Events that are reported with `since`.
LASTING = frozenset({EventKind.FEED_FAILING, EventKind.FEED_GONE, EventKind.FEED_SILENT})
NAMED = 20  # feeds named of one kind; `storywatch feeds list` has the others
COMMAND = "storywatch feeds list"
WHY = (
    "This message is sent once a day, if something happened. To get each event at once, "
    "name channels in `operators`."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The wording for one kind of event of several feeds: its name in a count, and its meaning for the owner."""

    name: str
    means: str


HEADINGS = {
    EventKind.FEED_FAILING: Heading(
        name="failing", means="Their items may come late. They are tried again, less often while they fail."
    ),
    EventKind.FEED_GONE: Heading(
        name="gone", means="Their servers say that they will not come back (410). They are no longer polled."
    ),
    EventKind.FEED_SILENT: Heading(
        name="silent", means="They answer, but have published nothing for far longer than usual."
    ),
    EventKind.FEED_GAP: Heading(
        name="may have missed items",
        means="All their items are new since the last poll, so some may have been missed. They are polled more often.",
    ),
    EventKind.FEED_UNSTABLE: Heading(
        name="changing ids", means="Their items are known by their text, address and title instead."
    ),
    EventKind.FEED_MOVED: Heading(
        name="moved",
        means="They are polled at their new addresses. Put those into your configuration to keep them.",
    ),
    EventKind.FEED_RECOVERED: Heading(name="working again", means="What appeared meanwhile has been read."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLine:
    """One feed of a section: its name, its link, the time of the last event, and the event in words."""

    name: str
    url: str | None
    when: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventGroup:
    """The feeds with one kind of event: `total` counts them, `lines` names the first."""

    heading: Heading
    total: int
    lines: tuple[FeedLine, ...]

    @property
    def title(self) -> str:
        """The section's title: `Failing`."""
        return self.heading.name[0].upper() + self.heading.name[1:]

    @property
    def more(self) -> int:
        """The number of feeds that are not named."""
        return self.total - len(self.lines)


def render_daily(events: Iterable[Event], *, form: MessageForm, now: datetime) -> Rendered:
    """Return the message for a person with a day's events about feeds; times are in the zone of `now`.

    Raises ValueError for the form of programs, which get each event at once.
    """
    sections = _sections(events, now=now)
    counts = ", ".join(f"{section.total} {section.heading.name}" for section in sections)
    subject = header(f"[storywatch] feeds: {counts}")
    lines = [line for section in sections for line in _text(section)]
    match form:
        case MessageForm.ATOM:
            return Rendered(
                kind=KIND, subject=subject, body=text_entry([*lines, WHY, COMMAND], subject=subject)
            )
        case MessageForm.TEXT | MessageForm.CHAT:
            return Rendered(kind=KIND, subject=subject, body=_body(subject, lines, form))
        case MessageForm.MAIL:
            html = page(
                "daily",
                title=subject,
                preview=counts,
                sections=sections,
                zone=phrases.zone_name(now),
                why=WHY,
                command=COMMAND,
            )
            return Rendered(kind=KIND, subject=subject, body=_body(subject, lines, form), html=html)
        case MessageForm.JSON:
            raise ValueError(form)


def _sections(events: Iterable[Event], *, now: datetime) -> list[EventGroup]:
    by_kind: dict[EventKind, dict[str, list[Event]]] = {kind: {} for kind in HEADINGS}
    for event in events:
        by_kind[event.kind].setdefault(event.url or event.name, []).append(event)
    return [
        EventGroup(
            heading=HEADINGS[kind],
            total=len(feeds),
            lines=tuple(_line(of_feed, now=now) for of_feed in list(feeds.values())[:NAMED]),
        )
        for kind, feeds in by_kind.items()
        if feeds
    ]


def _line(events: Sequence[Event], *, now: datetime) -> FeedLine:
    """Return the line about one feed: the last event of a kind, and how often it was seen."""
    last = events[-1]
    times = f"{len(events)} times, last " if len(events) > 1 else ""
    since = "since " if last.kind in LASTING else ""
    when = f"{times}{since}{phrases.moment(last.since or now, now=now)}"
    return FeedLine(
        name=clip(one_line(last.name), MAX_NAME) or "(unnamed feed)",
        url=link(last.url),
        when=when,
        detail=clip(one_line(last.detail), MAX_ERROR),
    )


def _text(section: EventGroup) -> list[str]:
    lines = [f"{section.title}: {section.heading.means}"]
    for one in section.lines:
        lines.append(
            f"  - {one.name} ({one.when}): {one.detail}" if one.detail else f"  - {one.name} ({one.when})"
        )
        lines += [f"  {one.url}"] if one.url and one.url != one.name else []
    return [*lines, *([f"  and {section.more} more"] if section.more else [])]


def _body(subject: str, lines: Sequence[str], form: MessageForm) -> bytes:
    wrapped, width = [], width_of(form)
    for line in lines:
        is_title = not line.startswith(" ")
        wrapped += ["", *wrap(line, width)] if is_title else wrap(line, width, indent="  ")
    return paragraph(subject, *wrapped, "", *wrap(WHY, width), COMMAND)

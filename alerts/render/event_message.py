"""Renders events of feeds, channels and the network: the event, its meaning, and the command that helps."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, assert_never

from alerts.render.event_kind import EventKind
from alerts.render.formats import json_body
from alerts.render.formats.atom import text_entry
from alerts.render.formats.columns import wrap
from alerts.render.formats.escape import clip, header, link, one_line
from alerts.render.formats.html import page
from alerts.render.formats.text import paragraph, width_of
from alerts.render.parts import phrases
from alerts.render.rendered import Rendered
from storage.model import MessageForm

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event of the feed or channel `name`, described by `detail`.

    `url` is the feed's, without credentials; an event of many feeds has none.
    """

    kind: EventKind
    name: str = ""
    url: str | None = None
    since: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The wording of an event: the subject, its meaning for the owner, and the command that helps."""

    says: str
    means: str
    command: str


WORDINGS = {
    EventKind.FEED_FAILING: Wording(
        says="feed is failing: {name}",
        means="Its items may be late. It is polled less often while it fails; you are told when it recovers.",
        command="storywatch feeds show {url}",
    ),
    EventKind.FEED_RECOVERED: Wording(
        says="feed works again: {name}",
        means="Items that appeared meanwhile are being read.",
        command="storywatch feeds show {url}",
    ),
    EventKind.FEED_GONE: Wording(
        says="feed is gone: {name}",
        means="Its server says that it is permanently gone (410). It is no longer polled; its items are kept.",
        command="storywatch feeds remove {url}",
    ),
    EventKind.FEED_MOVED: Wording(
        says="feed has moved: {name}",
        means="It is polled at its new address. Change its URL in your configuration to make this permanent.",
        command="storywatch feeds show {url}",
    ),
    EventKind.FEED_SILENT: Wording(
        says="feed is silent: {name}",
        means="It answers, but has published nothing for far longer than usual.",
        command="storywatch feeds show {url}",
    ),
    EventKind.FEED_GAP: Wording(
        says="feed may have missed items: {name}",
        means="All its items are new since the last poll, so some may have been missed. It is polled more often now.",
        command="storywatch feeds show {url}",
    ),
    EventKind.FEED_UNSTABLE: Wording(
        says="feed changes its ids: {name}",
        means="Its items are recognised by their text, address and title instead, so that you get no repeated alerts.",
        command="storywatch feeds show {url}",
    ),
    EventKind.NETWORK_DOWN: Wording(
        says="network is down",
        means="No feed can be reached, so no feed is reported as failing. Polling continues by itself.",
        command="storywatch status",
    ),
    EventKind.NETWORK_UP: Wording(
        says="network is back",
        means="Feeds are being polled again; nothing was lost here.",
        command="storywatch status",
    ),
    EventKind.CHANNEL_FAILING: Wording(
        says="channel is failing: {name}",
        means="Its messages wait; none is lost. It is tried with one message at a time; you are told when it works again.",
        command="storywatch channels test {name}",
    ),
    EventKind.CHANNEL_RECOVERED: Wording(
        says="channel works again: {name}",
        means="The waiting messages are being sent.",
        command="storywatch alerts list",
    ),
    EventKind.DELIVERY_DEAD: Wording(
        says="message could not be delivered over {name}",
        means="It is not retried automatically. `storywatch alerts replay ID` sends it again, `discard` drops it.",
        command="storywatch alerts list --state dead",
    ),
    EventKind.TEST: Wording(
        says="test message to {name}",
        means="This channel works: you are reading it.",
        command="storywatch channels list",
    ),
}


def render_event(event: Event, *, form: MessageForm, now: datetime) -> Rendered:
    """Return the message about an event in this form; times are written in the zone of `now`."""
    subject = header(f"[storywatch] {_filled(WORDINGS[event.kind].says, event)}")
    lines = _lines(event, now=now)
    match form:
        case MessageForm.JSON:
            body = json_body.encode(json_body.envelope(event.kind.value, _object(event), now=now))
            return Rendered(kind=event.kind.value, subject=subject, body=body)
        case MessageForm.ATOM:
            return Rendered(kind=event.kind.value, subject=subject, body=text_entry(lines, subject=subject))
        case MessageForm.TEXT | MessageForm.CHAT | MessageForm.MAIL:
            body = paragraph(
                subject, *(out for line in lines for out in wrap(line, width_of(form), indent="  "))
            )
            html = None
            if form is MessageForm.MAIL:
                html = page(
                    "event", title=subject, preview=lines[0], lines=lines[:-1], command=_command(event)
                )
            return Rendered(kind=event.kind.value, subject=subject, body=body, html=html)
    assert_never(form)


def _lines(event: Event, *, now: datetime) -> list[str]:
    since = f" (since {phrases.moment(event.since, now=now)} {phrases.zone_name(now)})" if event.since else ""
    happened = clip(one_line(event.detail), json_body.MAX_SUMMARY)
    lines = [f"{happened}{since}".strip(), link(event.url) or "", WORDINGS[event.kind].means]
    return [*(line for line in lines if line), _command(event)]


def _command(event: Event) -> str:
    wording = WORDINGS[event.kind].command
    if "{url}" in wording and event.url is None:
        wording = "storywatch feeds list"  # an event of many feeds
    name, url = shlex.quote(one_line(event.name)), shlex.quote(link(event.url) or one_line(event.name))
    return wording.format(name=name, url=url)


def _filled(wording: str, event: Event) -> str:
    return wording.format(name=clip(one_line(event.name), json_body.MAX_NAME))


def _object(event: Event) -> dict[str, Any]:
    about = {
        "since": phrases.instant(event.since),
        "error": clip(one_line(event.detail), json_body.MAX_SUMMARY),
        "means": WORDINGS[event.kind].means,
    }
    name = clip(one_line(event.name), json_body.MAX_NAME)
    subject = event.kind.value.split(".")[0]
    if subject == "feed":
        return {"feed": {"title": name, "url": link(event.url), **about}}
    if subject == "network":
        return about
    return {"channel": {"name": name, **about}}

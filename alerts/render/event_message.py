"""Events about feeds, channels and the network: what happened, and what to type next."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, assert_never

from alerts.render.formats import json_body
from alerts.render.formats.atom import text_entry
from alerts.render.formats.columns import wrap
from alerts.render.formats.escape import clip, header, link, one_line
from alerts.render.formats.html import page
from alerts.render.formats.text import MAIL_WIDTH, paragraph
from alerts.render.parts import phrases
from alerts.render.rendered import Rendered
from storage.model import MessageForm

if TYPE_CHECKING:
    from datetime import datetime


class EventKind(StrEnum):
    """What may happen to a feed, a channel or the network; the values are webhook event types."""

    FEED_FAILING = "feed.failing"
    FEED_RECOVERED = "feed.recovered"
    FEED_GONE = "feed.gone"
    FEED_MOVED = "feed.moved"
    FEED_SILENT = "feed.silent"
    FEED_GAP = "feed.gap"
    FEED_UNSTABLE = "feed.unstable"
    NETWORK_DOWN = "network.down"
    NETWORK_UP = "network.up"
    CHANNEL_FAILING = "channel.failing"
    CHANNEL_RECOVERED = "channel.recovered"
    DELIVERY_DEAD = "delivery.dead"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to the thing called `name`, in `detail` words.

    `url` is a feed's, credentials removed; an event of many feeds has none.
    """

    kind: EventKind
    name: str = ""
    url: str | None = None
    since: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How an event is told: the subject's verb, what it means for the owner, and the command that helps."""

    says: str
    means: str
    command: str


WORDINGS = {
    EventKind.FEED_FAILING: Wording(
        says="feed is failing: {name}",
        means="Its items may come late. It is tried again, less often while it fails, and you hear when it recovers.",
        command="storywatch feeds show {url}",
    ),
    EventKind.FEED_RECOVERED: Wording(
        says="feed works again: {name}",
        means="What appeared meanwhile is being read.",
        command="storywatch feeds show {url}",
    ),
    EventKind.FEED_GONE: Wording(
        says="feed is gone: {name}",
        means="Its server says it will not come back (410). It is no longer polled; its items are kept.",
        command="storywatch feeds remove {url}",
    ),
    EventKind.FEED_MOVED: Wording(
        says="feed has moved: {name}",
        means="It is polled at its new address. Put that into your configuration to keep it.",
        command="storywatch feeds show {url}",
    ),
    EventKind.FEED_SILENT: Wording(
        says="feed is silent: {name}",
        means="It answers, but has brought nothing new for far longer than its habit.",
        command="storywatch feeds show {url}",
    ),
    EventKind.FEED_GAP: Wording(
        says="feed may have missed items: {name}",
        means="It brought only new items since the last poll, so some may have come and gone. It is polled more often.",
        command="storywatch feeds show {url}",
    ),
    EventKind.FEED_UNSTABLE: Wording(
        says="feed changes its ids: {name}",
        means="Its items are known by their text, address and title instead, so that none is told as new for its id.",
        command="storywatch feeds show {url}",
    ),
    EventKind.NETWORK_DOWN: Wording(
        says="network is down",
        means="No feed can be reached, so no feed is reported as failing. Polling goes on by itself.",
        command="storywatch status",
    ),
    EventKind.NETWORK_UP: Wording(
        says="network is back",
        means="Feeds are being read again; nothing was lost here.",
        command="storywatch status",
    ),
    EventKind.CHANNEL_FAILING: Wording(
        says="channel is failing: {name}",
        means="Its messages wait and nothing is lost. It is probed by one message at a time; you hear when it works again.",
        command="storywatch channels test {name}",
    ),
    EventKind.CHANNEL_RECOVERED: Wording(
        says="channel works again: {name}",
        means="What waited is being sent.",
        command="storywatch alerts list",
    ),
    EventKind.DELIVERY_DEAD: Wording(
        says="message could not be delivered over {name}",
        means="It is not tried again by itself. `storywatch alerts replay ID` sends it again, `discard` gives it up.",
        command="storywatch alerts list --state dead",
    ),
    EventKind.TEST: Wording(
        says="test message to {name}",
        means="This channel works: you are reading it.",
        command="storywatch channels list",
    ),
}


def render_event(event: Event, *, form: MessageForm, now: datetime) -> Rendered:
    """Return the message that tells an event in this form; times are written in the zone of `now`."""
    subject = header(f"[storywatch] {_filled(WORDINGS[event.kind].says, event)}")
    lines = _lines(event, now=now)
    match form:
        case MessageForm.JSON:
            body = json_body.encode(json_body.envelope(event.kind.value, _object(event), now=now))
            return Rendered(kind=event.kind.value, subject=subject, body=body)
        case MessageForm.ATOM:
            return Rendered(kind=event.kind.value, subject=subject, body=text_entry(lines, subject=subject))
        case MessageForm.TEXT | MessageForm.CHAT | MessageForm.MAIL:
            body = paragraph(subject, *(out for line in lines for out in wrap(line, MAIL_WIDTH, indent="  ")))
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
        wording = "storywatch feeds list"  # many feeds, told together
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

"""Alerts: one story, or several told together, for each type of channel."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from alerts.render import wire
from alerts.render.atom import stories_entry, story_entry
from alerts.render.edition import edition_lines, sections
from alerts.render.page import page
from alerts.render.phrases import count, instant, moment, zone_name
from alerts.render.rendered import Rendered
from alerts.render.safe import clip, header, one_line
from alerts.render.style import PLAIN
from alerts.render.text import MAIL_WIDTH, paragraph, story_block
from alerts.render.view import headline, story_view, told
from storage.model import ChannelType, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.model import Channel, StoryNews

MAX_SUBJECT = 110  # characters of a headline in a subject: the outlets must still be seen
STORIES_A_MAIL = 50  # stories in one mail or console message; further ones go into further messages

Gap = tuple["datetime", "datetime"]


def render_alert(news: StoryNews, *, channel: Channel, now: datetime, held: int = 0) -> Rendered:
    """Return the message that tells one story on a channel of this type; times are written in the zone of `now`.

    `held` counts the alerts that caps or quiet hours keep back on this channel.
    """
    body, html = _alert_body(news, channel.type, now=now, held=held)
    return Rendered(
        kind=_kind(news), subject=alert_subject(news), body=body, html=html, thread=thread(news), stories=1
    )


def _alert_body(
    news: StoryNews, kind: ChannelType, *, now: datetime, held: int
) -> tuple[bytes, bytes | None]:
    """Return what the channel sends, and the HTML beside it."""
    if kind in {ChannelType.WEBHOOK, ChannelType.COMMAND}:
        return wire.single(_kind(news), news, held=held, now=now), None
    view = story_view(news, since=news.story.first_seen, until=now)
    subject, notice = alert_subject(news), _held(held)
    if kind is ChannelType.FEED:
        return story_entry(view, subject=subject), None
    text = _text(story_block(view, width=MAIL_WIDTH, style=PLAIN), after=notice)
    if kind is not ChannelType.EMAIL:
        return text, None
    return text, page("alert", title=subject, preview=view.why, view=view, notice=notice, zone=zone_name(now))


def render_stories(
    stories: Sequence[StoryNews], *, channel: Channel, now: datetime, held: int = 0, gap: Gap | None = None
) -> list[Rendered]:
    """Return the messages that tell several stories together, each story in exactly one of them, in order.

    `held` counts what is still kept back and stands in the first message; `gap` is the time in which nothing was heard.
    """
    if channel.type in {ChannelType.WEBHOOK, ChannelType.COMMAND}:
        return _stories_wire(stories, held=held, gap=gap, now=now) if stories else []
    notice = _notice(stories, held=held, gap=gap, now=now)
    return [
        _stories_page(stories[at : at + STORIES_A_MAIL], channel.type, notice="" if at else notice, now=now)
        for at in range(0, len(stories), STORIES_A_MAIL)
    ]


def alert_subject(news: StoryNews) -> str:
    """Return a subject a person can act on from a lock screen: `[topic] headline (outlets)`."""
    names = f"new: {told(news)}" if news.reason is Reason.GREW else told(news)
    return header(f"[{one_line(news.story.topic)}] {clip(headline(news), MAX_SUBJECT)} ({names})")


def thread(news: StoryNews) -> str:
    """Return the name of the story's thread, which differs between two ledgers that both count from one."""
    story = news.story
    mark = hashlib.sha256(
        f"{story.topic}\n{story.first_seen.isoformat()}".encode("utf-8", "replace")
    ).hexdigest()
    return f"s{story.id}-{mark[:12]}"


def stories_subject(stories: Sequence[StoryNews]) -> str:
    """Return a subject for several stories: how many, on what, and the first headline."""
    topics = list(dict.fromkeys(one_line(news.story.topic) for news in stories))
    on = f"[{topics[0]}]" if len(topics) == 1 else f"[{count(len(topics), 'topic')}]"
    first = clip(headline(stories[0]), MAX_SUBJECT)
    rest = f", and {len(stories) - 1} more" if len(stories) > 1 else ""
    return header(f"{on} {count(len(stories), 'story')}: {first}{rest}")


def _kind(news: StoryNews) -> str:
    return "story.grew" if news.reason is Reason.GREW else "story.new"


def _text(lines: Sequence[str], *, before: str = "", after: str = "") -> bytes:
    return paragraph(*([before, ""] if before else []), *lines, *(["", after] if after else []))


def _stories_wire(
    stories: Sequence[StoryNews], *, held: int, gap: Gap | None, now: datetime
) -> list[Rendered]:
    silence = {"gap": {"since": instant(gap[0]), "until": instant(gap[1])}} if gap else {}
    bodies = wire.several("stories", stories, first={"held": held, **silence}, later={"held": 0}, now=now)
    subject = stories_subject(stories)
    return [Rendered(kind="stories", subject=subject, body=body, stories=told) for body, told in bodies]


def _stories_page(part: Sequence[StoryNews], kind: ChannelType, *, notice: str, now: datetime) -> Rendered:
    subject = stories_subject(part)
    parts = sections(part, since=min(news.story.first_seen for news in part), until=now)
    html = None
    if kind is ChannelType.FEED:
        body = stories_entry(parts, subject=subject, notice=notice)
    else:
        body = _text(edition_lines(parts, width=MAIL_WIDTH, style=PLAIN), before=notice)
    if kind is ChannelType.EMAIL:
        html = page(
            "stories", title=subject, preview=subject, sections=parts, notice=notice, zone=zone_name(now)
        )
    return Rendered(kind="stories", subject=subject, body=body, html=html, stories=len(part))


def _notice(stories: Sequence[StoryNews], *, held: int, gap: Gap | None, now: datetime) -> str:
    together = f"{count(len(stories), 'story')} told together."
    if gap:
        since, until = (moment(time, now=now) for time in gap)
        together += f" Nothing was heard between {since} and {until} {zone_name(now)}: some of it comes late."
    return f"{together} {_held(held)}".strip()


def _held(held: int) -> str:
    if not held:
        return ""
    return f"{count(held, 'more alert')} held back by the hourly cap or quiet hours; nothing of it is lost."

"""Renders alerts about one story, or about several together, for each type of channel."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from alerts.links.labels import buttons
from alerts.render.formats import json_body
from alerts.render.formats.ansi import PLAIN
from alerts.render.formats.atom import stories_entry, story_entry
from alerts.render.formats.columns import wrap
from alerts.render.formats.escape import clip, header, one_line
from alerts.render.formats.html import page
from alerts.render.formats.text import paragraph, story_block, width_of
from alerts.render.parts.digest_layout import edition_lines, sections
from alerts.render.parts.held_and_gaps import Gap, HeldNotice
from alerts.render.parts.phrases import count, zone_name
from alerts.render.parts.story_view import headline, story_view
from alerts.render.parts.whats_new import subject_part
from alerts.render.rendered import Rendered
from storage.model import MessageForm, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.model import StoryNews

MAX_SUBJECT = 110  # characters of a headline in a subject, so that the outlets after it stay visible
STORIES_A_MAIL = 150  # stories in one mail or console message; more stories make more messages
# Shown below several stories, each of which shows its id.
OF_A_STORY = ("storywatch why STORY", "storywatch mute STORY --for 7d", "storywatch mark no STORY")
NOTHING_HELD = HeldNotice()


def render_alert(
    news: StoryNews,
    *,
    form: MessageForm,
    now: datetime,
    held: HeldNotice = NOTHING_HELD,
    gap: Gap | None = None,
) -> Rendered:
    """Return the alert about one story in this form; times are written in the zone of `now`.

    `held` counts the alerts that caps or quiet hours hold on this channel; `gap` is an outage of feeds.
    """
    body, html = _alert_body(news, form, now=now, held=held, gap=gap)
    return Rendered(
        kind=_kind(news),
        subject=alert_subject(news),
        body=body,
        html=html,
        thread=thread(news),
        stories=1,
        topics=(news.story.topic,),
        buttons=buttons(news.links),
    )


def _alert_body(
    news: StoryNews, form: MessageForm, *, now: datetime, held: HeldNotice, gap: Gap | None
) -> tuple[bytes, bytes | None]:
    """Return the body that the channel sends, and its HTML alternative."""
    if form is MessageForm.JSON:
        return json_body.single(_kind(news), news, beside=_beside(held, gap), now=now), None
    view = story_view(news, since=news.story.first_seen, until=now)
    subject = alert_subject(news)
    notice = " ".join(filter(None, (gap.words(now=now) if gap else "", held.words(now=now))))
    if form is MessageForm.ATOM:
        return story_entry(view, subject=subject), None
    width = width_of(form)
    text = _text(story_block(view, width=width, style=PLAIN), after=wrap(notice, width))
    if form is not MessageForm.MAIL:
        return text, None
    return text, page("alert", title=subject, preview=view.why, view=view, notice=notice, zone=zone_name(now))


def render_stories(
    stories: Sequence[StoryNews],
    *,
    form: MessageForm,
    now: datetime,
    held: HeldNotice = NOTHING_HELD,
    gap: Gap | None = None,
) -> list[Rendered]:
    """Return the messages about several stories, each story in exactly one of them, in order.

    `held` counts the alerts that are still held, and is shown in the first message; `gap` is an outage of feeds.
    """
    if form is MessageForm.JSON:
        return _stories_wire(stories, held=held, gap=gap, now=now) if stories else []
    notice = _notice(stories, held=held, gap=gap, now=now)
    return [
        _stories_page(stories[at : at + STORIES_A_MAIL], form, notice="" if at else notice, now=now)
        for at in range(0, len(stories), STORIES_A_MAIL)
    ]


def alert_subject(news: StoryNews) -> str:
    """Return a subject that is useful on a lock screen: `[topic] headline (outlets)`."""
    return header(
        f"[{one_line(news.story.topic)}] {clip(headline(news), MAX_SUBJECT)} ({subject_part(news)})"
    )


def thread(news: StoryNews) -> str:
    """Return the name of the story's thread, which is unique even across databases."""
    story = news.story
    mark = hashlib.sha256(
        f"{story.topic}\n{story.first_seen.isoformat()}".encode("utf-8", "replace")
    ).hexdigest()
    return f"s{story.id}-{mark[:12]}"


def stories_subject(stories: Sequence[StoryNews]) -> str:
    """Return a subject for several stories: their number and topics, and the first headline."""
    topics = list(dict.fromkeys(one_line(news.story.topic) for news in stories))
    on = f"[{topics[0]}]" if len(topics) == 1 else f"[{count(len(topics), 'topic')}]"
    first = clip(headline(stories[0]), MAX_SUBJECT)
    rest = f", and {len(stories) - 1} more" if len(stories) > 1 else ""
    return header(f"{on} {count(len(stories), 'story')}: {first}{rest}")


def _kind(news: StoryNews) -> str:
    return "story.grew" if news.reason is Reason.GREW else "story.new"


def _text(lines: Sequence[str], *, before: Sequence[str] = (), after: Sequence[str] = ()) -> bytes:
    return paragraph(*before, *([""] if before else []), *lines, *(["", *after] if after else []))


def _beside(held: HeldNotice, gap: Gap | None) -> dict[str, Any]:
    """Return the fields beside the stories in JSON."""
    return {"held": held.count, **({"gap": gap.entry()} if gap else {})}


def _stories_wire(
    stories: Sequence[StoryNews], *, held: HeldNotice, gap: Gap | None, now: datetime
) -> list[Rendered]:
    bodies = json_body.several("stories", stories, first=_beside(held, gap), later={"held": 0}, now=now)
    subject = stories_subject(stories)
    topics = _topics(stories)
    return [
        Rendered(kind="stories", subject=subject, body=body, stories=number, topics=topics)
        for body, number in bodies
    ]


def _topics(stories: Sequence[StoryNews]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(news.story.topic for news in stories))


def _stories_page(part: Sequence[StoryNews], form: MessageForm, *, notice: str, now: datetime) -> Rendered:
    subject = stories_subject(part)
    parts = sections(part, since=min(news.story.first_seen for news in part), until=now)
    html = None
    if form is MessageForm.ATOM:
        body = stories_entry(parts, subject=subject, notice=notice)
    else:
        width = width_of(form)
        lines = edition_lines(parts, width=width, style=PLAIN)
        body = _text(lines, before=wrap(notice, width), after=OF_A_STORY)
    if form is MessageForm.MAIL:
        html = page(
            "stories",
            title=subject,
            preview=subject,
            sections=parts,
            notice=notice,
            commands=() if part[0].links else OF_A_STORY,
            zone=zone_name(now),
        )
    return Rendered(
        kind="stories", subject=subject, body=body, html=html, stories=len(part), topics=_topics(part)
    )


def _notice(stories: Sequence[StoryNews], *, held: HeldNotice, gap: Gap | None, now: datetime) -> str:
    words = (
        f"{count(len(stories), 'story')} in one message.",
        gap.words(now=now) if gap else "",
        held.words(now=now),
    )
    return " ".join(filter(None, words))

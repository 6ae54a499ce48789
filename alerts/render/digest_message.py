"""Renders digests: the stories of a period as text, HTML, Markdown, JSON and Atom, and as messages for a channel."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from alerts.render.alert_message import MAX_SUBJECT
from alerts.render.formats import json_body
from alerts.render.formats.ansi import PLAIN
from alerts.render.formats.atom import stories_entry, stories_feed
from alerts.render.formats.columns import fit, wrap
from alerts.render.formats.escape import clip, header, one_line
from alerts.render.formats.html import page
from alerts.render.formats.markdown import edition_markdown, escape, linked
from alerts.render.formats.text import paragraph, width_of
from alerts.render.parts import phrases
from alerts.render.parts.digest_layout import edition_lines, sections
from alerts.render.parts.feed_health import TroubleView, trouble_lines, trouble_view
from alerts.render.parts.held_back import HEADING as HELD
from alerts.render.parts.held_back import SHOWN as SHOWN_HELD
from alerts.render.parts.held_back import HeldView, held_lines, held_views
from alerts.render.parts.link_answers import HEADING as ANSWERS
from alerts.render.parts.link_answers import answer_lines, answer_objects, answers
from alerts.render.parts.missed_stories import HEADING as MISSED
from alerts.render.parts.missed_stories import coverage_lines, coverage_view, missed_object
from alerts.render.parts.story_view import headline
from alerts.render.parts.timeline import BINS
from alerts.render.parts.times import duration
from alerts.render.rendered import Rendered
from storage.model import MessageForm

if TYPE_CHECKING:
    from datetime import datetime, tzinfo
    from typing import Any

    from alerts.render.formats.ansi import Style
    from alerts.render.parts.digest_layout import Section
    from storage.model import Digest
    from storage.model.covered import CoverageReport

MISSED_ROOM = 3_000  # bytes of a webhook body for stories that only control feeds carried
TROUBLES_ROOM = 6_000  # bytes of a webhook body for feeds that need attention: a dozen or more
STORIES_A_MAIL = 300  # one line of up to 300 bytes each, with links; mail clients clip at 100 kB
HEADING = "Your stories"
TOPICS_NAMED = 6  # listed with the number of their stories, in one line of a mail


def render_digest(digest: Digest, *, form: MessageForm, now: datetime, zone: tzinfo = UTC) -> list[Rendered]:
    """Return the messages of a digest in this form, each story in exactly one of them, in order.

    There is one message, unless there are more stories than a mail, or a JSON body of 20 kB, can hold.
    """
    if form is MessageForm.JSON:
        subject = digest_subject(digest)
        first, later = (
            _beside(digest, room=TROUBLES_ROOM),
            _beside(replace(digest, coverage=None, held=0), room=0),
        )
        bodies = json_body.several("digest", digest.stories, first=first, later=later, now=now)
        return [
            Rendered(kind="digest", subject=subject, body=body, stories=number) for body, number in bodies
        ]
    return [_message(part, form, zone) for part in _divided(digest)]


def _divided(digest: Digest) -> list[Digest]:
    """Split a digest into parts that fit a mail; everything but the stories is in the first part."""
    starts = range(0, max(len(digest.stories), 1), STORIES_A_MAIL)
    first, *rest = (replace(digest, stories=digest.stories[at : at + STORIES_A_MAIL]) for at in starts)
    return [
        first,
        *(replace(part, held=0, holding=(), troubles=(), link_uses=(), coverage=None) for part in rest),
    ]


def _message(digest: Digest, form: MessageForm, zone: tzinfo) -> Rendered:
    subject, html = digest_subject(digest), None
    if form is MessageForm.ATOM:
        body = stories_entry(_parts(digest, zone), subject=subject, notice=_overview(digest))
    else:
        body = digest_text(digest, width=width_of(form), style=PLAIN, zone=zone).encode()
    if form is MessageForm.MAIL:
        html = digest_html(digest, zone=zone)
    return Rendered(kind="digest", subject=subject, body=body, html=html, stories=len(digest.stories))


def digest_subject(digest: Digest) -> str:
    """Return a subject with the number of stories and the leading headline."""
    if not digest.stories:
        return "Your stories: nothing new"
    lead = max(digest.stories, key=lambda news: (news.story.sources, news.story.size, -news.story.id))
    return header(
        f"{HEADING}: {phrases.count(len(digest.stories), 'story')}, first {clip(headline(lead), MAX_SUBJECT)}"
    )


def digest_text(digest: Digest, *, width: int, style: Style, zone: tzinfo = UTC) -> str:
    """Return a digest as text for a terminal of `width` columns or a mail; times are written in `zone`."""
    lines = [style.paint_headline(HEADING), style.paint_faint(_period(digest, zone))]
    lines += [*wrap(_overview(digest), width), ""]
    lines += edition_lines(_parts(digest, zone), width=width, style=style)
    if digest.held:
        lines += [*map(style.paint_warning, wrap(_held(digest), width)), ""]
    lines += held_lines(_holding(digest, zone), more=_more_held(digest), width=width, style=style)
    lines += coverage_lines(coverage_view(digest.coverage), width=width, style=style)
    lines += answer_lines(digest.link_uses, now=digest.until.astimezone(zone), width=width, style=style)
    lines += trouble_lines(_troubles(digest, zone), width=width, style=style)
    if digest.stories:
        legend = (
            [fit(f"timelines: {_timelines(digest)}, oldest left", width)] if _has_timelines(digest) else []
        )
        commands = wrap("storywatch stories show STORY · storywatch topics explain TOPIC ITEM", width)
        lines += map(style.paint_faint, (*legend, *commands))
    return paragraph(*lines).decode()


def digest_html(digest: Digest, *, zone: tzinfo = UTC) -> bytes:
    """Return a digest as an HTML page that also works as a mail; times are written in `zone`."""
    return page(
        "digest",
        title=digest_subject(digest),
        preview=_overview(digest),
        heading=HEADING,
        period=f"{_period(digest, zone)} · {_overview(digest)}" if digest.stories else _period(digest, zone),
        quiet=_overview(digest),
        sections=_parts(digest, zone),
        held=_held(digest),
        holding=_holding(digest, zone),
        more_held=_more_held(digest),
        link_uses=answers(digest.link_uses, now=digest.until.astimezone(zone)),
        pages=digest.pages,
        timelines=_timelines(digest),
        coverage=coverage_view(digest.coverage),
        missed_heading=MISSED,
        troubles=_troubles(digest, zone),
        zone=phrases.zone_name(digest.until.astimezone(zone)),
    )


def digest_markdown(digest: Digest, *, zone: tzinfo = UTC) -> str:
    """Return a digest as Markdown (CommonMark); times are written in `zone`."""
    lines = [f"# {HEADING}", "", escape(_period(digest, zone)), "", escape(_overview(digest)), ""]
    lines += edition_markdown(_parts(digest, zone))
    if digest.held:
        lines += [f"> {escape(_held(digest))}", ""]
    if digest.holding:
        lines += [f"## {HELD}", ""]
        lines += [
            f"- {linked(h.headline, h.url)}: {escape(h.why)} `{h.story}`" for h in _holding(digest, zone)
        ]
        lines += [f"- and {_more_held(digest)} more", ""] if _more_held(digest) else [""]
    if (missed := coverage_view(digest.coverage)).stories:
        lines += [f"## {MISSED}", ""]
        lines += [f"- {linked(m.headline, m.url)}: {escape(m.outlets)} `{m.story}`" for m in missed.stories]
        lines += [f"- and {missed.more} more", ""] if missed.more else [""]
    if digest.link_uses:
        done = answers(digest.link_uses, now=digest.until.astimezone(zone))
        lines += [f"## {ANSWERS}", "", *(f"- {escape(words)}" for words in done), ""]
    if digest.troubles:
        lines += ["## Feeds that need attention", ""]
        lines += [
            f"- **{escape(t.title)}**: {escape(t.state)}. {escape(t.error)}" for t in _troubles(digest, zone)
        ]
    return paragraph(*lines).decode()


def digest_json(digest: Digest) -> bytes:
    """Return a digest as one JSON object: a webhook's body without the limit of 20 kB."""
    stories = [json_body.entry(news) for news in digest.stories]
    return json_body.encode(
        json_body.envelope("digest", {**_beside(digest), "stories": stories}, now=digest.until)
    )


def digest_atom(digest: Digest, *, ident: str = "urn:storywatch:digest") -> bytes:
    """Return a digest as an Atom feed with an entry for each story (RFC 4287)."""
    return stories_feed(_parts(digest, UTC), title=HEADING, ident=ident, until=digest.until)


def _parts(digest: Digest, zone: tzinfo) -> tuple[Section, ...]:
    return sections(digest.stories, since=digest.since, until=digest.until.astimezone(zone))


def _troubles(digest: Digest, zone: tzinfo) -> list[TroubleView]:
    return [trouble_view(trouble, now=digest.until.astimezone(zone)) for trouble in digest.troubles]


def _holding(digest: Digest, zone: tzinfo) -> list[HeldView]:
    return held_views(digest.holding, now=digest.until.astimezone(zone), included=digest.held > 0)


def _more_held(digest: Digest) -> int:
    return max(len(digest.holding) - SHOWN_HELD, 0)


def _has_timelines(digest: Digest) -> bool:
    """Whether the text shows a timeline: a story of one item has none there."""
    return any(len(news.matches) + news.more > 1 for news in digest.stories)


def _timelines(digest: Digest) -> str:
    return f"{BINS} marks of {duration((digest.until - digest.since) / BINS)} each"


def _period(digest: Digest, zone: tzinfo) -> str:
    since, until = digest.since.astimezone(zone), digest.until.astimezone(zone)
    day = f"{until:%a} {until.day} {until:%b} {until.year}"
    if since.date() == until.date():
        return f"{day}, {since:%H:%M} to {until:%H:%M} {phrases.zone_name(until)}"
    full = f"{day} {until:%H:%M}"
    return f"{phrases.moment(digest.since, now=until)} to {full} {phrases.zone_name(until)}"


def _overview(digest: Digest) -> str:
    if not digest.stories:
        return "No stories on your topics in this period."
    topics = Counter(news.story.topic for news in digest.stories)
    items = sum(len(news.matches) + news.more for news in digest.stories)
    stories = phrases.count(len(digest.stories), "story")
    named = ", ".join(f"{one_line(topic)} {number}" for topic, number in topics.most_common(TOPICS_NAMED))
    more = ", …" if len(topics) > TOPICS_NAMED else ""
    by_topic = f" ({named}{more})" if len(topics) > 1 else ""
    return f"{stories} on {phrases.count(len(topics), 'topic')}{by_topic}, {phrases.count(items, 'new item')}"


def _held(digest: Digest) -> str:
    if not digest.held:
        return ""
    alerts = phrases.count(digest.held, "alert")
    return f"{alerts} held back by the hourly cap or quiet hours; their stories are in this digest."


def _beside(digest: Digest, *, room: int | None = None) -> dict[str, Any]:
    """Return the fields beside the stories of a digest; feeds that do not fit into `room` bytes are only counted."""
    feeds = [json_body.trouble_object(trouble) for trouble in digest.troubles]
    kept = feeds if room is None else json_body.fitting(feeds, room=room)
    return {
        "since": phrases.instant(digest.since),
        "until": phrases.instant(digest.until),
        "held": digest.held,
        "feeds": kept,
        "more_feeds": len(feeds) - len(kept),
        **({"link_uses": answer_objects(digest.link_uses)} if digest.link_uses else {}),
        **_missed(digest.coverage, room=None if room is None else MISSED_ROOM),
    }


def _missed(coverage: CoverageReport | None, *, room: int | None) -> dict[str, Any]:
    """Return the coverage in a digest; nothing without control feeds."""
    if coverage is None:
        return {}
    stories = [missed_object(missed) for missed in coverage.missed]
    kept = stories if room is None else json_body.fitting(stories, room=room)
    return {"coverage": {"missed": kept, "more": len(stories) - len(kept)}}

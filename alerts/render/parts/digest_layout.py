"""Arranges many stories by topic: the largest and newest first, the others in one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.render.formats.columns import columns, fit, pad, wrap
from alerts.render.formats.terminal import UNFOLDED
from alerts.render.formats.text import labelled, link_lines, source_lines
from alerts.render.parts import phrases
from alerts.render.parts.story_view import StoryView, story_view
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from alerts.render.formats.ansi import Style
    from storage.model import Story, StoryNews

IN_FULL = 16  # stories of all topics shown with outlets, links and reason; mail clients clip at 100 kB
WIDE = 64  # columns; enough for a headline and its outlets in one line


@value
class Section:
    """The stories of one topic: the first in full, the rest as one line each."""

    topic: str
    full: tuple[StoryView, ...]
    rest: tuple[StoryView, ...]

    @property
    def size(self) -> str:
        """The number of stories, as a phrase."""
        return phrases.count(len(self.full) + len(self.rest), "story")


def sections(stories: Iterable[StoryNews], *, since: datetime, until: datetime) -> tuple[Section, ...]:
    """Return the stories by topic; the topic with the largest story comes first."""
    topics: dict[str, list[StoryView]] = {}
    for news in sorted(stories, key=lambda news: _rank(news.story)):
        topics.setdefault(news.story.topic, []).append(story_view(news, since=since, until=until))
    in_full = max(IN_FULL // max(len(topics), 1), 2)
    return tuple(
        Section(topic=views[0].topic, full=tuple(views[:in_full]), rest=tuple(views[in_full:]))
        for views in topics.values()
    )


def _rank(story: Story) -> tuple[float, ...]:
    """Order: largest first, then newest, then by id, so that the order is stable."""
    return (-story.sources, -story.size, -story.last_seen.timestamp(), story.id)


def edition_lines(parts: Iterable[Section], *, width: int, style: Style) -> list[str]:
    """Return sections as text: numbered stories under their topic."""
    lines: list[str] = []
    for section in parts:
        title = f"{section.topic} · {section.size}"
        lines += [
            style.paint_topic(fit(title, width)),
            style.paint_faint("─" * min(columns(title), width)),
            "",
        ]
        for number, view in enumerate(section.full, start=1):
            lines += [*_full(view, number=number, width=width, style=style), ""]
        if section.rest:
            lines += [
                style.paint_faint("also:"),
                *(_brief(view, width=width, style=style) for view in section.rest),
                "",
            ]
    return lines


def _full(view: StoryView, *, number: int, width: int, style: Style) -> Iterator[str]:
    indent = "    "
    first, *rest = wrap(view.headline, width, indent=indent)
    yield style.paint_headline(f"{number:>2}  {first.strip()}")
    yield from map(style.paint_headline, rest)
    yield style.paint_faint(fit(f"{indent}{view.story} · {view.size} · {view.seen}", width))
    if view.several:
        yield indent + style.paint_topic(view.blocks)
    if view.url:
        yield indent + view.url
    if view.several:
        yield from source_lines(view, width=width, style=style, indent=indent)
    quoted = f"“{view.quote}”" if view.quote else ""
    for label, text in (("new", view.novelty), ("why", view.why), ("", quoted)):
        if text:
            for line in labelled(label, text, width=width - len(indent), style=style):
                yield indent + line
    yield from link_lines(view, style=style, indent=indent)


def _brief(view: StoryView, *, width: int, style: Style) -> str:
    tail = f"{view.outlets} · {view.story}" if width >= WIDE else view.story
    room = max(width - columns(tail) - 4, 20)
    headline = fit(view.headline, room)
    return f"  {headline if width == UNFOLDED else pad(headline, room)}  {style.paint_faint(tail)}"

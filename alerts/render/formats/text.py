"""Stories as text, for a terminal and for the text part of a mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.render.formats.columns import columns, fit, pad, wrap
from alerts.render.formats.terminal import UNFOLDED
from storage.model import MessageForm

if TYPE_CHECKING:
    from alerts.render.formats.ansi import Style
    from alerts.render.parts.story_view import StoryView

MAIL_WIDTH = 72  # columns; a quoted line still fits 80
SHORTEST_TITLE = 20  # columns; a shorter part of a title is not shown
LABEL = 9  # columns of the labels `why`, `new`, `all of it`


def width_of(form: MessageForm) -> int:
    """Return the columns that a message in this form is laid out for: the width of a terminal is applied when it is printed."""
    return UNFOLDED if form is MessageForm.TEXT else MAIL_WIDTH


def story_block(view: StoryView, *, width: int, style: Style) -> list[str]:
    """Return a story as lines: topic and event, headline, outlets, why it matched, links, commands."""
    lines = [
        f"{style.paint_topic('[' + view.topic + ']')} {style.paint_faint(f'{view.badge} · {view.size} · {view.seen}')}",
        *map(style.paint_headline, wrap(view.headline, width)),
        *([view.url] if view.url else []),
    ]
    if view.lead:
        lines += ["", *wrap(view.lead, width)]
    lines += ["", *source_lines(view, width=width, style=style), ""]
    for label, text in (("new", view.novelty), ("why", view.why)):
        lines += labelled(label, text, width=width, style=style) if text else []
    for purpose, command in view.commands:
        lines.append(style.paint_faint(f"{pad(purpose, LABEL + 2)} {command}"))
    return [*lines, *link_lines(view, style=style)]


def link_lines(view: StoryView, *, style: Style, indent: str = "") -> list[str]:
    """Return the links by which a reader answers, one per line."""
    return [style.paint_faint(f"{indent}{pad(label.lower(), LABEL + 2)} {url}") for label, url in view.links]


def source_lines(view: StoryView, *, width: int, style: Style, indent: str = "  ") -> list[str]:
    """Return lines for the items of a story: outlet and time, the title and link if they differ from the headline's."""
    room = min(max((columns(source.outlet) for source in view.sources), default=0), width // 2)
    clock = max((columns(source.seen) for source in view.sources), default=0)
    lines = []
    for source in view.sources:
        first = f"{indent}{pad(fit(source.outlet, room), room)}  {style.paint_faint(pad(source.seen, clock))}"
        left = width - columns(indent) - room - clock - 4
        title = fit(source.title, left) if source.title and left >= SHORTEST_TITLE else ""
        lines.append(f"{first}  {title}")
        if source.url and source.url != view.url:
            lines.append(f"{indent}{indent}{style.paint_faint(source.url)}")
    if view.more > 0:
        lines.append(style.paint_faint(f"{indent}and {view.more} more: storywatch stories show {view.story}"))
    return lines


def labelled(label: str, text: str, *, width: int, style: Style) -> list[str]:
    """Return `text` wrapped, with its label on the left."""
    indent = " " * (LABEL + 3)
    first, *rest = wrap(text, width, indent=indent) or [indent]
    return [style.paint_faint(pad(label, LABEL + 3)) + first.strip(), *rest]


def paragraph(*lines: str) -> bytes:
    """Return lines as the bytes of a message: UTF-8, no trailing blanks, a newline at the end."""
    return ("\n".join(line.rstrip() for line in lines).strip("\n") + "\n").encode()

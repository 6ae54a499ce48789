"""Stories as Markdown (CommonMark), with foreign markup escaped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from alerts.render.parts import phrases

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alerts.render.parts.digest_layout import Section
    from alerts.render.parts.story_view import SourceView, StoryView

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
MENTION = re.compile(r"@(?=\w)")
LIST = re.compile(r"^(\d+)([.)])|^([-+=])")


def escape(text: str) -> str:
    """Escape one line of text, so that Markdown shows it unchanged: no markup, list or mention (R18)."""
    shown = MENTION.sub("\uff20", SPECIAL.sub(r"\\\1", text))
    return LIST.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", shown)


def linked(text: str, url: str | None) -> str:
    """Return `text` as a Markdown link, or as escaped text without a URL."""
    if not url:
        return escape(text)
    # Angle brackets allow any link without angle brackets; links are percent-encoded already.
    return f"[{escape(text)}](<{url}>)"


def edition_markdown(parts: Iterable[Section]) -> list[str]:
    """Return sections as Markdown lines."""
    lines: list[str] = []
    for section in parts:
        lines += [f"## {escape(section.topic)} ({section.size})", ""]
        for view in section.full:
            lines += [*_story(view), ""]
        lines += [
            f"- {linked(view.headline, view.url)} ({escape(view.outlets)}) `{view.story}`"
            for view in section.rest
        ]
        lines += [""] if section.rest else []
    return lines


def _story(view: StoryView) -> list[str]:
    lines = [f"### {linked(view.headline, view.url)}", "", f"{view.size}, {view.seen} `{view.blocks}`", ""]
    lines += [_source(source) for source in view.sources]
    if view.more > 0:
        lines.append(f"- and {phrases.count(view.more, 'more item')}")
    lines += ["", f"new: {escape(view.novelty)}"] if view.novelty else []
    lines += ["", f"> {escape(view.quote)}"] if view.quote else []
    why = f"why: {escape(view.why)} · `storywatch stories show {view.story}`"
    return [*lines, "", why]


def _source(source: SourceView) -> str:
    title = f": {escape(source.title)}" if source.title else ""
    return f"- {linked(source.outlet, source.url)}{title} ({source.seen})"

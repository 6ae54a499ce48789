"""Stories held by caps and quiet hours, as shown to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.render.formats.columns import columns, fit
from alerts.render.formats.escape import link, one_line
from alerts.render.parts import phrases
from alerts.render.parts.story_view import short_title, story_id
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from alerts.render.formats.ansi import Style
    from storage.model import HeldStory

HEADING = "Held by caps and quiet hours"
SHOWN = 12  # stories that are listed; a burst may hold hundreds
REASONS = {"cap": "hourly cap", "quiet": "quiet hours"}


@value
class HeldView:
    """A held story: its headline and link, and the reason, channel and time until which it is held."""

    headline: str
    url: str | None
    story: str
    why: str


def held_views(holding: Sequence[HeldStory], *, now: datetime, included: bool) -> list[HeldView]:
    """Return the views of held stories; `included` says that this digest contains them, so that their hold ends."""
    return [
        HeldView(
            headline=short_title(held.story.title),
            url=link(held.story.url),
            story=story_id(held.story),
            why=_why(held, now=now, included=included),
        )
        for held in holding[:SHOWN]
    ]


def _why(held: HeldStory, *, now: datetime, included: bool) -> str:
    reason = f"{REASONS.get(held.reason, held.reason)} of {one_line(held.channel)}"
    if included:
        return f"{reason}, included above"
    if held.until is None:
        return f"{reason}, for its next digest"
    return f"{reason} until {phrases.moment(held.until, now=now)}"


def held_lines(views: Sequence[HeldView], *, more: int, width: int, style: Style) -> list[str]:
    """Return held stories as lines of text; empty if there are none."""
    if not views:
        return []
    lines = [style.paint_topic(HEADING), style.paint_faint("─" * min(columns(HEADING), width))]
    for view in views:
        lines.append(f"  {fit(view.headline, max(width - 2, 10))}")
        lines.append(style.paint_faint(f"    {fit(f'{view.story} · {view.why}', max(width - 4, 10))}"))
    if more:
        lines.append(style.paint_faint(f"  and {more} more: storywatch alerts list"))
    return [*lines, ""]

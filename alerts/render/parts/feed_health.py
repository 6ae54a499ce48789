"""Feeds that need their owner's attention, as shown to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.render.formats.columns import fit, wrap
from alerts.render.formats.escape import clip, link, one_line
from alerts.render.parts import phrases
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from alerts.render.formats.ansi import Style
    from storage.model import FeedTrouble

MAX_ERROR = 300  # characters of an error; servers answer with whole pages


@value
class TroubleView:
    """A failing feed: its name, link, state with the time since, and error."""

    title: str
    url: str | None
    state: str
    error: str


def trouble_view(trouble: FeedTrouble, *, now: datetime) -> TroubleView:
    """Return the view of a failing feed; times are written in the zone of `now`."""
    since = f" since {phrases.moment(trouble.since, now=now)}" if trouble.since else ""
    return TroubleView(
        title=clip(one_line(trouble.title), 80) or link(trouble.url) or "(unnamed feed)",
        url=link(trouble.url),
        state=f"{trouble.state.value}{since}",
        error=clip(one_line(trouble.error), MAX_ERROR),
    )


def trouble_lines(troubles: Sequence[TroubleView], *, width: int, style: Style) -> list[str]:
    """Return failing feeds as lines of text; empty if there are none."""
    if not troubles:
        return []
    lines = [style.paint_topic("Feeds that need attention"), style.paint_faint("─" * 25)]
    for trouble in troubles:
        lines.append(
            f"  {style.paint_warning('!')} {fit(trouble.title, width - 30)}  {style.paint_faint(trouble.state)}"
        )
        lines += wrap(trouble.error, width, indent="    ")
        if trouble.url:
            lines.append(style.paint_faint(f"    {trouble.url}"))
    return [*lines, ""]

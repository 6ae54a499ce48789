"""The stories that only control feeds contained, as a digest shows them to people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alerts.render.formats.columns import columns, fit, wrap
from alerts.render.formats.escape import link, one_line
from alerts.render.parts import phrases
from alerts.render.parts.story_view import short_title, story_id
from storage.model.value import value

if TYPE_CHECKING:
    from alerts.render.formats.ansi import Style
    from storage.model.covered import CoverageReport, FeedPace, MissedStory

HEADING = "In none of your feeds"
SHOWN = 8  # stories that are listed
PACES = 5  # feeds whose hours after the first are named, the latest first


@value
class MissedView:
    """A story that none of the owner's feeds carried: its headline and link, and the outlets that had it."""

    headline: str
    url: str | None
    story: str
    outlets: str


@value
class CoverageView:
    """The missed stories, how many more there are, and how many hours the owner's feeds came after the first."""

    stories: tuple[MissedView, ...] = ()
    more: int = 0
    pace: str = ""


def coverage_view(coverage: CoverageReport | None) -> CoverageView:
    """Return the view of a coverage; nothing if no story was missed."""
    if coverage is None or not coverage.missed:
        return CoverageView()
    return CoverageView(
        stories=tuple(
            MissedView(
                headline=short_title(missed.story.title),
                url=link(missed.story.url),
                story=story_id(missed.story),
                outlets=phrases.some_of(
                    [phrases.outlet(name) for name in missed.outlets], total=missed.story.sources, shown=3
                ),
            )
            for missed in coverage.missed[:SHOWN]
        ),
        more=max(len(coverage.missed) - SHOWN, 0),
        pace=_pace(coverage.feeds),
    )


def _pace(feeds: tuple[FeedPace, ...]) -> str:
    known = [(feed.hours_after, feed) for feed in feeds if feed.hours_after]
    latest = sorted(known, key=lambda pair: (-pair[0], pair[1].feed_id))[:PACES]
    named = ", ".join(f"{phrases.outlet(feed.title)} {hours:.1f}" for hours, feed in latest)
    return f"Median hours after the first outlet: {named}" if named else ""


def coverage_lines(view: CoverageView, *, width: int, style: Style) -> list[str]:
    """Return missed stories as lines of text; empty if there are none."""
    if not view.stories:
        return []
    lines = [style.paint_topic(HEADING), style.paint_faint("─" * min(columns(HEADING), width))]
    for missed in view.stories:
        lines.append(f"  {fit(missed.headline, max(width - 2, 10))}")
        lines.append(
            style.paint_faint(f"    {fit(f'{missed.story} · {missed.outlets}', max(width - 4, 10))}")
        )
        if missed.url:
            lines.append(style.paint_faint(f"    {missed.url}"))
    if view.more:
        lines.append(style.paint_faint(f"  and {view.more} more"))
    lines += wrap(view.pace, width, indent="  ") if view.pace else []
    return [*lines, style.paint_faint("  feeds to add: storywatch coverage --find"), ""]


def missed_object(missed: MissedStory) -> dict[str, Any]:
    """Return a missed story as programs read it."""
    return {
        "id": story_id(missed.story),
        "topic": one_line(missed.story.topic),
        "title": short_title(missed.story.title),
        "url": link(missed.story.url),
        "outlets": [phrases.outlet(name) for name in missed.outlets[:SHOWN]],
        "sources": missed.story.sources,
    }

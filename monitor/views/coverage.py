"""Coverage: the stories that none of the owner's feeds carried, who had them, and how fast each feed is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alerts.coverage import read_coverage
from monitor.views.iso import iso

if TYPE_CHECKING:
    from storage.model.covered import CoverageReport, MissedOutlet, MissedStory

__all__ = ["coverage_json", "read_coverage"]


def coverage_json(coverage: CoverageReport) -> dict[str, Any]:
    """Return the output of `coverage --format json`."""
    return {
        "since": iso(coverage.since),
        "until": iso(coverage.until),
        "stories": coverage.stories,
        "control_feeds": coverage.control_feeds,
        "missed": [missed_json(one) for one in coverage.missed],
        "outlets": [outlet_json(one) for one in coverage.outlets],
        "feeds": [
            {
                "url": one.url,
                "title": one.title,
                "stories": one.stories,
                "first": one.first,
                "hours_after": one.hours_after,
            }
            for one in coverage.feeds
        ],
    }


def missed_json(missed: MissedStory) -> dict[str, Any]:
    """Return a missed story for programs."""
    story = missed.story
    return {
        "story": f"s{story.id}",
        "topic": story.topic,
        "title": story.title,
        "url": story.url,
        "first_seen": iso(story.first_seen),
        "sources": story.sources,
        "outlets": list(missed.outlets),
    }


def outlet_json(outlet: MissedOutlet) -> dict[str, Any]:
    """Return an outlet for programs; `feeds` is null until they were looked for."""
    return {
        "outlet": outlet.id,
        "name": outlet.name,
        "stories": outlet.stories,
        "feeds": None if outlet.feeds is None else list(outlet.feeds),
    }

"""Coverage: the stories in control feeds that the owner's feeds lack, and how fast the owner's feeds are."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from storage.model.covered import CoverageReport, FeedPace, MissedOutlet, MissedStory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from storage.database import Ledger
    from storage.model import Feed, Match
    from storage.stores.coverage import Carried

HOUR = 3600.0


def read_coverage(
    ledger: Ledger, *, since: datetime, until: datetime, topics: Sequence[str] | None = None
) -> CoverageReport:
    """Return the coverage of the stories that began in a period.

    Items of a feed's first poll were published before it was watched, so they are ignored.
    """
    feeds = ledger.feeds.subscribed()
    control = frozenset(feed.id for feed in feeds if feed.control)
    own = [feed for feed in feeds if not feed.control]
    carried = ledger.coverage.carried(since=since, until=until, topics=topics)
    by_story: dict[int, list[Carried]] = defaultdict(list)
    for one in carried:
        by_story[one.story_id].append(one)
    fresh = {story: rows for story, rows in by_story.items() if not all(row.is_backlog for row in rows)}
    missed_ids = [story for story, rows in fresh.items() if all(row.feed_id in control for row in rows)]
    matches = ledger.matches.of_stories(missed_ids)
    return CoverageReport(
        since=since,
        until=until,
        stories=len(fresh),
        control_feeds=len(control),
        missed=_missed(ledger, missed_ids, matches),
        outlets=_outlets(ledger, matches),
        feeds=_paces(own, fresh),
    )


def missed_among(ledger: Ledger, story_ids: Sequence[int]) -> frozenset[int]:
    """Return which of these stories only control feeds carried."""
    control = ledger.feed_controls.control_feeds()
    if not control:
        return frozenset()
    doubtful = {
        story: [match.item.article for match in of_story]
        for story, of_story in ledger.matches.of_stories(story_ids).items()
        if of_story and all(match.item.feed_id in control for match in of_story)
    }
    feeds = ledger.articles.feeds_of([article for articles in doubtful.values() for article in articles])
    return frozenset(
        story
        for story, articles in doubtful.items()
        if all(feeds.get(article, control) <= control for article in articles)
    )


def coverage_of(
    ledger: Ledger, missed: frozenset[int], *, since: datetime, until: datetime
) -> CoverageReport | None:
    """Return the coverage of a digest, whose missed stories these are; None without control feeds."""
    if not ledger.feed_controls.control_feeds():
        return None
    matches = ledger.matches.of_stories(sorted(missed))
    only = {
        story: of_story
        for story, of_story in matches.items()
        if not all(match.item.at_first_poll for match in of_story)
    }
    period = read_coverage(ledger, since=since, until=until)
    return replace(period, missed=_missed(ledger, list(only), only), outlets=_outlets(ledger, only))


def _missed(
    ledger: Ledger, story_ids: Sequence[int], matches: Mapping[int, Sequence[Match]]
) -> tuple[MissedStory, ...]:
    stories = sorted(
        ledger.stories.get(story_ids), key=lambda story: (-story.sources, -story.last_seen.timestamp())
    )
    return tuple(
        MissedStory(
            story=story,
            outlets=tuple(dict.fromkeys(match.item.outlet_name for match in matches[story.id])),
        )
        for story in stories
    )


def _outlets(ledger: Ledger, matches: Mapping[int, Sequence[Match]]) -> tuple[MissedOutlet, ...]:
    """Return the outlets that had missed stories, those with the most first."""
    counts: Counter[str] = Counter()
    names: dict[str, str] = {}
    for of_story in matches.values():
        counts.update({match.item.outlet for match in of_story})
        for match in of_story:
            names.setdefault(match.item.outlet, match.item.outlet_name)
    found = ledger.coverage.found(list(counts))
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(
        MissedOutlet(id=outlet, name=names[outlet], stories=number, feeds=found.get(outlet))
        for outlet, number in ordered
    )


def _paces(own: Sequence[Feed], fresh: Mapping[int, Sequence[Carried]]) -> tuple[FeedPace, ...]:
    from statistics import median  # noqa: PLC0415  # a digest needs it only with control feeds

    hours: dict[int, list[float]] = defaultdict(list)
    for rows in fresh.values():
        seen = [row for row in rows if not row.is_backlog]
        first = min(row.first_seen for row in seen)
        for row in seen:
            hours[row.feed_id].append((row.first_seen - first).total_seconds() / HOUR)
    return tuple(
        FeedPace(
            feed_id=feed.id,
            title=feed.title or feed.url,
            url=feed.url,
            stories=len(hours[feed.id]),
            first=sum(after == 0 for after in hours[feed.id]),
            hours_after=round(median(hours[feed.id]), 1) if hours[feed.id] else None,
        )
        for feed in own
    )

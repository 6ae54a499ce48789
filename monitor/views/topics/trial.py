"""Trials of a topic on the items of the last 30 days: the stories it would have alerted, and the near misses."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.matching.backtest import Dated, group_all
from monitor.topics.judging.score import UNMET
from monitor.views.topics.backtest import preview, preview_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from monitor.matching.backtest import BacktestLine
    from monitor.topics.rules.rule import Rule
    from monitor.topics.topic import Topic
    from monitor.views.topics.backtest import AtBreadth, PastItems, RulePreview
    from storage.model import Item

WEEK = 7  # days
SHOWN_TERMS = 4  # reasons of one item
SHOWN_STORIES = 60  # of each list: more are counted, not listed
SCALE_FROM = 0.3  # the lowest score worth a place in a picture of scores
STEPS = 50  # of scores from 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialItem:
    """An item in a trial: its score, and the terms that count for it, the strongest first.

    `lacks_condition` says that it has the points for a match, but does not meet a condition.
    """

    id: str
    title: str
    url: str | None
    outlet: str
    at: datetime
    score: float
    terms: tuple[str, ...]
    lacks_condition: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialStory:
    """A story as it would have been grouped, its items in time order; the title is the first item's."""

    title: str
    outlets: tuple[str, ...]
    first: datetime
    last: datetime
    score: float
    items: tuple[TrialItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreCount:
    """How many items have a score from this one up to the next step; a score of 0.5 matches."""

    score: float
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialView:
    """The stories that a topic would have alerted about.

    `stories` are the newest first and `near` the nearest first, at most `SHOWN_STORIES` of each; `story_count` and
    `near_count` count all of them. `judged` items of the `stored` ones were judged, from `since` on; `left_out` of them
    are in other languages. `counts_points` is false for a query, which has no scores between. `per_week` is None for less than a week of items.
    """

    topic: str
    counts_points: bool
    judged: int
    stored: int
    left_out: int
    since: datetime | None
    matched: int
    story_count: int
    near_count: int
    per_week: float | None
    stories: tuple[TrialStory, ...]
    near: tuple[TrialStory, ...]
    scores: tuple[ScoreCount, ...]
    warnings: tuple[str, ...]
    at_other_breadths: tuple[AtBreadth, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTrialView:
    """The alerts of a changed topic, and the stories that only one of the two versions would have alerted."""

    before: TrialView
    after: TrialView
    brought: tuple[TrialStory, ...]
    lost: tuple[TrialStory, ...]


def try_topic(
    past: PastItems,
    name: str,
    topic: Topic,
    *,
    find_others: Callable[[], Sequence[Rule]] = tuple,
    may_go_on: Callable[[], bool] = lambda: True,
) -> TrialView:
    """Return the alerts that a topic would have sent on past items: the last ones, until `may_go_on` returns False.

    `find_others` returns the rules of its other breadths, as for `preview`.
    """
    found = preview(past, name, topic, find_others=find_others, may_go_on=may_go_on)
    return _view(name, topic, past, found, may_go_on)


def try_change(
    past: PastItems,
    name: str,
    before: Topic,
    after: Topic,
    *,
    may_go_on: Callable[[], bool] = lambda: True,
) -> ChangeTrialView:
    """Return the stories that a change of a topic would have added and lost among past items; see `try_topic`."""
    found = preview_all(past, {"before": before, "after": after}, may_go_on=may_go_on)
    old, new = found["before"], found["after"]
    items = _by_id(past.items)
    was = {line.document.id for line in old.found.hits}
    now = {line.document.id for line in new.found.hits}
    return ChangeTrialView(
        before=_view(name, before, past, old, may_go_on),
        after=_view(name, after, past, new, may_go_on),
        brought=_regrouped([one for one in new.found.hits if one.document.id not in was], items, may_go_on),
        lost=_regrouped([one for one in old.found.hits if one.document.id not in now], items, may_go_on),
    )


def _by_id(items: Iterable[Item]) -> dict[str, Item]:
    return {str(item.id): item for item in items}


def _view(
    name: str, topic: Topic, past: PastItems, previewed: RulePreview, may_go_on: Callable[[], bool]
) -> TrialView:
    found, items = previewed.found, _by_id(past.items)
    stories = sorted(_stories(found.hits, items), key=lambda story: story.last, reverse=True)
    judged = past.items[-(found.items + previewed.left_out) :] if found.items else ()
    span = judged[-1].first_seen - judged[0].first_seen if judged else timedelta(0)
    near = sorted(_regrouped(found.near, items, may_go_on), key=lambda story: story.score, reverse=True)
    return TrialView(
        topic=name,
        counts_points=topic.threshold is not None,
        judged=found.items,
        stored=past.stored,
        left_out=previewed.left_out,
        since=judged[0].first_seen if judged else None,
        matched=len(found.hits),
        story_count=found.stories,
        near_count=len(found.near),
        per_week=found.per_day * WEEK if found.per_day is not None and span >= timedelta(days=WEEK) else None,
        stories=tuple(stories[:SHOWN_STORIES]),
        near=tuple(near[:SHOWN_STORIES]),
        scores=_scores((*found.hits, *found.near)),
        warnings=tuple(warning.removeprefix("warning: ") for warning in found.warnings),
        at_other_breadths=previewed.at_other_breadths,
    )


def _scores(lines: Iterable[BacktestLine]) -> tuple[ScoreCount, ...]:
    steps = Counter(int(line.score * STEPS + 1e-9) for line in lines if line.score >= SCALE_FROM)
    return tuple(ScoreCount(score=step / STEPS, items=count) for step, count in sorted(steps.items()))


def _regrouped(
    lines: Sequence[BacktestLine], items: Mapping[str, Item], may_go_on: Callable[[], bool]
) -> tuple[TrialStory, ...]:
    """Return lines as stories of their own, whatever stories they are in, the newest first."""
    in_time = sorted(lines, key=lambda line: line.at)
    dated = (Dated(document=line.document, at=line.at) for line in in_time)
    grouped = group_all(dated, may_go_on=may_go_on)
    stories = dict(zip([line.document.id for line in in_time], [one.story for one in grouped], strict=True))
    found = _stories(in_time, items, stories)
    return tuple(sorted(found, key=lambda story: story.last, reverse=True))


def _stories(
    lines: Iterable[BacktestLine],
    items: Mapping[str, Item],
    stories: Mapping[str, str | None] | None = None,
) -> list[TrialStory]:
    by_story: dict[str | None, list[TrialItem]] = {}
    for line in sorted(lines, key=lambda line: line.at):
        story = line.story if stories is None else stories[line.document.id]
        by_story.setdefault(story, []).append(_item(line, items[line.document.id]))
    return [_story(own) for own in by_story.values()]


def _story(items: Sequence[TrialItem]) -> TrialStory:
    return TrialStory(
        title=items[0].title,
        outlets=tuple(dict.fromkeys(item.outlet for item in items)),
        first=items[0].at,
        last=items[-1].at,
        score=max(item.score for item in items),
        items=tuple(items),
    )


def _item(line: BacktestLine, item: Item) -> TrialItem:
    return TrialItem(
        id=f"i{item.id}",
        title=item.title,
        url=item.url,
        outlet=item.outlet_name or item.feed,
        at=line.at,
        score=line.score,
        lacks_condition=line.score == UNMET,
        terms=tuple(why.term for why in line.why if why.weight > 0)[:SHOWN_TERMS],
    )

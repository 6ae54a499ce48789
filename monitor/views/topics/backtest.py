"""The matches of topics among past items: `backtest`, and the preview of a learnt rule."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from monitor.matching.backtest import from_items, judge_quickly
from monitor.matching.backtest_warnings import days_of, noisiest, warnings
from monitor.matching.marks import RuleEffect
from monitor.topics.judging.score import MATCHED, NEAR
from monitor.topics.topic import LearntTopic
from monitor.views.matches import why_json

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from monitor.matching.backtest import BacktestLine, Dated
    from monitor.matching.backtest_warnings import Noise
    from monitor.topics.rules.rule import Breadth, Rule
    from monitor.topics.topic import Topic
    from storage.database import Database, Ledger
    from storage.model import Item

PREVIEW = timedelta(days=30)  # a month of news, or everything on the first day
PREVIEWED = 20_000  # items judged for a preview: two seconds
PREVIEWED_BY_MEANING = 40  # newest items that the words leave open, for the semantic extra: a second or two
PREVIEWED_TEXT = 2_000  # characters of a full text: more than a rule reads


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicBacktest:
    """One topic's matches among past items. `per_day` is None for less than a day of items."""

    topic: str
    items: int
    hits: tuple[BacktestLine, ...]
    near: tuple[BacktestLine, ...]  # nearest first
    stories: int
    per_day: float | None
    warnings: tuple[str, ...]
    noisiest: Noise | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastItems:
    """The last items of a month to be judged, and how many were stored in that month."""

    items: tuple[Item, ...]
    stored: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AtBreadth:
    """How many items and stories the same examples would have matched at another breadth.

    `further` items are not matched by the rule in question; `example` is the title of the surest of them.
    """

    breadth: str
    items: int
    stories: int
    further: int
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePreview:
    """The matches of a new rule among the last stored items; `left_out` counts items in other languages not judged."""

    found: TopicBacktest
    left_out: int
    at_other_breadths: tuple[AtBreadth, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestView:
    """Every topic's matches; `effect` is the difference between two versions of a rule, None if there are not two."""

    topics: tuple[TopicBacktest, ...]
    effect: RuleEffect | None


def past_items(ledger: Ledger, *, since: datetime) -> list[Dated]:
    """Return the items first seen since then as they are judged, each article once."""
    return list(from_items(_once_each(ledger.items.since(since))))


def read_backtest(
    lines: Iterable[BacktestLine],
    *,
    topics: Mapping[str, Topic],
    within: timedelta | None = None,
    versions: bool = False,
) -> BacktestView:
    """Summarise the lines of a backtest by topic.

    `topics` are empty if every item counts as a match; `within` bounds the time that the items can cover; `versions` says
    that two topics are an old and a new version of one rule.
    """
    by_topic: dict[str, list[BacktestLine]] = defaultdict(list)
    for line in lines:
        by_topic[line.topic].append(line)
    compared = versions and len(by_topic) == 2  # noqa: PLR2004  # an old and a new version
    return BacktestView(
        topics=tuple(_of_topic(name, topics.get(name), own, within=within) for name, own in by_topic.items()),
        effect=_effect(*by_topic.values()) if compared else None,
    )


def read_past(ledger: Ledger, *, now: datetime, feeds: Collection[str] | None = None) -> PastItems:
    """Return the last items of a month, as many as can be judged while a person waits; `feeds` are URLs, None for all."""
    since = now - PREVIEW
    items = ledger.items.since(since, limit=PREVIEWED)
    stored = ledger.items.count(since=since) - len(items)
    if feeds is not None:
        chosen = set(ledger.feeds.ids_of(feeds).values())
        items = [item for item in items if item.feed_id in chosen]
    articles = _once_each(items)
    return PastItems(items=articles, stored=stored + len(articles))


def _once_each(items: Iterable[Item]) -> tuple[Item, ...]:
    """Return the first item of each article: an article in several feeds is matched once."""
    articles: dict[int, Item] = {}
    for item in items:
        articles.setdefault(item.article, item)
    return tuple(articles.values())


def read_preview(
    database: Database | None,
    name: str,
    topic: Topic,
    *,
    find_others: Callable[[], Sequence[Rule]] = tuple,
    now: datetime,
) -> RulePreview | None:
    """Return the matches of a topic among the last items, compared with rules of other breadths.

    None if there are no items, or no database yet.
    """
    if database is None:
        return None
    with database.read() as ledger:
        past = read_past(ledger, now=now)
    return preview(past, name, topic, find_others=find_others) if past.items else None


def preview(
    past: PastItems,
    name: str,
    topic: Topic,
    *,
    find_others: Callable[[], Sequence[Rule]] = tuple,
    may_go_on: Callable[[], bool] = lambda: True,
) -> RulePreview:
    """Return the matches of a topic among past items: the last ones, until `may_go_on` returns False.

    `find_others` returns the rules of its other breadths, whose matches are counted and compared; it is called only if there are items.
    """
    named = {f"{name} ({rule.breadth})": rule for rule in (find_others() if past.items else ())}
    topics = {name: topic, **{other: LearntTopic(rule) for other, rule in named.items()}}
    found = preview_all(past, topics, may_go_on=may_go_on)
    compared = tuple(_at_breadth(rule.breadth, found[other], found[name]) for other, rule in named.items())
    return replace(found[name], at_other_breadths=compared)


def preview_all(
    past: PastItems, topics: Mapping[str, Topic], *, may_go_on: Callable[[], bool] = lambda: True
) -> dict[str, RulePreview]:
    """Return the matches of each topic among past items: the last ones, until `may_go_on` returns False."""
    short = all(topic.threshold is not None for topic in topics.values())
    documents = [_shortened(one) if short else one for one in from_items(past.items)]
    lines, left_out = judge_quickly(documents, topics, by_meaning=PREVIEWED_BY_MEANING, may_go_on=may_go_on)
    return {
        name: RulePreview(
            found=_of_topic(name, topic, [line for line in lines if line.topic == name], within=PREVIEW),
            left_out=left_out,
        )
        for name, topic in topics.items()
    }


def _shortened(one: Dated) -> Dated:
    """Return a document with the beginning of its text, which is all that a rule reads."""
    return replace(one, document=replace(one.document, text=one.document.text[:PREVIEWED_TEXT]))


def _at_breadth(breadth: Breadth, other: RulePreview, own: RulePreview) -> AtBreadth:
    """Return what a rule of another breadth matched, compared with the rule in question."""
    known = {line.document.id for line in own.found.hits}
    further = sorted(
        (line for line in other.found.hits if line.document.id not in known), key=lambda line: -line.score
    )
    return AtBreadth(
        breadth=breadth.value,
        items=len(other.found.hits),
        stories=other.found.stories,
        further=len(further),
        example=further[0].document.title if further else "",
    )


def line_json(line: BacktestLine) -> dict[str, Any]:
    """Return a line of `backtest --format jsonl`."""
    return {
        "id": line.document.id,
        "topic": line.topic,
        "score": round(line.score, 4),
        "matched": line.matched,
        "story": line.story,
        "why": why_json(line.why),
    }


def _of_topic(
    name: str, topic: Topic | None, lines: Sequence[BacktestLine], *, within: timedelta | None
) -> TopicBacktest:
    hits = tuple(line for line in lines if line.matched)
    near = sorted((line for line in lines if NEAR <= line.score < MATCHED), key=lambda line: -line.score)
    stories = len({line.story for line in hits})
    days = days_of([line.at for line in lines], within=within)
    counts = topic is not None and topic.threshold is not None
    mistakes = () if topic is None else topic.mistakes
    return TopicBacktest(
        topic=name,
        items=len(lines),
        hits=hits,
        near=tuple(near),
        stories=stories,
        per_day=stories / days if days >= 1 else None,
        warnings=(
            *(f"warning: {mistake}" for mistake in mistakes),
            *warnings(lines, days=days, stories=stories, counts_points=counts),
        ),
        noisiest=noisiest(lines),
    )


def _effect(before: Sequence[BacktestLine], after: Sequence[BacktestLine]) -> RuleEffect:
    pairs = list(zip(before, after, strict=True))
    return RuleEffect(
        more=tuple(new.document for old, new in pairs if new.matched and not old.matched),
        fewer=tuple(new.document for old, new in pairs if old.matched and not new.matched),
    )

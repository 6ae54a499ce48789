"""Backtests: judges and groups past items with the code of live matching, and stores nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from monitor.fitting.archive_judge import ArchiveJudge
from monitor.fitting.fitting_topic import fitting_rule
from monitor.matching.item_document import document_of, story_time
from monitor.stories.index import StoryIndex
from monitor.text.words import clean_line, plain
from monitor.topics.topic import matcher_of
from monitor.topics.vocabulary.document import Document
from monitor.topics.vocabulary.embeddings import meanings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from monitor.topics.judging.matcher import Matcher
    from monitor.topics.judging.score import Judgement
    from monitor.topics.topic import Topic
    from storage.model import Item, Why

EVERYTHING = "*"  # the topic of `--all`, which every item matches
BEFORE_ANY_DATE = datetime(1970, 1, 1, tzinfo=UTC)  # for undated lines before the first dated one


class LineError(ValueError):
    """An unreadable line in a file of items; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A document and when it happened."""

    document: Document
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestLine:
    """A topic's judgement of an item. `story` names its story in this run; it is None for an item that does not match."""

    document: Document
    at: datetime
    topic: str
    score: float
    matched: bool
    story: str | None
    why: tuple[Why, ...]


def judge_all(
    documents: Iterable[Dated], topics: Mapping[str, Topic], *, prefix: str = ""
) -> Iterator[BacktestLine]:
    """Yield the judgement of every topic on every document, in the order read, as live matching would decide then.

    `prefix` stands before the ids of documents in reasons.
    """
    judge = _InOrder(matcher_of(topics), dict(_archives(topics, prefix)))
    return _lines(((one, judge.judge(one)) for one in documents), topics)


def judge_all_at_end(
    documents: Iterable[Dated], topics: Mapping[str, Topic], *, prefix: str = ""
) -> Iterator[BacktestLine]:
    """Yield the judgements by the rules as they are fitted once every document was read."""
    kept = list(documents)
    judge = _InOrder(matcher_of(topics), dict(_archives(topics, prefix)))
    for one in kept:
        judge.judge(one)
    final = judge.at_end()
    return _lines(((one, final.judge(one)) for one in kept), topics)


def _archives(topics: Mapping[str, Topic], prefix: str) -> Iterator[tuple[str, ArchiveJudge]]:
    for name, topic in topics.items():
        rule = fitting_rule(topic)
        if rule is not None:
            yield name, ArchiveJudge(replace(rule, name=name), prefix=prefix)


class _InOrder:
    """Topics that judge documents in order; rules that are fitted are fitted to the documents before."""

    def __init__(self, matcher: Matcher, archives: Mapping[str, ArchiveJudge]) -> None:
        self._matcher = matcher
        self._archives = archives

    def judge(self, one: Dated) -> Mapping[str, Judgement]:
        judgements = self._matcher.judge(one.document)
        for name, archive in self._archives.items():
            judgements[name] = archive.decide(one.document, one.at, judgements[name])
        return judgements

    def at_end(self) -> _InOrder:
        """Return the same topics with their present fitted rules, before any document."""
        return _InOrder(self._matcher, {name: archive.at_end() for name, archive in self._archives.items()})


def judge_quickly(
    documents: Sequence[Dated],
    topics: Mapping[str, Topic],
    *,
    by_meaning: int,
    may_go_on: Callable[[], bool] = lambda: True,
) -> tuple[list[BacktestLine], int]:
    """Return the lines of `judge_all`, but compute the meaning of only the last `by_meaning` documents that need it.

    Computing a meaning takes a hundred times as long as judging words. The other documents are judged by their words;
    those in another language are left out and counted. The last documents are judged first; once `may_go_on` returns
    False the rest are left out, and stories are grouped by words alone.
    """
    matcher = matcher_of(topics)
    judged = [
        (one, matcher.by_words(one.document)) for one in takewhile(lambda _: may_go_on(), reversed(documents))
    ]
    undecided = [place for place, (one, found) in enumerate(judged) if matcher.is_open(one.document, found)]
    read = 0
    while read < min(by_meaning, len(undecided)) and may_go_on():
        one, found = judged[undecided[read]]
        matcher.revise(one.document, found)
        read += 1
    left_out = {place for place in undecided[read:] if matcher.asks_meaning(judged[place][0].document)}
    kept = [one for place, one in enumerate(judged) if place not in left_out]
    return list(_lines(reversed(kept), topics, may_go_on=may_go_on)), len(left_out)


def _lines(
    judged: Iterable[tuple[Dated, Mapping[str, Judgement]]],
    topics: Iterable[str],
    *,
    may_go_on: Callable[[], bool] = lambda: True,
) -> Iterator[BacktestLine]:
    stories = {name: _Stories(may_go_on) for name in topics}
    for one, judgements in judged:
        for name in topics:
            judgement = judgements[name]
            yield BacktestLine(
                document=one.document,
                at=one.at,
                topic=name,
                score=judgement.score,
                matched=judgement.matched,
                story=stories[name].of(one) if judgement.matched else None,
                why=judgement.why,
            )


def group_all(
    documents: Iterable[Dated], *, may_go_on: Callable[[], bool] = lambda: True
) -> Iterator[BacktestLine]:
    """Yield every document as a match of one topic, which shows grouping alone.

    Once `may_go_on` returns False, the documents are grouped by their words, within each language.
    """
    stories = _Stories(may_go_on)
    for one in documents:
        yield BacktestLine(
            document=one.document,
            at=one.at,
            topic=EVERYTHING,
            score=1.0,
            matched=True,
            story=stories.of(one),
            why=(),
        )


class _Stories:
    """The stories of one topic in one run, numbered as they open."""

    def __init__(self, may_go_on: Callable[[], bool]) -> None:
        self._index = StoryIndex(meanings=meanings())
        self._may_go_on = may_go_on  # to compute meanings, which takes most of the time
        self._opened = 0

    def of(self, one: Dated) -> str:
        """Put a document into its story and return the story's name."""
        if self._index.others is not None and not self._may_go_on():
            self._index.others = None
        placement = self._index.find(one.document, one.at)
        if placement is None:
            self._opened += 1
        story = self._opened if placement is None else placement.story
        self._index.add(one.document, one.at, story)
        return f"s{story}"


def from_lines(lines: Iterable[str]) -> Iterator[Dated]:
    """Yield the items of JSON lines; an undated one happened when the line before it did.

    Raises:
        LineError: a line is no item.
    """
    at = BEFORE_ANY_DATE
    for number, written in enumerate(lines, start=1):
        line = (
            written.removeprefix("\ufeff") if number == 1 else written
        )  # some programs begin a file with a mark
        if line.strip():
            row = _row(line, number)
            at = _published(row, number) or at
            yield Dated(document=_document(row), at=at)


def from_items(items: Iterable[Item]) -> Iterator[Dated]:
    """Yield stored items."""
    for item in items:
        yield Dated(document=document_of(item), at=story_time(item))


def _row(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise LineError(f"line {number}: not JSON ({error}); write one object per line") from None
    if not isinstance(row, dict) or "id" not in row or "title" not in row:
        raise LineError(f'line {number}: not an item; write {{"id": …, "title": …}}')
    return row


def _published(row: Mapping[str, Any], number: int) -> datetime | None:
    text = row.get("published")
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise LineError(f"line {number}: {text!r} is not a time; write 2026-03-01T12:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _document(row: Mapping[str, Any]) -> Document:
    return Document(
        id=str(row["id"]),
        title=clean_line(str(row["title"] or "")),
        summary=plain(str(row.get("summary") or "")),
        text=plain(str(row.get("text") or "")),
        feed=str(row.get("feed") or ""),
        language=row.get("language") or row.get("lang"),
        author=row.get("author"),
    )

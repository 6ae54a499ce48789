"""`storywatch backtest`: shows the past items, stored or in a file, that topics would have matched."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alerts.render.formats.escape import one_line
from monitor.cli.shared import completers
from monitor.cli.shared.context import CommandContext, Duration, common, moment_or_now, now_option, say
from monitor.cli.shared.named_topics import is_rule_file, topics_named
from monitor.cli.shared.output import as_json
from monitor.cli.shared.phrases import count, effect_lines, shown_score
from monitor.cli.shared.progress import stepping

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime, timedelta

    from monitor.matching.backtest import BacktestLine, Dated
    from monitor.topics.topic import Topic
    from monitor.views.topics.backtest import BacktestView, TopicBacktest

SHOWN = 15  # hits and near misses shown to people


@click.command()
@click.argument("topics", nargs=-1, metavar="TOPIC...", shell_complete=completers.topics)
@click.option(
    "--items", metavar="FILE", help="Judge the items of this JSON-lines file (- for stdin), not history."
)
@click.option("--since", type=Duration(), default="30d", show_default=True, help="How far back in history.")
@click.option("--all", "everything", is_flag=True, help="Take every item as a match: shows grouping alone.")
@click.option("--now-fitted", is_flag=True, help="Judge all by the rules as fitted after the last item.")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@now_option
@common
def backtest(
    context: CommandContext,
    *,
    topics: tuple[str, ...],
    items: str | None,
    since: timedelta,
    everything: bool,
    now_fitted: bool,
    form: str,
    now: datetime | None,
) -> None:
    """Show what topics would have matched among past items; TOPIC is a configured name or a rule file.

    Items are judged in order, each with the help of the items before it, as the daemon would have done.

    If one of two topics is a rule file, the second is compared with the first as a new version of it.

    Example: storywatch backtest police-face-recognition --since 30d
    """
    from monitor.views.topics.backtest import line_json, read_backtest

    if everything == bool(topics):
        raise click.UsageError("name the topics to test, or give --all")
    named = {} if everything else topics_named(context, topics)
    with (
        _documents(context, items, moment_or_now(now) - since) as documents,
        context.progress("judging", total=_known(documents), streams=form == "jsonl") as step,
        _refusing(items),
    ):
        counted = stepping(documents, step)
        lines = _judged(counted, named, at_end=now_fitted, stored=items is None)
        if form == "jsonl":
            for line in lines:
                click.echo(as_json(line_json(line)))
            return
        within = since if items is None else None
        versions = any(map(is_rule_file, topics))
        view = read_backtest(lines, topics=named, within=within, versions=versions)
    _print(view)


def _judged(
    documents: Iterable[Dated], topics: Mapping[str, Topic], *, at_end: bool, stored: bool
) -> Iterator[BacktestLine]:
    """Judge documents by topics; without topics, only group them."""
    from monitor.matching.backtest import group_all, judge_all, judge_all_at_end

    if not topics:
        return group_all(documents)
    judge = judge_all_at_end if at_end else judge_all
    return judge(documents, topics, prefix="i" if stored else "")


@contextmanager
def _refusing(items: str | None) -> Iterator[None]:
    """Add the file's name to errors about its lines."""
    from monitor.matching.backtest import LineError

    try:
        yield
    except LineError as error:
        raise click.UsageError(f"{items}: {error}") from None
    except UnicodeDecodeError:
        raise click.UsageError(f"{items}: is not UTF-8 text; save it as UTF-8") from None


@contextmanager
def _documents(context: CommandContext, items: str | None, since: datetime) -> Iterator[Iterable[Dated]]:
    from monitor.matching.backtest import from_lines
    from monitor.views.topics.backtest import past_items

    if items == "-":
        yield from_lines(sys.stdin)
    elif items is not None:
        with Path(items).open(encoding="utf-8") as lines:
            yield from_lines(lines)
    else:
        with context.ledger() as ledger:
            yield past_items(ledger, since=since)


def _known(documents: Iterable[Dated]) -> int | None:
    return len(documents) if isinstance(documents, list) else None


def _print(view: BacktestView) -> None:
    for topic in view.topics:
        for line in _lines(topic):
            click.echo(line)
    if view.effect is not None:
        old, new = view.topics
        for line in effect_lines(view.effect, f"{new.topic} against {old.topic}"):
            click.echo(line)
    if not view.topics:
        say("no items in that time")


def _lines(view: TopicBacktest) -> Iterator[str]:
    pace = "" if view.per_day is None else f", {view.per_day:.1f} a day"
    stories = count(view.stories, "story", "stories")
    yield f"{view.topic}: {len(view.hits)} of {view.items} items match, in {stories}{pace}"
    yield from (f"  {warning}" for warning in view.warnings)
    yield from _listed(view.hits)
    if view.near:
        yield "  near misses:"
    yield from _listed(view.near)
    if view.noisiest is not None:
        noise = view.noisiest
        matching = f"{noise.matching} match" if noise.matching != 1 else "1 matches"
        yield f"  noisiest term: {noise.term}, in {count(noise.items, 'item')}, of which {matching}"


def _listed(lines: Iterable[BacktestLine]) -> Iterator[str]:
    for line in list(lines)[:SHOWN]:
        terms = ", ".join(f"{why.term} {why.weight:.2f}" for why in line.why[:4])
        yield f"  {shown_score(line.score)}  {one_line(line.document.title)}  [{terms}]"

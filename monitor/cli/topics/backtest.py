"""`storywatch backtest`: what topics would have matched, from history or a file."""

from __future__ import annotations

import sys
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alerts.render.formats.escape import one_line
from monitor.cli.shared import completers
from monitor.cli.shared.context import CommandContext, Duration, common, moment_or_now, now_option, say
from monitor.cli.shared.output import as_json
from monitor.cli.shared.phrases import shown_score, swing_lines
from monitor.cli.shared.progress import stepping
from monitor.cli.shared.rules import rules_of
from monitor.matching.backtest_warnings import noisiest, warnings
from monitor.matching.marks import RuleEffect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime, timedelta

    from monitor.matching.backtest import BacktestLine, Dated

NEAR = 0.4  # a score from here to 0.5 is a near miss worth a look
SHOWN = 15  # hits and near misses shown to a person


@click.command()
@click.argument("topics", nargs=-1, metavar="TOPIC...", shell_complete=completers.topics)
@click.option(
    "--items", metavar="FILE", help="Judge the items of this JSON-lines file (- for stdin), not history."
)
@click.option("--since", type=Duration(), default="30d", show_default=True, help="How far back in history.")
@click.option("--all", "everything", is_flag=True, help="Take every item as a match: shows grouping alone.")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@now_option
@common
def backtest(
    shell: CommandContext,
    *,
    topics: tuple[str, ...],
    items: str | None,
    since: timedelta,
    everything: bool,
    form: str,
    now: datetime | None,
) -> None:
    """Show what topics would have made of past items; TOPIC is a configured name or a rule file.

    Example: storywatch backtest police-face-recognition --since 30d
    """
    from monitor.matching.backtest import LineError, group_all, judge_all

    if everything == bool(topics):
        raise click.UsageError("name the topics to test, or give --all in their place")
    rules = {} if everything else rules_of(shell, topics)
    with (
        _documents(shell, items, moment_or_now(now) - since) as documents,
        shell.progress("judging", total=_known(documents), streams=form == "jsonl") as step,
    ):
        counted = stepping(documents, step)
        verdicts = group_all(counted) if everything else judge_all(counted, rules)
        try:
            _print(verdicts, form)
        except LineError as error:
            raise click.UsageError(f"{items}: {error}") from None
        except UnicodeDecodeError:
            raise click.UsageError(f"{items}: is not UTF-8 text; save it as UTF-8") from None


@contextmanager
def _documents(shell: CommandContext, items: str | None, since: datetime) -> Iterator[Iterable[Dated]]:
    from monitor.matching.backtest import from_items, from_lines

    if items == "-":
        yield from_lines(sys.stdin)
    elif items is not None:
        with Path(items).open(encoding="utf-8") as lines:
            yield from_lines(lines)
    else:
        with shell.ledger() as ledger:
            yield list(from_items(ledger.items.since(since)))


def _known(documents: Iterable[Dated]) -> int | None:
    return len(documents) if isinstance(documents, list) else None


def _print(verdicts: Iterable[BacktestLine], form: str) -> None:
    if form == "jsonl":
        for verdict in verdicts:
            click.echo(as_json(_line(verdict)))
    else:
        _summarise(list(verdicts))


def _line(verdict: BacktestLine) -> dict[str, Any]:
    return {
        "id": verdict.document.id,
        "topic": verdict.topic,
        "score": round(verdict.score, 4),
        "matched": verdict.matched,
        "story": verdict.story,
        "why": [{"term": why.term, "weight": why.weight, "where": why.where} for why in verdict.why],
    }


def _summarise(verdicts: list[BacktestLine]) -> None:
    by_topic: dict[str, list[BacktestLine]] = defaultdict(list)
    for verdict in verdicts:
        by_topic[verdict.topic].append(verdict)
    for topic, own in by_topic.items():
        for line in _lines(topic, own):
            click.echo(line)
    if len(by_topic) == 2:  # noqa: PLR2004  # an old and a new version of a rule, say
        (old, before), (new, after) = by_topic.items()
        for line in swing_lines(_swing(before, after), f"{new} against {old}"):
            click.echo(line)
    if not verdicts:
        say("no items in that time")


def _lines(topic: str, own: list[BacktestLine]) -> Iterator[str]:
    hits = [verdict for verdict in own if verdict.matched]
    near = sorted((one for one in own if NEAR <= one.score < 0.5), key=lambda one: -one.score)  # noqa: PLR2004
    days, stories = _days(own), len({verdict.story for verdict in hits})
    pace = f", {stories / days:.1f} a day" if days >= 1 else ""
    yield f"{topic}: {len(hits)} of {len(own)} items match, in {stories} stories{pace}"
    yield from (f"  {one}" for one in warnings(own, days=days, stories=stories))
    for verdict in hits[:SHOWN]:
        yield f"  {shown_score(verdict.score)}  {one_line(verdict.document.title)}  [{_terms(verdict)}]"
    if near:
        yield "  near misses:"
    for verdict in near[:SHOWN]:
        yield f"  {shown_score(verdict.score)}  {one_line(verdict.document.title)}  [{_terms(verdict)}]"
    found = noisiest(own)
    if found is not None:
        yield f"  noisiest term: {found.term}, in {found.items} items, of which {found.matching} match"


def _swing(before: list[BacktestLine], after: list[BacktestLine]) -> RuleEffect:
    pairs = list(zip(before, after, strict=True))
    return RuleEffect(
        more=tuple(now.document for was, now in pairs if now.matched and not was.matched),
        fewer=tuple(now.document for was, now in pairs if was.matched and not now.matched),
    )


def _days(verdicts: list[BacktestLine]) -> float:
    return (max(one.at for one in verdicts) - min(one.at for one in verdicts)).total_seconds() / 86_400


def _terms(verdict: BacktestLine) -> str:
    return ", ".join(f"{why.term} {why.weight:.2f}" for why in verdict.why[:4])

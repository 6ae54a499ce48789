"""`storywatch backtest`: what topics would have matched, from history or a file."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.shell import Duration, Shell, common, moment_or_now, now_option, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime, timedelta

    from monitor.backtest import Dated, Verdict

NEAR = 0.4  # a score from here to 0.5 is a near miss worth a look
SHOWN = 15  # hits and near misses shown to a person


@click.command()
@click.argument("topics", nargs=-1, metavar="TOPIC...")
@click.option(
    "--items", metavar="FILE", help="Judge the items of this JSON-lines file (- for stdin), not history."
)
@click.option("--since", type=Duration(), default="30d", show_default=True, help="How far back in history.")
@click.option("--all", "everything", is_flag=True, help="Take every item as a match: shows grouping alone.")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@now_option
@common
def backtest(
    shell: Shell,
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
    from monitor.backtest import LineError, group_all, judge_all

    if everything == bool(topics):
        raise click.UsageError("name the topics to test, or give --all in their place")
    rules = {} if everything else _rules(shell, topics)
    with _documents(shell, items, moment_or_now(now) - since) as documents:
        verdicts = group_all(documents) if everything else judge_all(documents, rules)
        try:
            _print(verdicts, form)
        except LineError as error:
            raise click.UsageError(f"{items}: {error}") from None
        except UnicodeDecodeError:
            raise click.UsageError(f"{items}: is not UTF-8 text; save it as UTF-8") from None


def _rules(shell: Shell, names: Iterable[str]) -> dict[str, Any]:
    """Return the rule of each name: a configured topic's, or a rule file's under the name it has there.

    Two files with rules of one name, two versions of it say, go by their paths.
    """
    from monitor.topic_files import load_rule, read_rule

    rules: dict[str, Any] = {}
    configured = None
    for name in names:
        if name.endswith(".toml") or "/" in name:
            rule = read_rule(Path(name))
            rules[name if rule.name in rules else rule.name] = rule
            continue
        configured = configured or {topic.name: topic for topic in shell.settings().topics}
        if name not in configured:
            known = ", ".join(configured) or "none"
            raise click.UsageError(
                f"no topic {name!r}; the configuration has {known}; a rule file ends in .toml"
            )
        rules[name] = load_rule(configured[name])
    return rules


@contextmanager
def _documents(shell: Shell, items: str | None, since: datetime) -> Iterator[Iterable[Dated]]:
    from monitor.backtest import from_items, from_lines

    if items == "-":
        yield from_lines(sys.stdin)
    elif items is not None:
        with Path(items).open(encoding="utf-8") as lines:
            yield from_lines(lines)
    else:
        with shell.ledger() as ledger:
            yield from_items(ledger.items.since(since))


def _print(verdicts: Iterable[Verdict], form: str) -> None:
    if form == "jsonl":
        for verdict in verdicts:
            click.echo(json.dumps(_line(verdict), ensure_ascii=False))
    else:
        _summarise(list(verdicts))


def _line(verdict: Verdict) -> dict[str, Any]:
    return {
        "id": verdict.document.id,
        "topic": verdict.topic,
        "score": round(verdict.score, 4),
        "matched": verdict.matched,
        "story": verdict.story,
        "why": [{"term": why.term, "weight": why.weight, "where": why.where} for why in verdict.why],
    }


def _summarise(verdicts: list[Verdict]) -> None:
    for topic in dict.fromkeys(verdict.topic for verdict in verdicts):
        own = [verdict for verdict in verdicts if verdict.topic == topic]
        hits = [verdict for verdict in own if verdict.matched]
        near = sorted((one for one in own if NEAR <= one.score < 0.5), key=lambda one: -one.score)  # noqa: PLR2004
        stories = len({verdict.story for verdict in hits})
        click.echo(
            f"{topic}: {len(hits)} of {len(own)} items match, in {stories} stories{_pace(own, stories)}"
        )
        for verdict in hits[:SHOWN]:
            click.echo(f"  {verdict.score:.2f}  {verdict.document.title}  [{_terms(verdict)}]")
        if near:
            click.echo("  near misses:")
        for verdict in near[:SHOWN]:
            click.echo(f"  {verdict.score:.2f}  {verdict.document.title}  [{_terms(verdict)}]")
    if not verdicts:
        say("no items in that time")


def _pace(verdicts: list[Verdict], stories: int) -> str:
    days = (max(one.at for one in verdicts) - min(one.at for one in verdicts)).total_seconds() / 86_400
    return f", {stories / days:.1f} a day" if days >= 1 else ""


def _terms(verdict: Verdict) -> str:
    return ", ".join(f"{why.term} {why.weight:.2f}" for why in verdict.why[:4])

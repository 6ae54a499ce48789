"""`storywatch topics explain`: why a topic fires on an item or a text, or does not."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alerts.render.formats.escape import one_line
from monitor.cli.shared import completers
from monitor.cli.shared.context import CommandContext, common
from monitor.cli.shared.output import as_json, json_option
from monitor.cli.shared.phrases import shown_score
from monitor.cli.shared.rules import configured, current_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.config.settings import TopicConfig
    from monitor.topics.queries.query import Query
    from monitor.topics.rules.rule import Rule
    from monitor.topics.vocabulary.document import Document


@click.command("explain")
@click.argument("topic", shell_complete=completers.topics)
@click.argument("item")
@json_option
@common
def explain(shell: CommandContext, *, topic: str, item: str, form: str) -> None:
    """Say why TOPIC fires on ITEM or does not; ITEM is an id such as i12, a text file, or - for stdin.

    Example: storywatch topics explain port-strikes i12
    """
    config = configured(shell, topic)
    row = _row(config, current_rule(shell, config), _document(shell, item))
    if form == "json":
        click.echo(as_json(row, indent=2))
        return
    for line in _lines(row):
        click.echo(line)


def _row(topic: TopicConfig, rule: Rule | Query, document: Document) -> dict[str, Any]:
    from monitor.topics.judging.matcher import Matcher
    from monitor.topics.rules.rule import Rule

    judgement = Matcher({topic.name: rule}).judge(document)[topic.name]
    learnt = isinstance(rule, Rule)
    among_all = replace(rule, cast=None) if isinstance(rule, Rule) else rule
    kept_out = not judgement.matched and Matcher({topic.name: among_all}).judge(document)[topic.name].matched
    return {
        "topic": topic.name,
        "title": document.title,
        "matched": judgement.matched,
        "score": round(judgement.score, 4),
        "points": round(judgement.points, 4) if learnt else None,
        "needed": rule.threshold if isinstance(rule, Rule) else None,
        "why": [{"term": why.term, "weight": why.weight, "where": why.where} for why in judgement.why],
        "met": list(judgement.met),
        "missed": list(judgement.missed),
        # One of these keeps the score below the threshold.
        "must": [name for name in getattr(rule, "must", ()) if name in judgement.missed],
        "kept_out_by_names": kept_out,
        "nearest": _nearest(topic, document),
    }


def _nearest(topic: TopicConfig, document: Document) -> dict[str, Any] | None:
    """Return the example that is nearest, no name where none shares a word; None of a topic without examples."""
    from monitor.matching.load_topics import examples_of
    from monitor.topics.judging.nearest_example import nearest

    examples = examples_of(topic)
    if not examples:
        return None
    found = nearest(document, examples, "en")
    return {
        "example": None if found is None else found[0].name,
        "shares": [] if found is None else list(found[1]),
    }


def _lines(row: dict[str, Any]) -> Iterator[str]:
    yield from _verdict(row)
    for why in row["why"]:
        where = f"  ({why['where']})" if why["where"] else ""
        yield f"  {why['weight']:+.2f}  {one_line(why['term'])}{where}"
    if not row["why"]:
        yield "  no term of the topic occurs in it"
    for label, key in (
        ("ideas met", "met"),
        ("ideas missed", "missed"),
        ("must have, and does not", "must"),
    ):
        if row[key]:
            yield f"  {label}: {', '.join(row[key])}"
    if row["kept_out_by_names"]:
        yield "  only the names that are not in the cast keep it out: `mark yes` adds them, or write them into [cast]"
    near = row["nearest"]
    if near is not None and near["example"] is None:
        yield "  no example shares a word with it"
    elif near is not None:
        yield f"  nearest example: {near['example']} (shares {', '.join(near['shares'])})"


def _verdict(row: dict[str, Any]) -> Iterator[str]:
    from monitor.topics.judging.semantic import ABROAD_IT_MEANS

    verdict = "matches" if row["matched"] else "does not match"
    yield one_line(row["title"])
    yield f"{verdict} {row['topic']}: score {shown_score(row['score'])}, threshold 0.50"
    if any(why["term"] == ABROAD_IT_MEANS for why in row["why"]):
        yield "  it is in another language than the rule: what it means decides, not its words"
    elif row["points"] is not None:
        yield f"  {row['points']:.1f} points, {row['needed']:.1f} needed"


def _document(shell: CommandContext, item: str) -> Document:
    from monitor.matching.item_document import document_of
    from monitor.topics.learning.articles import read_article
    from monitor.topics.vocabulary.document import Document

    number = item.removeprefix("i")
    if number.isdecimal() and not Path(item).exists():
        with shell.ledger() as ledger:
            stored = ledger.items.get(int(number))
        if stored is None:
            raise click.UsageError(
                f"no item {item}; `storywatch items search WORDS` shows items with their ids"
            )
        return document_of(stored)
    body = sys.stdin.buffer.read() if item == "-" else Path(item).read_bytes()
    article = read_article(body, item)
    return Document(id=item, title=article.title, summary=article.text)

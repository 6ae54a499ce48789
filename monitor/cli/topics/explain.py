"""`storywatch topics explain`: explains why a topic matches an item or a text, or does not."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alerts.render.formats.escape import one_line
from monitor.cli.shared import completers
from monitor.cli.shared.context import CommandContext, common
from monitor.cli.shared.named_topics import configured, current_topic
from monitor.cli.shared.output import as_json, json_option
from monitor.cli.shared.phrases import shown_points, shown_score

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.config.settings import TopicConfig
    from monitor.views.topics.judgement import JudgementView, StoredItem


@click.command("explain")
@click.argument("topic", shell_complete=completers.topics)
@click.argument("item")
@json_option
@common
def explain(context: CommandContext, *, topic: str, item: str, form: str) -> None:
    """Explain why TOPIC matches ITEM or not; ITEM is an id such as i12, a text file, or - for stdin.

    Example: storywatch topics explain port-strikes i12
    """
    from monitor.views.topics.judgement import judgement_json

    view = _judged(context, configured(context, topic), _item(context, item))
    if form == "json":
        click.echo(as_json(judgement_json(view), indent=2))
        return
    for line in _lines(view):
        click.echo(line)


def _judged(context: CommandContext, config: TopicConfig, one: StoredItem) -> JudgementView:
    """Judge by the topic alone if there is no database yet."""
    from monitor.views.topics.judgement import judge, judge_stored
    from storage.database import Database

    current = current_topic(context, config)
    if not current.fit or not Database.is_there(context.settings().database):
        return judge(config, current, one.document)
    with context.ledger() as ledger:
        return judge_stored(ledger, config, current, one)


def _lines(view: JudgementView) -> Iterator[str]:
    yield one_line(view.title)
    yield _verdict(view)
    yield from (f"  {fitted}" for fitted in (view.fitted, view.learnt_on) if fitted is not None)
    for why in view.why:
        where = f"  ({why.where})" if why.where else ""
        points = "" if why.points is None else f"{why.points:+6.2f}  "
        yield f"  {points}{one_line(why.term)}{where}"
    if not view.why:
        yield "  no term of the topic occurs in it"
    for label, names in (
        ("ideas met", view.met),
        ("ideas missed", view.missed),
        ("required (must) and missing", view.must),
    ):
        if names:
            yield f"  {label}: {', '.join(names)}"
    if view.kept_out_by_names:
        yield "  only names outside the cast keep it out: `mark yes` adds them, or write them into [cast]"
    if view.nearest is not None and view.nearest.example is None:
        yield "  no example shares a word with it"
    elif view.nearest is not None:
        yield f"  nearest example: {view.nearest.example} (shares {', '.join(view.nearest.shares)})"


def _verdict(view: JudgementView) -> str:
    verdict = f"{'matches' if view.matched else 'does not match'} {view.topic}"
    if view.by_meaning:
        return (
            f"{verdict}: it is in another language than the rule, so its meaning decides: "
            f"likeness {shown_score(view.score)}, 0.50 needed"
        )
    if view.points is None or view.needed is None:
        return f"{verdict}: the query is {'true' if view.matched else 'false'} of it"
    if view.points >= view.needed and not view.matched:
        return f"{verdict}: {view.points:.2f} points, {view.needed:.2f} needed, but a condition is not met"
    return f"{verdict}: {shown_points(view.points, view.needed)} points, {view.needed:.2f} needed"


def _item(context: CommandContext, item: str) -> StoredItem:
    from monitor.text.ids import id_number
    from monitor.topics.learning.articles import read_article
    from monitor.topics.vocabulary.document import Document
    from monitor.views.topics.judgement import StoredItem, stored_item

    if item.removeprefix("i").isdecimal() and not Path(item).exists():
        number = id_number(item, "i")
        with context.ledger() as ledger:
            stored = None if number is None else stored_item(ledger, number)
        if stored is None:
            raise click.UsageError(
                f"no item {item}; `storywatch items search WORDS` shows items with their ids"
            )
        return stored
    body = sys.stdin.buffer.read() if item == "-" else Path(item).read_bytes()
    article = read_article(body, item)
    document = Document(id=item, title=article.title, summary=article.text)
    return StoredItem(document=document, at=datetime.now(UTC))

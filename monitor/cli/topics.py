"""`storywatch topics`: learn a topic from examples, read it, and see why it fires."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alerts.render.safe import one_line
from monitor.cli import complete
from monitor.cli.output import format_option, show
from monitor.cli.rules import configured, current_rule
from monitor.cli.shell import Duration, Shell, common, moment_or_now, now_option, say
from monitor.cli.topics_learn import learn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from monitor.config.values import TopicConfig
    from monitor.topics.document import Document
    from monitor.topics.query import Query
    from monitor.topics.rule import Rule
    from monitor.topics.score import Judgement


@click.group()
def topics() -> None:
    """Learn topics from articles, read and explain them."""


topics.add_command(learn)


@topics.command("list")
@format_option
@common
def list_topics(shell: Shell, *, form: str) -> None:
    """List the configured topics and what each is made of."""
    rows = [_row(topic) for topic in shell.settings().topics]
    columns = {"TOPIC": lambda row: row["name"], "MADE OF": lambda row: row["made_of"]}
    show(rows, form, columns=columns)


def _row(topic: TopicConfig) -> dict[str, Any]:
    made_of = f"query {topic.query}" if topic.query else f"rule {topic.rule}"
    if topic.articles:
        made_of = f"{len(topic.articles)} articles"
    return {
        "name": topic.name,
        "made_of": made_of,
        "feeds": None if topic.feeds is None else list(topic.feeds),
    }


@topics.command("show")
@click.argument("topic", shell_complete=complete.topics)
@common
def show_topic(shell: Shell, *, topic: str) -> None:
    """Print a topic's rule or query, and on stderr what a rule would catch at each breadth."""
    from monitor.topic_files import rule_text
    from monitor.topics.reach import reach
    from monitor.topics.rule import Rule

    rule = current_rule(shell, configured(shell, topic))
    for sentence in reach(rule) if isinstance(rule, Rule) else ():
        say(sentence)
    click.echo(rule_text(rule).rstrip())


@topics.command("explain")
@click.argument("topic", shell_complete=complete.topics)
@click.argument("item")
@common
def explain(shell: Shell, *, topic: str, item: str) -> None:
    """Say why TOPIC fires on ITEM or does not; ITEM is an id such as i12, a text file, or - for stdin."""
    from monitor.topics.judge import Matcher
    from monitor.topics.rule import Rule

    config = configured(shell, topic)
    rule = current_rule(shell, config)
    document = _document(shell, item)
    judgement = Matcher({topic: rule}).judge(document)[topic]
    verdict = "matches" if judgement.matched else "does not match"
    click.echo(f"{one_line(document.title)}\n{verdict} {topic}: score {judgement.score:.2f}, threshold 0.50")
    if isinstance(rule, Rule):
        click.echo(f"  {judgement.points:.1f} points, {rule.threshold:.1f} needed")
    for why in judgement.why:
        click.echo(f"  {why.weight:+.2f}  {one_line(why.term)}  ({why.where})")
    if not judgement.why:
        click.echo("  no term of the topic occurs in it")
    for label, names in _conditions(rule, judgement):
        if names:
            click.echo(f"  {label}: {', '.join(names)}")
    _tell_nearest(config, document)


def _conditions(rule: Rule | Query, judgement: Judgement) -> list[tuple[str, Sequence[str]]]:
    """Return what of a rule was met and missed; a missed condition keeps the score below the threshold."""
    must = [name for name in getattr(rule, "must", ()) if name in judgement.missed]
    return [
        ("ideas met", judgement.met),
        ("ideas missed", judgement.missed),
        ("must have, and does not", must),
    ]


def _tell_nearest(topic: TopicConfig, document: Document) -> None:
    from monitor.topic_files import examples_of
    from monitor.topics.nearest import nearest

    examples = examples_of(topic)
    if not examples:
        return
    found = nearest(document, examples, "en")
    if found is None:
        click.echo("  no example shares a word with it")
    else:
        click.echo(f"  nearest example: {found[0].name} (shares {', '.join(found[1])})")


@topics.command("suggest")
@click.argument("topic", shell_complete=complete.topics)
@click.option("--since", type=Duration(), default="30d", show_default=True, help="How far back in history.")
@now_option
@common
def suggest(shell: Shell, *, topic: str, since: timedelta, now: datetime | None) -> None:
    """Propose what TOPIC might also look for: other names of its ideas, and words that its matches share.

    Nothing is changed: what convinces goes into the rule file, under `also` of its facet or under [terms].
    """
    from monitor.documents import document_of
    from monitor.topics.judge import Matcher
    from monitor.topics.rule import Rule
    from monitor.topics.suggest import suggestions

    rule = current_rule(shell, configured(shell, topic))
    if not isinstance(rule, Rule):
        raise click.UsageError(
            f"{topic} is a query, which is its owner's own; suggestions are for learnt rules"
        )
    matcher = Matcher({topic: rule})
    with shell.ledger() as ledger:
        past = [document_of(item) for item in ledger.items.since(moment_or_now(now) - since)]
    matching = [document for document in past if matcher.judge(document)[topic].matched]
    found = suggestions(rule, matching)
    for one in found:
        kind = "new facet" if one.is_new else "facet"
        click.echo(f"{kind} {one.facet}: {', '.join(one.words)}\n  {one.reason}")
    if not found:
        say(f"nothing to suggest: {len(matching)} items match, and the rule has the names of its ideas")


@topics.command("apply")
@click.argument("topic", shell_complete=complete.topics)
@click.option(
    "--since", type=Duration(), default="7d", show_default=True, help="Items first seen since then."
)
@now_option
@common
def apply_topic(shell: Shell, *, topic: str, since: timedelta, now: datetime | None) -> None:
    """Judge stored items by TOPIC as it is now, without alerting; what matches is in digests and stories."""
    from monitor.applying import apply
    from monitor.cli.words import count
    from monitor.grouping import Grouping
    from monitor.ledger import open_ledger
    from monitor.topic_files import as_topic
    from monitor.topics.judge import Matcher
    from storage.errors import AlreadyRunning

    moment = moment_or_now(now)
    config = configured(shell, topic)
    rule = current_rule(shell, config)
    with shell.progress("judging"), open_ledger(shell.settings(), now=moment) as database:
        applied = apply(
            database, as_topic(config, rule), Matcher({topic: rule}), since=moment - since, now=moment
        )
        try:
            with database.hold():
                Grouping().run(database, topic, now=moment)
        except AlreadyRunning:
            say("the running storywatch puts them into stories")
    say(
        f"{topic}: judged {count(applied.judged, 'item')}, {count(len(applied.added), 'new match', 'new matches')}, "
        f"{applied.known} matched before; nothing is alerted"
    )
    for item in applied.added:
        click.echo(f"i{item.id}  {one_line(item.title)}")


def _document(shell: Shell, item: str) -> Document:
    from monitor.documents import document_of
    from monitor.topics.articles import read_article
    from monitor.topics.document import Document

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

"""`storywatch topics`: learn a topic from examples, read it, and see why it fires."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import format_option, show
from monitor.cli.shell import Shell, common, say, unknown
from monitor.cli.topics_learn import learn

if TYPE_CHECKING:
    from monitor.config.values import TopicConfig
    from monitor.topics.document import Document


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
@click.argument("topic")
@common
def show_topic(shell: Shell, *, topic: str) -> None:
    """Print a topic's rule or query, and on stderr what a rule would catch at each breadth."""
    from monitor.topic_files import load_rule, rule_text
    from monitor.topics.reach import reach
    from monitor.topics.rule import Rule

    rule = load_rule(_configured(shell, topic))
    for sentence in reach(rule) if isinstance(rule, Rule) else ():
        say(sentence)
    click.echo(rule_text(rule).rstrip())


@topics.command("explain")
@click.argument("topic")
@click.argument("item")
@common
def explain(shell: Shell, *, topic: str, item: str) -> None:
    """Say why TOPIC fires on ITEM or does not; ITEM is an id such as i12, a text file, or - for stdin."""
    from monitor.topic_files import load_rule
    from monitor.topics.judge import Matcher

    rule = load_rule(_configured(shell, topic))
    document = _document(shell, item)
    judgement = Matcher({topic: rule}).judge(document)[topic]
    verdict = "matches" if judgement.matched else "does not match"
    click.echo(f"{document.title}\n{verdict} {topic}: score {judgement.score:.2f}, threshold 0.50")
    for why in judgement.why:
        click.echo(f"  {why.weight:+.2f}  {why.term}  ({why.where})")
    if not judgement.why:
        click.echo("  no term of the topic occurs in it")
    for label, facets in (("ideas met", judgement.met), ("ideas missed", judgement.missed)):
        if facets:
            click.echo(f"  {label}: {', '.join(facets)}")


def _configured(shell: Shell, name: str) -> TopicConfig:
    configured = {topic.name: topic for topic in shell.settings().topics}
    if name not in configured:
        raise unknown("topic", name, configured)
    return configured[name]


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

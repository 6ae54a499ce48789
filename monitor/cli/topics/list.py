"""`storywatch topics`: learn a topic from examples, read it, and see why it fires."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.shared import completers
from monitor.cli.shared.context import CommandContext, Duration, common, moment_or_now, now_option, say
from monitor.cli.shared.group import Group
from monitor.cli.shared.output import format_option, show
from monitor.cli.shared.rules import configured, current_rule
from monitor.cli.topics.explain import explain
from monitor.cli.topics.import_rules import import_topic
from monitor.cli.topics.learn import NEAR, learn

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from monitor.config.settings import TopicConfig


@click.group(cls=Group)
def topics() -> None:
    """Learn topics from articles, read and explain them."""


topics.add_command(learn)
topics.add_command(explain)
topics.add_command(import_topic)


@topics.command("list")
@format_option
@common
def list_topics(shell: CommandContext, *, form: str) -> None:
    """List the configured topics and what each is made of.

    Example: storywatch topics list --format json
    """
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
@click.argument("topic", shell_complete=completers.topics)
@common
def show_topic(shell: CommandContext, *, topic: str) -> None:
    """Print a topic's rule or query, and on stderr what a rule would catch at each breadth.

    Example: storywatch topics show port-strikes
    """
    from monitor.matching.load_topics import rule_text
    from monitor.topics.learning.summary import reach
    from monitor.topics.rules.rule import Rule

    rule = current_rule(shell, configured(shell, topic))
    for sentence in reach(rule) if isinstance(rule, Rule) else ():
        say(sentence)
    click.echo(rule_text(rule).rstrip())


@topics.command("suggest")
@click.argument("topic", shell_complete=completers.topics)
@click.option("--since", type=Duration(), default="30d", show_default=True, help="How far back in history.")
@format_option
@now_option
@common
def suggest(shell: CommandContext, *, topic: str, since: timedelta, form: str, now: datetime | None) -> None:
    """Propose what TOPIC might also look for: other names of its ideas, and words of the past that belong to it.

    These are words that its matches share, words that items just missed share, and, with the semantic extra, words of
    like meaning in any language.

    Nothing is changed: what convinces goes into the rule file, under `also` of its facet or under [terms].

    Example: storywatch topics suggest port-strikes
    """
    from monitor.matching.item_document import document_of
    from monitor.topics.judging.matcher import Matcher
    from monitor.topics.learning.suggest import suggestions
    from monitor.topics.rules.rule import Rule
    from monitor.topics.vocabulary.embeddings import meanings

    rule = current_rule(shell, configured(shell, topic))
    if not isinstance(rule, Rule):
        raise click.UsageError(
            f"{topic} is a query, which is its owner's own; suggestions are for learnt rules"
        )
    matcher = Matcher({topic: rule})
    with shell.ledger() as ledger:
        past = [document_of(item) for item in ledger.items.since(moment_or_now(now) - since)]
    judged = [(document, matcher.judge(document)[topic]) for document in past]
    matching = [document for document, one in judged if one.matched]
    missed = [document for document, one in judged if one.score >= NEAR and not one.matched]
    others = [document for document, one in judged if one.score < NEAR]
    found = suggestions(rule, matching, missed, others, meanings())
    if form != "text":
        show([asdict(one) for one in found], form, columns={})
        return
    for one in found:
        kind = "new facet" if one.is_new else "facet"
        click.echo(f"{kind} {one.facet}: {', '.join(one.words)}\n  {one.reason}")
    if not found:
        say(f"nothing to suggest: {len(matching)} items match, and the rule has the names of its ideas")


@topics.command("apply")
@click.argument("topic", shell_complete=completers.topics)
@click.option(
    "--since", type=Duration(), default="7d", show_default=True, help="Items first seen since then."
)
@format_option
@now_option
@common
def apply_topic(
    shell: CommandContext, *, topic: str, since: timedelta, form: str, now: datetime | None
) -> None:
    """Judge stored items by TOPIC as it is now, without alerting; what matches is in digests and stories.

    Example: storywatch topics apply port-strikes --since 7d
    """
    from monitor.actions.apply import apply
    from monitor.cli.shared.phrases import count
    from monitor.matching.group import Grouping
    from monitor.matching.load_topics import as_topic
    from monitor.service.open_ledger import open_ledger
    from monitor.topics.judging.matcher import Matcher
    from storage.engine.errors import AlreadyRunning

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
    rows = [{"id": f"i{item.id}", "title": item.title, "url": item.url} for item in applied.added]
    if rows or form != "text":
        show(rows, form, columns={"ITEM": lambda row: row["id"], "TITLE": lambda row: row["title"]})

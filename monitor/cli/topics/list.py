"""`storywatch topics`: lists topics, shows their rules, suggests words and applies topics to past items."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from alerts.render.formats.escape import titled
from monitor.cli.shared import completers
from monitor.cli.shared.context import CommandContext, Duration, common, moment_or_now, now_option, say
from monitor.cli.shared.group import Group
from monitor.cli.shared.named_topics import configured, current_topic
from monitor.cli.shared.output import as_json, format_option, json_option, show
from monitor.cli.topics.explain import explain
from monitor.cli.topics.import_rules import import_topic
from monitor.cli.topics.learn import learn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from monitor.topics.topic import Topic
    from monitor.views.topics.fit import FitView


@click.group(cls=Group)
def topics() -> None:
    """Learn, show, explain and import topics."""


topics.add_command(learn)
topics.add_command(explain)
topics.add_command(import_topic)


@topics.command("list")
@format_option
@common
def list_topics(context: CommandContext, *, form: str) -> None:
    """List the configured topics and the kind of each.

    Example: storywatch topics list --format json
    """
    from monitor.views.topics import topics as view

    rows = [view.topic_row_json(row) for row in view.list_topics(context.settings().topics)]
    columns = {"TOPIC": lambda row: row["name"], "MADE OF": lambda row: row["made_of"]}
    show(rows, form, columns=columns)


@topics.command("show")
@click.argument("topic", shell_complete=completers.topics)
@json_option
@now_option
@common
def show_topic(context: CommandContext, *, topic: str, form: str, now: datetime | None) -> None:
    """Print a topic's rule or query as it judges now, and on stderr what a rule would catch at each breadth.

    If there is a database, stderr also draws the scores of the last 30 days with the threshold as a line, and describes
    the fit.

    Example: storywatch topics show port-strikes
    """
    from monitor.views.topics.fit import fit_json
    from monitor.views.topics.topics import read_topic, topic_json

    config = configured(context, topic)
    written = current_topic(context, config)
    fit = _fit(context, topic, written, now=moment_or_now(now))
    view = read_topic(config, written if fit is None else fit.topic)
    if form == "json":
        click.echo(as_json({**topic_json(view), **({} if fit is None else fit_json(fit))}, indent=2))
        return
    for sentence in view.catches:
        say(sentence)
    for line in [] if fit is None else _lines(fit):
        say(line)
    click.echo(view.readable.rstrip())


def _fit(context: CommandContext, name: str, topic: Topic, *, now: datetime) -> FitView | None:
    from monitor.views.topics.fit import read_fit
    from storage.database import Database

    if topic.threshold is None or not Database.is_there(context.settings().database):
        return None
    with context.ledger() as ledger:
        return read_fit(ledger, name, topic, now=now)


def _lines(fit: FitView) -> Iterator[str]:
    from monitor.cli.shared.phrases import count
    from monitor.cli.topics.draw_scores import drawn

    yield from (sentence for sentence in (fit.fitted, fit.learnt_on) if sentence is not None)
    if fit.scores and fit.threshold is not None:
        yield f"scores of {count(len(fit.scores), 'item')} that came near it in 30 days:"
        yield from drawn([one.points for one in fit.scores], fit.threshold)


@topics.command("suggest")
@click.argument("topic", shell_complete=completers.topics)
@click.option("--since", type=Duration(), default="30d", show_default=True, help="How far back in history.")
@format_option
@now_option
@common
def suggest(
    context: CommandContext, *, topic: str, since: timedelta, form: str, now: datetime | None
) -> None:
    """Suggest further words for TOPIC: other names of its ideas, and words from past items.

    They are words that its matches share, words that near misses share and, with the semantic extra, words of similar
    meaning in any language.

    Nothing is changed: add the words you want to the rule file, under `also` of their facet or under [terms].

    Example: storywatch topics suggest port-strikes
    """
    from monitor.actions.topics import suggest as action

    current = current_topic(context, configured(context, topic))
    with context.ledger() as ledger:
        found = action.suggest(ledger, topic, current, since=moment_or_now(now) - since)
    if form != "text":
        show([asdict(one) for one in found.suggestions], form, columns={})
        return
    for one in found.suggestions:
        kind = "new facet" if one.is_new else "facet"
        click.echo(f"{kind} {one.facet}: {', '.join(one.words)}\n  {one.reason}")
    if not found.suggestions:
        say(f"nothing to suggest: {found.matching} items match, and the rule has the names of its ideas")


@topics.command("apply")
@click.argument("topic", shell_complete=completers.topics)
@click.option(
    "--since", type=Duration(), default="7d", show_default=True, help="Only items first seen in this time."
)
@format_option
@now_option
@common
def apply_topic(
    context: CommandContext, *, topic: str, since: timedelta, form: str, now: datetime | None
) -> None:
    """Match stored items with TOPIC as it is now. Matches appear in digests and stories, without alerts.

    Example: storywatch topics apply port-strikes --since 7d
    """
    from monitor.actions.topics import apply as action
    from monitor.cli.shared.phrases import count
    from monitor.service.open_ledger import open_ledger

    moment = moment_or_now(now)
    config = configured(context, topic)
    current = current_topic(context, config)
    with context.progress("judging"), open_ledger(context.settings(), now=moment) as database:
        applied = action.apply_topic(database, config, current, since=moment - since, now=moment)
    if not applied.grouped:
        say("the running storywatch puts them into stories")
    say(
        f"{topic}: judged {count(applied.judged, 'item')}, {count(len(applied.added), 'new match', 'new matches')}, "
        f"{applied.known} matched before; nothing is alerted"
    )
    rows = [action.applied_json(item) for item in applied.added]
    if rows or form != "text":
        show(rows, form, columns={"ITEM": lambda row: row["id"], "TITLE": lambda row: titled(row["title"])})

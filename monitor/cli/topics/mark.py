"""`storywatch mark`: marks an alert or item as right or wrong, and shows how its topic changes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from monitor.cli.shared import completers
from monitor.cli.shared.context import CommandContext, common, moment_or_now, now_option, say
from monitor.cli.shared.phrases import effect_lines

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.actions.topics.mark import MarkOutcome
    from monitor.config.settings import TopicConfig

LATELY = timedelta(days=30)  # the period over which a change's effect is shown
SHOWN = 8  # changed terms shown


@click.command()
@click.argument("verdict", type=click.Choice(["yes", "no"]))
@click.argument("things", nargs=-1, required=True, metavar="ALERT|ITEM...")
@click.option(
    "--topic",
    "only",
    shell_complete=completers.topics,
    help="The topic, if an item is on several or on none.",
)
@click.option("--undo", is_flag=True, help="Withdraw these marks.")
@click.option("--write", is_flag=True, help="Write the change into the topic's rule file.")
@now_option
@common
def mark(
    context: CommandContext,
    *,
    verdict: str,
    things: tuple[str, ...],
    only: str | None,
    undo: bool,
    write: bool,
    now: datetime | None,
) -> None:
    """Mark alerts and items as meant (yes) or not meant (no): storywatch mark no i12.

    Give a delivery's id as `storywatch alerts list` shows it, a story (s3) or an item (i12). A topic learnt from
    articles learns from the mark at once, also beside a running daemon; a rule file is written only with --write.
    """
    from monitor.actions.topics.mark import mark_things
    from monitor.service.open_ledger import open_ledger
    from storage.model import Verdict

    moment = moment_or_now(now)
    settings = context.settings()
    topics = {topic.name: topic for topic in settings.topics}
    with open_ledger(settings, now=moment) as database:
        outcomes = mark_things(
            database,
            topics,
            things,
            verdict=Verdict(verdict),
            undo=undo,
            only=only,
            write=write,
            since=moment - LATELY,
            now=moment,
        )
    for outcome in outcomes:
        _print_outcome(outcome, topics[outcome.topic], verdict=f"{verdict} undone" if undo else verdict)


def _print_outcome(outcome: MarkOutcome, topic: TopicConfig, *, verdict: str) -> None:
    from alerts.render.formats.escape import one_line

    for item in outcome.items:
        say(f"{outcome.topic}: marked {verdict}: i{item.id} {one_line(item.title)}")
    say(f"  {_heading(outcome, topic)}")
    if not outcome.changes:
        return
    for change in outcome.changes[:SHOWN]:
        say(f"    {one_line(str(change))}")
    if len(outcome.changes) > SHOWN:
        say(f"    … and {len(outcome.changes) - SHOWN} smaller changes")
    for line in effect_lines(outcome.effect, "over the last 30 days"):
        say(f"  {line}")


def _heading(outcome: MarkOutcome, topic: TopicConfig) -> str:
    if not outcome.learns:
        return "it is a query, which does not learn: the mark is kept and changes nothing"
    if not outcome.changes:
        return "the rule stays as it is"
    if outcome.written:
        return f"written {topic.rule}:"
    if outcome.is_proposal:
        return f"proposed for {topic.rule} (--write writes it there):"
    return "the rule learnt from the articles changes:"

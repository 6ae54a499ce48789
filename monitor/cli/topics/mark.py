"""`storywatch mark`: say whether an alert or an item was meant; the topic learns from it and says what changed."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from monitor.cli.shared import completers
from monitor.cli.shared.context import CommandContext, common, moment_or_now, now_option, say
from monitor.cli.shared.phrases import swing_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from monitor.actions.mark import Outcome
    from monitor.config.settings import TopicConfig
    from storage.database import Database, Ledger
    from storage.model import Item

LATELY = timedelta(days=30)  # over which a change is shown
SHOWN = 8  # changes of points


@click.command()
@click.argument("verdict", type=click.Choice(["yes", "no"]))
@click.argument("things", nargs=-1, required=True, metavar="ALERT|ITEM...")
@click.option(
    "--topic",
    "only",
    shell_complete=completers.topics,
    help="The topic meant, where an item is on several or on none.",
)
@click.option("--undo", is_flag=True, help="Take such marks back.")
@click.option("--write", is_flag=True, help="Write the change into the topic's rule file.")
@now_option
@common
def mark(
    shell: CommandContext,
    *,
    verdict: str,
    things: tuple[str, ...],
    only: str | None,
    undo: bool,
    write: bool,
    now: datetime | None,
) -> None:
    """Say of alerts and items whether they were meant (yes) or not (no): storywatch mark no i12.

    A thing is a delivery's id as `storywatch alerts list` shows it, a story (s3) or an item (i12). A topic learnt from
    articles learns from the mark at once, beside a running daemon too; a rule file is written only with --write.
    """
    from monitor.actions.mark import Said
    from monitor.actions.mark import mark as mark_items
    from monitor.service.open_ledger import open_ledger
    from storage.model import Verdict

    moment = moment_or_now(now)
    settings = shell.settings()
    configured = {topic.name: topic for topic in settings.topics}
    if only is not None and only not in configured:
        raise click.UsageError(f"no topic {only!r}; the configuration has {', '.join(configured) or 'none'}")
    said = Verdict.UNDONE if undo else Verdict(verdict)
    with open_ledger(settings, now=moment) as database:
        meant = _meant(database, things, configured, only)
        if undo:
            meant = _marked(database, meant, Verdict(verdict))
        for name, items in meant.items():
            outcome = mark_items(
                database,
                configured[name],
                [Said(item=item, verdict=said) for item in items],
                write=write,
                since=moment - LATELY,
                now=moment,
            )
            _tell(outcome, configured[name], items, verdict=f"{verdict} undone" if undo else verdict)


def _meant(
    database: Database, things: Sequence[str], configured: Mapping[str, TopicConfig], only: str | None
) -> dict[str, list[Item]]:
    """Return the items that are meant, by topic."""
    meant: dict[str, dict[int, Item]] = defaultdict(dict)
    with database.read() as ledger:
        for thing in things:
            found = _found(ledger, thing, configured, only)
            for topic, item in found:
                if only in (None, topic):
                    meant[topic][item.id] = item
            if only is not None and only not in {topic for topic, _ in found}:
                meant[only] |= {item.id: item for _, item in found}
    return {topic: list(items.values()) for topic, items in meant.items()}


def _found(
    ledger: Ledger, thing: str, configured: Mapping[str, TopicConfig], only: str | None
) -> list[tuple[str, Item]]:
    kind, number = thing[:1], thing[1:]
    if kind == "s" and number.isdecimal():
        found = [(match.topic, match.item) for match in ledger.matches.of_story(int(number))]
    elif thing.removeprefix("i").isdecimal():
        item = ledger.items.get(int(thing.removeprefix("i")))
        if item is None:
            raise click.UsageError(f"no item {thing}; `storywatch stories show` lists items with their ids")
        found = [(topic, item) for topic in _topics_of(ledger, item, configured, only)]
    else:
        found = [(match.topic, match.item) for match in ledger.matches.told_by(thing)]
    if not found:
        raise click.UsageError(
            f"no alert, story or item {thing!r}; `storywatch alerts list` and `stories list` show them"
        )
    gone = [topic for topic, _ in found if topic not in configured]
    if gone:
        raise click.UsageError(f"{thing} is on {gone[0]!r}, a topic that the configuration has no more")
    return found


def _topics_of(
    ledger: Ledger, item: Item, configured: Mapping[str, TopicConfig], only: str | None
) -> list[str]:
    on = [topic for topic in ledger.matches.topics_of(item.id) if topic in configured]
    if not on and only is not None:
        return [only]
    if not on and len(configured) == 1:
        return list(configured)
    if not on:
        raise click.UsageError(f"i{item.id} is on no topic; say with --topic which one is meant")
    return on


def _marked(database: Database, meant: Mapping[str, list[Item]], verdict: str) -> dict[str, list[Item]]:
    """Return those of the items that are marked so."""
    with database.read() as ledger:
        marks = {(one.topic, one.item_id) for one in ledger.marks.standing() if one.verdict == verdict}
    found = {
        topic: [item for item in items if (topic, item.id) in marks]
        for topic, items in meant.items()
        if any((topic, item.id) in marks for item in items)
    }
    if not found:
        raise click.UsageError(f"none of these is marked {verdict}: nothing to undo")
    return found


def _tell(outcome: Outcome, topic: TopicConfig, items: Sequence[Item], *, verdict: str) -> None:
    from alerts.render.formats.escape import one_line

    for item in items:
        say(f"{outcome.topic}: marked {verdict}: i{item.id} {one_line(item.title)}")
    say(f"  {_heading(outcome, topic)}")
    if not outcome.changes:
        return
    for change in outcome.changes[:SHOWN]:
        say(f"    {one_line(str(change))}")
    if len(outcome.changes) > SHOWN:
        say(f"    … and {len(outcome.changes) - SHOWN} smaller changes")
    for line in swing_lines(outcome.swing, "over the last 30 days"):
        say(f"  {line}")


def _heading(outcome: Outcome, topic: TopicConfig) -> str:
    if outcome.is_query:
        return "it is a query, which does not learn: the mark is kept, and changes nothing"
    if not outcome.changes:
        return "the rule stays as it is"
    if outcome.written:
        return f"written {topic.rule}:"
    if outcome.is_proposal:
        return f"proposed for {topic.rule} (--write writes it there):"
    return "the rule learnt from the articles changes:"

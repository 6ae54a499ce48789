"""`storywatch replay`: runs archived feed bodies through the passes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from alerts.render.formats.escape import one_line
from monitor.cli.shared.context import CommandContext, common
from monitor.cli.shared.output import as_json

if TYPE_CHECKING:
    from alerts.deciding.routing import Routing
    from monitor.matching.match import Matching
    from monitor.views.replayed import Replayed


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@click.option(
    "--all", "everything", is_flag=True, help="Treat every item as a match and alert about every item."
)
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@common
def replay(context: CommandContext, *, folder: Path, everything: bool, form: str) -> None:
    """Process archived bodies (DIR/FEED/20210518T093000Z.xml) as if they were polled at the times in their names.

    Nothing is stored or sent; the messages are printed.

    Example: storywatch replay archive --all --format jsonl
    """
    from monitor.service.replay import ReplayError, archived
    from monitor.service.replay import replay as run
    from monitor.views.replayed import replayed_json

    try:
        bodies = archived(folder)
    except ReplayError as error:
        raise click.UsageError(str(error)) from None
    routing, matching = _match_all() if everything else _configured(context)
    with context.progress("replaying", total=len(bodies), streams=True) as step:
        for decision in run(bodies, routing, matching, done=step):
            if form == "jsonl":
                click.echo(as_json(replayed_json(decision)))
            elif words := _words(decision):
                click.echo(words)


def _configured(context: CommandContext) -> tuple[Routing, Matching]:
    from monitor.service.app import matching_of, routing_of

    settings = context.checked_settings()
    return routing_of(settings), matching_of(settings)


def _match_all() -> tuple[Routing, Matching]:
    from monitor.matching.match_all import matching_of_everything, routing_of_everything

    return routing_of_everything(), matching_of_everything()


def _words(decision: Replayed) -> str | None:
    """Return the text of a decision for people; None for items, which only the JSON output has."""
    from monitor.views.iso import iso
    from monitor.views.replayed import ReplayedAlert, ReplayedItem

    if isinstance(decision, ReplayedItem):
        return None
    if isinstance(decision, ReplayedAlert):
        outlets = ", ".join(dict.fromkeys(item.feed for item in decision.items))
        title = one_line(decision.items[0].title)
        return f"{iso(decision.at)}  {decision.reason:4}  [{decision.topic}] {title} ({one_line(outlets)})"
    counts = (
        f"{decision.bodies} bodies, {decision.items} items, {decision.revisions} revisions, "
        f"{decision.stories} stories, {decision.alerts} alerts"
    )
    return f"{counts} from {len(decision.feeds)} feeds"

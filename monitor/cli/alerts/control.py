"""`storywatch alerts show|replay|discard`: show a delivery in full, send it again, or discard it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from monitor.cli.shared import completers
from monitor.cli.shared.context import CommandContext, common, moment_or_now, say
from monitor.cli.shared.output import as_json, iso, json_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from monitor.actions.alerts.deliveries import DeliveryDone
    from monitor.views.alerts.deliveries import DeliveryDetail


@click.command()
@click.argument("ident", metavar="ID", shell_complete=completers.deliveries)
@json_option
@common
def show_alert(context: CommandContext, *, ident: str, form: str) -> None:
    """Show the delivery ID in full: its message, its state, and every attempt with its answer.

    Example: storywatch alerts show dlv_3f2a9c51
    """
    from monitor.views.alerts.deliveries import delivery_detail_json, read_delivery

    with context.ledger() as ledger:
        view = read_delivery(ledger, ident)
    if form == "json":
        click.echo(as_json(delivery_detail_json(view), indent=2))
    else:
        click.echo("\n".join(_lines(view)))


def _lines(view: DeliveryDetail) -> Iterator[str]:
    from alerts.render.formats.escape import one_line
    from alerts.render.formats.terminal import fold
    from monitor.cli.shared.output import width_of_output

    yield f"delivery   {view.id}"
    yield f"subject    {one_line(view.subject)}"
    yield f"to         {one_line(view.recipient)} over {view.channel}"
    due = f", next try {iso(view.next_at)}" if view.next_at else ""
    error = f": {one_line(view.last_error)}" if view.last_error else ""
    yield f"state      {view.state}{due}{error}"
    yield f"created    {iso(view.created_at)}"
    for one in view.attempts:
        yield f"try {one.number:<6} {iso(one.at)} {one.outcome}: {one_line(one.text)}"
        if one.reply and one.reply.strip():
            yield f"           answered: {one_line(one.reply)[:300]}"
    yield ""
    for line in view.body.splitlines():
        for folded in fold(one_line(line), width=width_of_output() - 2):
            yield f"  {folded}" if folded else ""


@click.command()
@click.argument("idents", metavar="[ID]…", nargs=-1, shell_complete=completers.deliveries)
@click.option("--dead", is_flag=True, help="Every dead delivery, except discarded ones.")
@click.option(
    "--channel",
    metavar="CHANNEL",
    shell_complete=completers.channels,
    help="With --dead: only of this channel.",
)
@click.option(
    "--as-new",
    is_flag=True,
    help="Use a new id, so that receivers that ignore repeated ids accept the message again.",
)
@common
def replay_alert(
    context: CommandContext, *, idents: tuple[str, ...], dead: bool, channel: str | None, as_new: bool
) -> None:
    """Send the deliveries ID again, to the same recipients, with the same bytes and the same ids.

    Dead, held and sent deliveries can be sent again. The running daemon or the next `once` sends them.

    \b
    storywatch alerts replay dlv_3f2a9c51
    storywatch alerts replay --dead --channel desk
    """
    from monitor.actions.alerts.deliveries import replay, replay_dead
    from monitor.service.open_ledger import open_ledger

    if dead == bool(idents):
        raise click.UsageError("name deliveries by their ids, or give --dead for all dead ones")
    if channel is not None and not dead:
        raise click.UsageError("--channel is only used together with --dead")
    moment = moment_or_now(None)
    with open_ledger(context.settings(), now=moment) as database:
        if dead:
            done = replay_dead(database, channel=channel, as_new=as_new, now=moment)
        else:
            done = replay(database, idents, as_new=as_new, now=moment)
    if not done:
        say("there are no dead deliveries" + (f" on channel {channel}" if channel else ""))
    _print_done(done, lambda one: f"is sent again as {one.new_id}" if one.new_id else "is sent again")


@click.command()
@click.argument("idents", metavar="ID…", nargs=-1, required=True, shell_complete=completers.deliveries)
@common
def discard_alert(context: CommandContext, *, idents: tuple[str, ...]) -> None:
    """Discard the deliveries ID: they stay in the database, but are not tried again and are not reported as problems.

    Example: storywatch alerts discard dlv_3f2a9c51
    """
    from monitor.actions.alerts.deliveries import discard
    from monitor.service.open_ledger import open_ledger

    moment = moment_or_now(None)
    with open_ledger(context.settings(), now=moment) as database:
        done = discard(database, idents, now=moment)
    _print_done(done, lambda _: "discarded")


def _print_done(done: Iterable[DeliveryDone], words: Callable[[DeliveryDone], str]) -> None:
    from alerts.render.formats.escape import one_line

    for one in done:
        say(f"{one.id} ({one_line(one.subject)}): {words(one)}")

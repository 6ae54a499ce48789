"""`storywatch alerts show|replay|discard`: one delivery whole, sent again, or given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import click

from monitor.cli.shared import completers
from monitor.cli.shared.context import CommandContext, common, moment_or_now, say
from monitor.cli.shared.output import as_json, iso, json_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from storage.database import Ledger
    from storage.stores.deliveries import Try
    from storage.stores.outbox import Posting


@click.command()
@click.argument("ident", metavar="ID", shell_complete=completers.deliveries)
@json_option
@common
def show_alert(shell: CommandContext, *, ident: str, form: str) -> None:
    """Show the delivery ID whole: its message, where it stands, and every attempt with what was answered.

    Example: storywatch alerts show dlv_3f2a9c51
    """
    with shell.ledger() as ledger:
        posting = _posting(ledger, ident)
        tries = ledger.deliveries.tries(posting.delivery.id)
    if form == "json":
        click.echo(as_json(_row(posting, tries), indent=2))
    else:
        click.echo("\n".join(_lines(posting, tries)))


def _posting(ledger: Ledger, ident: str) -> Posting:
    """Return the delivery with this id, or the only one whose id begins so.

    Raises:
        click.UsageError: there is none, or there are several.
    """
    found = ledger.outbox.postings(starting=ident)
    exact = [posting for posting in found if posting.delivery.id == ident]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if found:
        raise click.UsageError(f"{ident!r} begins the ids of {len(found)} deliveries; write more of it")
    raise click.UsageError(f"no delivery {ident!r}; `storywatch alerts list` shows them")


def _row(posting: Posting, tries: list[Try]) -> dict[str, Any]:
    delivery, message = posting.delivery, posting.message
    return {
        "id": delivery.id,
        "message": message.id,
        "state": str(delivery.state),
        "kind": message.kind,
        "subject": message.subject,
        "topic": posting.topic,
        "story": None if posting.story_id is None else f"s{posting.story_id}",
        "channel": delivery.channel,
        "recipient": delivery.recipient,
        "created_at": iso(delivery.created_at),
        "next_at": iso(delivery.next_at),
        "last_error": delivery.last_error,
        "body": message.body.decode("utf-8", "replace"),
        "attempts": [
            {
                "number": one.number,
                "at": iso(one.at),
                "outcome": one.outcome,
                "code": one.code,
                "text": one.text,
                "reply": one.reply,
            }
            for one in tries
        ],
    }


def _lines(posting: Posting, tries: list[Try]) -> Iterator[str]:
    from alerts.render.formats.escape import one_line

    delivery, message = posting.delivery, posting.message
    yield f"delivery   {delivery.id}"
    yield f"subject    {one_line(message.subject)}"
    yield f"to         {one_line(delivery.recipient)} over {delivery.channel}"
    due = f", next try {iso(delivery.next_at)}" if delivery.next_at else ""
    error = f": {one_line(delivery.last_error)}" if delivery.last_error else ""
    yield f"state      {delivery.state}{due}{error}"
    yield f"sealed     {iso(delivery.created_at)}"
    for one in tries:
        yield f"try {one.number:<6} {iso(one.at)} {one.outcome}: {one_line(one.text)}"
        if one.reply and one.reply.strip():
            yield f"           answered: {one_line(one.reply)[:300]}"
    yield ""
    for line in message.body.decode("utf-8", "replace").splitlines():
        yield f"  {one_line(line)}" if line.strip() else ""


@click.command()
@click.argument("idents", metavar="ID…", nargs=-1, required=True, shell_complete=completers.deliveries)
@click.option(
    "--as-new", is_flag=True, help="Under another id: receivers that know the first take it once more."
)
@common
def replay_alert(shell: CommandContext, *, idents: tuple[str, ...], as_new: bool) -> None:
    """Send the deliveries ID again, to the same recipients, with the same bytes and the same ids.

    A dead or held one, or one that was sent and is needed again. The running daemon or the next `once` sends it.

    Example: storywatch alerts replay dlv_3f2a9c51
    """

    def again(ledger: Ledger, posting: Posting, now: datetime) -> str:
        delivery = posting.delivery
        if as_new:
            new = f"dlv_{uuid4().hex}"
            ledger.deliveries.replay_as_new(delivery.id, message_id=f"msg_{uuid4().hex}", new_id=new, now=now)
            return f"goes again as {new}"
        if ledger.deliveries.replay(delivery.id, now=now):
            return "goes again"
        raise click.UsageError(f"{delivery.id} is being sent at this moment; wait for what it comes to")

    _each(shell, idents, again)


@click.command()
@click.argument("idents", metavar="ID…", nargs=-1, required=True, shell_complete=completers.deliveries)
@common
def discard_alert(shell: CommandContext, *, idents: tuple[str, ...]) -> None:
    """Give the deliveries ID up: they stay in the ledger, are not tried again, and need no attention.

    Example: storywatch alerts discard dlv_3f2a9c51
    """

    def give_up(ledger: Ledger, posting: Posting, now: datetime) -> str:
        if ledger.deliveries.discard(posting.delivery.id, now=now):
            return "discarded"
        raise click.UsageError(
            f"{posting.delivery.id} was sent, or is being sent: there is nothing to discard"
        )

    _each(shell, idents, give_up)


def _each(
    shell: CommandContext, idents: tuple[str, ...], act: Callable[[Ledger, Posting, datetime], str]
) -> None:
    """Do something to each delivery, all or none, and say what became of it."""
    from alerts.render.formats.escape import one_line
    from monitor.service.open_ledger import open_ledger

    moment = moment_or_now(None)
    with open_ledger(shell.settings(), now=moment) as database:
        with database.write() as ledger:
            postings = [_posting(ledger, ident) for ident in idents]
            became = [act(ledger, posting, moment) for posting in postings]
        for posting, words in zip(postings, became, strict=True):
            say(f"{posting.delivery.id} ({one_line(posting.message.subject)}): {words}")

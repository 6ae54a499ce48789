"""`storywatch pages link|token|tokens|revoke|end-links`: access to the pages, and the links in messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from monitor.cli.shared.context import CommandContext, common, moment_or_now, say
from monitor.cli.shared.output import format_option, minute, show

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from monitor.config.settings import Settings


@click.command()
@common
def link(context: CommandContext) -> None:
    """Print a new sign-in link for the owner; the previous link becomes invalid.

    Anyone who opens it may do everything. Open sessions stay signed in.

    Example: storywatch pages link
    """
    from monitor.actions.access.sign_in import make_sign_in_token
    from monitor.service.open_ledger import open_ledger
    from monitor.views.access import SIGN_IN_LINK

    settings, moment = context.settings(), moment_or_now()
    address = _address(settings)
    with open_ledger(settings, now=moment) as database:
        token = make_sign_in_token(database, key=SIGN_IN_LINK, now=moment)
    click.echo(f"{address}/sign-in?token={token}")


def _address(settings: Settings) -> str:
    """Return the address of the pages.

    Raises:
        UsageError: none is configured, or a port that is chosen when they are served.
    """
    from monitor.web.safety.hosts import site_address

    pages = settings.pages
    if pages.url is None and (pages.listen is None or pages.listen[1] == 0):
        raise click.UsageError(
            f"the address of the pages is not known; fix: set listen in [pages] of {settings.path}, such as "
            'listen = "127.0.0.1:8765"'
        )
    return site_address(pages, port=0 if pages.listen is None else pages.listen[1])


@click.command()
@click.argument("name")
@click.option("--read-only", is_flag=True, help="May read everything and change nothing.")
@common
def token(context: CommandContext, *, name: str, read_only: bool) -> None:
    """Make a token called NAME for a colleague's browser or a program, and print it this once.

    It is kept as a hash. `storywatch pages revoke NAME` ends it.

    Example: storywatch pages token dashboard --read-only
    """
    from monitor.actions.access.tokens import make_access_token
    from monitor.service.open_ledger import open_ledger
    from storage.model.access import Role

    moment = moment_or_now()
    with open_ledger(context.settings(), now=moment) as database:
        made = make_access_token(database, name, role=Role.READER if read_only else Role.OWNER, now=moment)
    click.echo(made)
    say(f"{name} may {'read everything' if read_only else 'do everything'}; the token is not shown again")


@click.command()
@format_option
@common
def tokens(context: CommandContext, *, form: str) -> None:
    """List the tokens by name, with their rights and last use. The tokens themselves are not stored.

    Example: storywatch pages tokens --format json
    """
    from monitor.views.access import access_token_json, read_access_tokens

    with context.ledger() as ledger:
        rows = [access_token_json(one) for one in read_access_tokens(ledger)]
    columns = {
        "NAME": lambda row: row["name"],
        "MAY": _may,
        "MADE": lambda row: minute(row["created_at"]),
        "LAST USED": lambda row: minute(row["last_used_at"]) if row["last_used_at"] else "never",
    }
    show(rows, form, columns=columns)


def _may(row: Mapping[str, Any]) -> str:
    return "read" if row["role"] == "reader" else "everything"


@click.command()
@click.argument("name")
@common
def revoke(context: CommandContext, *, name: str) -> None:
    """End the token called NAME, and the sessions that were opened with it.

    Example: storywatch pages revoke dashboard
    """
    from monitor.actions.access.tokens import revoke_access_token
    from monitor.service.open_ledger import open_ledger

    with open_ledger(context.settings(), now=moment_or_now()) as database:
        revoke_access_token(database, name)
    say(f"revoked: {name}")


@click.command("end-links")
@common
def end_links(context: CommandContext) -> None:
    """Invalidate the action links in all messages sent so far; later messages contain new links.

    Use this if a mail with links came into the wrong hands. Links to stories remain valid, since they require a sign-in.

    Example: storywatch pages end-links
    """
    from monitor.actions.alerts import links
    from monitor.service.open_ledger import open_ledger

    moment = moment_or_now()
    with open_ledger(context.settings(), now=moment) as database:
        links.end_links(database, now=moment)
    say("all links that were sent so far are invalid now")

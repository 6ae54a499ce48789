"""`storywatch mcp`: read-only tools for an assistant, on standard input and output."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from monitor.cli.shared.context import CommandContext, common, moment_or_now, now_option

if TYPE_CHECKING:
    from datetime import datetime


@click.command()
@now_option
@common
def mcp(context: CommandContext, *, now: datetime | None) -> None:
    """Serve read-only tools to an assistant over the Model Context Protocol, until the assistant closes the connection.

    \b
    search_items, list_stories, show_story, why, explain, digest
    An assistant starts this command itself: name it in the assistant's configuration. It works beside a daemon.

    Example: storywatch mcp --config /etc/storywatch/storywatch.toml
    """
    if find_spec("mcp") is None:
        raise click.UsageError("needs the package mcp; fix: pip install 'storywatch[mcp]'")
    settings = context.settings()

    from monitor.assistants.answers import Answers
    from monitor.assistants.server import server_of
    from monitor.service.open_ledger import open_ledger

    clock = partial(moment_or_now, now)  # the tools are asked in threads, which know no options of a command
    with open_ledger(settings, now=clock()) as database:
        server_of(Answers(settings=settings, database=database, clock=clock)).run("stdio")

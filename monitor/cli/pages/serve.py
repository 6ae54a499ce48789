"""`storywatch pages`: the web pages in a process of their own, beside workers or a daemon."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from monitor.cli.pages.access import end_links, link, revoke, token, tokens
from monitor.cli.shared.context import CommandContext, common, moment_or_now, real_clock, say
from monitor.cli.shared.group import Group

if TYPE_CHECKING:
    from monitor.service.app import App


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def pages(context: click.Context) -> None:
    """Serve the pages alone, beside workers; make sign-in links and tokens. `run` serves them by itself."""
    if context.invoked_subcommand is None:
        context.invoke(serve)


pages.add_command(link)
pages.add_command(token)
pages.add_command(tokens)
pages.add_command(revoke)
pages.add_command(end_links)


@pages.command()
@real_clock
@common
def serve(context: CommandContext) -> None:
    """Serve the pages of `[pages]` alone until SIGTERM or Ctrl-C, as `storywatch pages` does. SIGHUP reloads the configuration.

    `run` serves the pages too; this command is for the database of workers, on any machine. Feeds and topics that are
    edited on these pages are written to this machine's configuration file, which the workers then have to reload.

    Example: storywatch pages serve
    """
    from monitor.service.app import open_app
    from monitor.service.process.container_init import leave_process_one
    from monitor.service.process.event_loop import run_async
    from monitor.service.process.import_all import import_all
    from monitor.service.process.upgrade_apart import upgrade_apart

    leave_process_one()
    settings = context.checked_settings()
    upgrade_apart(settings.database)
    import_all()
    if settings.pages.listen is None:
        raise click.UsageError(
            f'[pages] of {settings.path} has no listen; fix: set it, such as listen = "127.0.0.1:8765"'
        )
    with open_app(settings, now=moment_or_now()) as app:
        run_async(_serve(app, context))
    say("pages ended")


async def _serve(app: App, context: CommandContext) -> None:
    from monitor.cli.running.reload import reloaded
    from monitor.cli.running.serve_pages import embedded_pages
    from monitor.service.process.signals import handling_signals

    woken, ended = asyncio.Event(), asyncio.Event()

    def stop() -> None:
        ended.set()
        woken.set()

    async with embedded_pages(app, reload=woken.set, since_progress=lambda: 0.0) as pages:
        with handling_signals(stop=stop, renew=woken.set):
            while True:
                await woken.wait()
                woken.clear()
                if ended.is_set():
                    return
                fresh = await asyncio.to_thread(reloaded, context, app)
                if fresh is not None:
                    app = fresh
                    await pages.renew(app)

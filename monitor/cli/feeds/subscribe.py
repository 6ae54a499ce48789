"""`storywatch feeds add|remove|import|export|discover`: edits the feeds in the configuration file."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.shared import completers
from monitor.cli.shared.context import EXIT_FAILED, CommandContext, common, moment_or_now, now_option, say
from monitor.cli.shared.output import format_option, show

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.actions.feeds.discover_feeds import DiscoveredFeeds
    from storage.model import FeedKind


@click.command()
@click.argument("url")
@click.option("--title", default="", help="The feed's name; by default the feed's own title.")
@click.option("--tag", "tags", multiple=True, help="For `tag:NAME` in a topic's feeds; may be repeated.")
@now_option
@common
def add(
    context: CommandContext, *, url: str, title: str, tags: tuple[str, ...], now: datetime | None
) -> None:
    """Subscribe the feed or news sitemap at URL: write it into the configuration. A running daemon polls it at once.

    Where URL is a whole site, its feeds are looked up as `feeds discover` does, and the first one is subscribed.

    \b
    storywatch feeds add https://example.org/feed.xml --tag local
    storywatch feeds add https://example.org
    """
    from monitor.actions.feeds.subscribe import add_feed
    from monitor.service.open_ledger import open_ledger

    moment, settings = moment_or_now(now), context.settings()
    url = _found_at(context, url)
    with open_ledger(settings, now=moment) as database:
        added = add_feed(database, settings, url, title=title, tags=tags, environ=os.environ, now=moment)
    if added.is_new:
        say(f"subscribed: {added.url} (in {added.path})")
    else:
        say(f"already subscribed: {added.url}")


def _found_at(context: CommandContext, url: str) -> str:
    """Return the address, or for a site that of the feed to subscribe, after naming all that was found there."""
    from alerts.render.formats.escape import one_line
    from monitor.actions.feeds.discover_feeds import is_site

    if not is_site(url):
        return url
    found = _look_up(context, url)
    if not found.feeds:
        say(found.reason)
        sys.exit(EXIT_FAILED)
    for one in found.feeds:
        say(f"found: {one.kind} {one_line(one.url)} {one_line(one.title)}".rstrip())
    return found.feeds[0].url


def _look_up(context: CommandContext, url: str) -> DiscoveredFeeds:
    import asyncio

    from alerts.render.formats.escape import one_line
    from monitor.actions.feeds.discover_feeds import feeds_at
    from monitor.service.open_ledger import read_if_there
    from monitor.views.poll_result import read_quiet_hosts

    settings, now = context.settings(), moment_or_now(None)
    quiet: dict[str, datetime] = read_if_there(settings, partial(read_quiet_hosts, now=now), otherwise={})
    with context.progress(f"fetching {one_line(url)}"):
        return asyncio.run(feeds_at(url, settings, quiet=quiet, now=now))


@click.command()
@click.argument("url", shell_complete=completers.feeds)
@common
def remove(context: CommandContext, *, url: str) -> None:
    """Unsubscribe the feed at URL (or with this title): remove it from the configuration and from its OPML lists.

    Its items are kept. The rest of the files does not change.

    Example: storywatch feeds remove https://example.org/feed.xml
    """
    from monitor.actions.feeds.unsubscribe import remove_feed
    from monitor.service.open_ledger import open_ledger

    moment, settings = moment_or_now(None), context.settings()
    with open_ledger(settings, now=moment) as database:
        removed = remove_feed(database, settings, url, environ=os.environ, now=moment)
    files = " and ".join(str(path) for path in removed.paths)
    say(f"unsubscribed: {removed.url} (removed from {files}); its items are kept")


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@now_option
@common
def import_feeds(context: CommandContext, *, file: Path, now: datetime | None) -> None:
    """Subscribe every feed in FILE that is not subscribed yet. Exits with 1 if entries had to be left out, and names them.

    FILE is OPML (Feedly, Inoreader, NetNewsWire, FreshRSS, Miniflux and every other reader export it), newsboat's
    `urls`, or rss2email's configuration. Folders, categories and tags become tags.

    \b
    storywatch feeds import subscriptions.opml
    storywatch feeds import ~/.newsboat/urls
    storywatch feeds import ~/.config/rss2email.cfg
    """
    from monitor.actions.feeds.subscribe import import_feeds
    from monitor.cli.shared.phrases import count
    from monitor.service.open_ledger import open_ledger

    moment, settings = moment_or_now(now), context.settings()
    with open_ledger(settings, now=moment) as database:
        done = import_feeds(
            database, settings, file.read_bytes(), name=str(file), environ=os.environ, now=moment
        )
    for words in done.left_out:
        say(f"left out: {words}")
    for one in done.refused:
        say(f"not subscribed: {one.url}: {one.reason}")
    say(f"subscribed {count(len(done.added), 'feed')} of {done.listed} (in {done.path})")
    if not done.is_complete:
        sys.exit(EXIT_FAILED)


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file.")
@common
def export(context: CommandContext, *, output: Path | None) -> None:
    """Print the subscribed feeds as OPML, without their credentials.

    Example: storywatch feeds export -o feeds.opml
    """
    from monitor.config.lists.opml_writer import write_opml

    text = write_opml(context.settings().feeds, _sitemaps(context))
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        say(f"wrote {output}")


def _sitemaps(context: CommandContext) -> dict[str, FeedKind]:
    """Return which feeds are sitemaps, as far as they were read; a list can be written without a database."""
    from monitor.service.open_ledger import read_if_there
    from monitor.views.feeds import read_sitemap_kinds

    return read_if_there(context.settings(), read_sitemap_kinds, otherwise={})


@click.command()
@click.argument("url")
@format_option
@common
def discover(context: CommandContext, *, url: str, form: str) -> None:
    """List the feeds that the page at URL names, and the news sitemaps that the site's robots.txt names.

    Exits with 1 if there are none.

    Example: storywatch feeds discover https://example.org
    """
    from alerts.render.formats.escape import one_line
    from monitor.actions.feeds.discover_feeds import discovered_json

    found = _look_up(context, url)
    rows = discovered_json(found)
    columns = {
        "KIND": lambda row: row["kind"],
        "TITLE": lambda row: row["title"],
        "URL": lambda row: row["url"],
    }
    if rows or form != "text":
        show(rows, form, columns=columns)
    if rows and form == "text":
        say(f"to subscribe one: storywatch feeds add {one_line(rows[0]['url'])}")
    if not rows:
        say(found.reason)
        sys.exit(EXIT_FAILED)

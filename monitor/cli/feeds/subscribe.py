"""`storywatch feeds add|remove|import|export|discover`: which feeds are subscribed, in the configuration file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.shared import completers
from monitor.cli.shared.context import EXIT_FAILED, CommandContext, common, moment_or_now, now_option, say
from monitor.cli.shared.output import format_option, show

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.config.lists.opml import Outline
    from monitor.config.settings import FeedConfig, Settings


@click.command()
@click.argument("url")
@click.option("--title", default="", help="How it is called; else as it calls itself.")
@click.option("--tag", "tags", multiple=True, help="For `tag:NAME` in a topic's feeds; may be given again.")
@now_option
@common
def add(shell: CommandContext, *, url: str, title: str, tags: tuple[str, ...], now: datetime | None) -> None:
    """Subscribe the feed at URL: write it into the configuration. A running daemon polls it at once.

    Example: storywatch feeds add https://example.org/feed.xml --tag local
    """
    from monitor.config.lists.opml import Outline
    from monitor.polling.http.address import Forbidden, normalise, parse_target

    target = parse_target(url)
    if isinstance(target, Forbidden):
        raise click.UsageError(f"{normalise(url)}: {target.words}")
    if target.credentials is not None:
        raise click.UsageError(
            "the address holds a password; add it without, and write `username` and "
            '`password = {env = "NAME"}` under it in the configuration'
        )
    settings = shell.settings()
    if any(feed.url == target.url for feed in settings.feeds):
        say(f"already subscribed: {target.url}")
        return
    _write(shell, settings, [Outline(url=target.url, title=title, tags=tags, line=0)], now=now)
    say(f"subscribed: {target.url} (in {settings.path})")


@click.command()
@click.argument("url", shell_complete=completers.feeds)
@common
def remove(shell: CommandContext, *, url: str) -> None:
    """Unsubscribe the feed at URL (or of this title): take it out of the file it stands in, or name that file.

    Its items stay.

    Example: storywatch feeds remove https://example.org/feed.xml
    """
    from monitor.config.edit_feeds import replace_text, without_feed

    settings = shell.settings()
    feed = _configured(settings, url)
    text = without_feed(_read(settings.path), feed.url)
    if text is None:
        line = f", line {feed.line}" if feed.line else ""
        raise click.UsageError(f"{feed.url} stands in {feed.source}{line}; remove it there")
    _checked(text, settings)
    replace_text(settings.path, text)
    again = [one for one in _subscribe(shell, now=None).feeds if one.url == feed.url]
    if again:
        raise click.UsageError(
            f"{feed.url} stands in {again[0].source}, line {again[0].line}, too; remove it there"
        )
    say(f"unsubscribed: {feed.url}; its items stay")


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@now_option
@common
def import_feeds(shell: CommandContext, *, file: Path, now: datetime | None) -> None:
    """Subscribe every feed of FILE that is not subscribed yet. What cannot be polled is named; then it exits with 1.

    FILE is OPML (Feedly, Inoreader, NetNewsWire, FreshRSS, Miniflux and every other reader export it), newsboat's
    `urls`, or rss2email's configuration. Folders, categories and tags become tags.

    \b
    storywatch feeds import subscriptions.opml
    storywatch feeds import ~/.newsboat/urls
    storywatch feeds import ~/.config/rss2email.cfg
    """
    from dataclasses import replace

    from monitor.cli.shared.phrases import count
    from monitor.config.lists.subscriptions import read_subscriptions
    from monitor.polling.http.address import Forbidden, parse_target, redacted

    settings = shell.settings()
    known = {feed.url for feed in settings.feeds}
    new: dict[str, Outline] = {}
    read = read_subscriptions(file.read_bytes())
    refused = [f"left out: {words}" for words in read.left_out]
    for outline in read.feeds:
        target = parse_target(outline.url)
        if isinstance(target, Forbidden):
            refused.append(f"not subscribed: {redacted(outline.url)}: {target.words}")
        elif target.credentials is not None:
            refused.append(f"not subscribed: {target.url}: its address holds a password; add it by hand")
        elif target.url not in known:
            new.setdefault(target.url, replace(outline, url=target.url))
    if new:
        _write(shell, settings, list(new.values()), now=now)
    for line in [*refused, f"subscribed {count(len(new), 'feed')} of {len(read.feeds)} (in {settings.path})"]:
        say(line)
    if refused:
        sys.exit(EXIT_FAILED)


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it to a file.")
@common
def export(shell: CommandContext, *, output: Path | None) -> None:
    """Print the subscribed feeds as OPML, without their credentials.

    Example: storywatch feeds export -o feeds.opml
    """
    from monitor.config.lists.opml_writer import write_opml

    text = write_opml(shell.settings().feeds)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        say(f"wrote {output}")


@click.command()
@click.argument("url")
@format_option
@common
def discover(shell: CommandContext, *, url: str, form: str) -> None:
    """List the feeds that the page at URL names; exits with 1 if there is none.

    Example: storywatch feeds discover https://example.org
    """
    import asyncio

    from alerts.render.formats.escape import one_line
    from monitor.actions.discover_feeds import feeds_at

    with shell.progress(f"asking {one_line(url)}"):
        found = asyncio.run(feeds_at(url, shell.settings(), now=moment_or_now(None)))
    rows = [{"url": one.url, "title": one.title, "kind": one.kind} for one in found.feeds]
    columns = {
        "KIND": lambda row: row["kind"],
        "TITLE": lambda row: row["title"],
        "URL": lambda row: row["url"],
    }
    if rows or form != "text":
        show(rows, form, columns=columns)
    if rows and form == "text":
        say(f"subscribe one: storywatch feeds add {one_line(rows[0]['url'])}")
    if not rows:
        say(found.words)
        sys.exit(EXIT_FAILED)


def _configured(settings: Settings, words: str) -> FeedConfig:
    from monitor.cli.shared.find_feed import spellings
    from monitor.polling.http.address import normalise

    url, folded = normalise(words), words.strip().casefold()
    found = [
        feed
        for feed in settings.feeds
        if url == feed.url or words in spellings(feed.url) or feed.title.casefold() == folded
    ]
    if len(found) != 1:
        raise click.UsageError(f"no feed {words!r} is configured; `storywatch feeds list` shows them")
    return found[0]


def _write(
    shell: CommandContext, settings: Settings, feeds: Sequence[Outline], *, now: datetime | None
) -> None:
    from monitor.config.edit_feeds import replace_text, with_feeds

    text = with_feeds(_read(settings.path), feeds)
    _checked(text, settings)
    replace_text(settings.path, text)
    _subscribe(shell, now=now)


def _read(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:  # line ends stay as they are
        return file.read()


def _checked(text: str, settings: Settings) -> None:
    """Refuse to write a configuration that could not be read back."""
    import os

    from monitor.config.load import parse_settings

    parse_settings(text, settings.path, environ=os.environ)


def _subscribe(shell: CommandContext, *, now: datetime | None) -> Settings:
    """Bring the ledger up to the file at once: a running daemon polls what is due there."""
    from monitor.service.open_ledger import open_ledger

    settings = shell.settings()
    with open_ledger(settings, now=moment_or_now(now)):
        return settings

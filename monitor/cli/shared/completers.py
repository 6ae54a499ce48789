"""Completion of topics, feeds, stories, channels and deliveries in a shell.

Completion runs while the user types: on any error it prints nothing and offers no words.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

from monitor.cli.shared.context import CommandContext, moment_or_now
from monitor.cli.shared.everywhere import kept_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    import click

    Named: TypeAlias = tuple[str, str]  # a word and its description


def topics(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete a configured topic."""
    del param
    return _beginning(incomplete, lambda: _topics(_context(ctx)))


def feeds(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete the address of a feed."""
    del param
    return _beginning(incomplete, lambda: _feeds(_context(ctx), incomplete))


def channels(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete a configured channel."""
    del param
    return _beginning(
        incomplete,
        lambda: [(channel.name, str(channel.type)) for channel in _context(ctx).settings().channels],
    )


def webhook_events(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete the type of a webhook event."""
    del ctx, param
    return _beginning(incomplete, _webhook_events)


def stories(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete the id of a story of the last month."""
    del param
    return _beginning(incomplete, lambda: _stories(_context(ctx)))


def deliveries(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete the id of a delivery."""
    del param
    return _beginning(incomplete, lambda: _deliveries(_context(ctx)))


def targets(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete what can be muted: a topic, a story or a feed."""
    del param
    context = _context(ctx)
    return _beginning(
        incomplete, lambda: chain(_topics(context), _feeds(context, incomplete), _stories(context))
    )


def _context(ctx: click.Context) -> CommandContext:
    return CommandContext(
        config=kept_in(ctx, "config"), database=kept_in(ctx, "database"), color=False, no_color=True
    )


def _beginning(incomplete: str, known: Callable[[], Iterable[Named]]) -> list[CompletionItem[str]]:
    with suppress(Exception):
        found = [(word, meaning) for word, meaning in known() if word.startswith(incomplete)]
        return [CompletionItem(word, help=meaning or None) for word, meaning in dict(found).items()]
    return []


def _topics(context: CommandContext) -> Iterable[Named]:
    return [(topic.name, "topic") for topic in context.settings().topics]


def _feeds(context: CommandContext, incomplete: str) -> Iterable[Named]:
    """Return addresses without their scheme, since bash takes the colon for the end of a word."""
    begun = "://" in incomplete
    return [
        (feed.url if begun else feed.url.partition("://")[2], feed.title) for feed in context.settings().feeds
    ]


def _has_ledger(context: CommandContext) -> bool:
    """Return whether there is a database: completion must not create one."""
    from storage.database import Database

    return Database.is_there(context.settings().database)


def _stories(context: CommandContext) -> Iterable[Named]:
    from monitor.views.completions import recent_stories

    if not _has_ledger(context):
        return []
    with context.ledger() as ledger:
        return recent_stories(ledger, now=moment_or_now())


def _deliveries(context: CommandContext) -> Iterable[Named]:
    from monitor.views.completions import deliveries as known_deliveries

    if not _has_ledger(context):
        return []
    with context.ledger() as ledger:
        return known_deliveries(ledger)


def _webhook_events() -> Iterable[Named]:
    from alerts.schemas.webhook_bodies import WEBHOOK_SCHEMAS

    return [(kind, schema["description"]) for kind, schema in WEBHOOK_SCHEMAS.items()]

"""What every command shares: the options that stand everywhere, the settings they lead to, and the exit codes."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from monitor.cli.shared.log import set_up_log

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from datetime import timedelta

    from monitor.config.errors import ConfigError
    from monitor.config.settings import Settings, TopicConfig
    from monitor.service.app import ConsoleOutput
    from storage.database import Ledger

EXIT_FAILED = 1  # some feeds or deliveries failed, and are named
EXIT_USAGE = 2  # usage, configuration, or a database that is refused
EXIT_BUSY = 75  # EX_TEMPFAIL of sysexits.h: another daemon or `once` holds the database

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandContext:
    """The options that stand everywhere."""

    config: Path | None
    database: str | None
    color: bool  # of standard output
    no_color: bool  # was asked for

    def settings(self) -> Settings:
        """Return the configuration these options lead to, its topics unread.

        Raises:
            ConfigErrors: with every error in it.
        """
        from monitor.config.load import nothing_to_say

        return self._load(nothing_to_say)

    def settings_or_none(self) -> Settings | None:
        """Return the configuration these options lead to, None where there is none that can be read."""
        from monitor.config.errors import ConfigErrors

        try:
            return self.settings()
        except ConfigErrors:
            return None

    def checked_settings(self) -> Settings:
        """Return the configuration these options lead to, every topic's rule, query or examples read as well.

        Raises:
            ConfigErrors: with every error in it.
        """
        from monitor.matching.load_topics import check_topic

        return self._load(check_topic)

    def _load(self, check_topic: Callable[[TopicConfig], Iterable[ConfigError]]) -> Settings:
        from monitor.config.database import database_url
        from monitor.config.errors import BadValueError
        from monitor.config.find import find_configuration
        from monitor.config.load import load_settings

        path = find_configuration(self.config, environ=os.environ, folder=Path.cwd())
        settings = load_settings(path, environ=os.environ, check_topic=check_topic)
        if self.database:
            try:
                settings = replace(settings, database=database_url(self.database, base=Path.cwd()))
            except BadValueError as error:
                raise click.UsageError(f"--database {error}") from None
        return settings

    def progress(
        self, what: str, *, total: int | None = None, streams: bool = False
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Return a block for long work: see `monitor.cli.shared.progress`."""
        from monitor.cli.shared.progress import progress

        return progress(what, total=total, streams=streams, color=not self.no_color)

    def console(self) -> ConsoleOutput:
        """Return standard output as a console channel writes to it, in colour for a terminal."""
        from alerts.channels.console import as_written, coloured
        from monitor.service.app import ConsoleOutput

        return ConsoleOutput(out=sys.stdout, paint=coloured if self.color else as_written)

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open the configured ledger for reading; this works beside a daemon."""
        from monitor.service.open_ledger import open_ledger

        with open_ledger(self.settings(), now=moment_or_now(None)) as database, database.read() as ledger:
            yield ledger


def common(command: F) -> F:
    """Give a command the options that stand everywhere, as a `Shell` before its own."""

    @click.option("--config", type=click.Path(path_type=Path), help="The configuration file.")
    @click.option("--database", metavar="URL", help="Use this database instead of the configured one.")
    @click.option("-v", "--verbose", count=True, help="Say more on stderr; twice for everything.")
    @click.option("--no-color", is_flag=True, help="Print without colour.")
    @click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        envvar="STORYWATCH_LOG_FORMAT",
        help="How the log on stderr is written.",
    )
    @click.option("--debug", is_flag=True, help="Show the traceback of a failure.")
    @functools.wraps(command)
    def wrapped(
        *,
        config: Path | None,
        database: str | None,
        verbose: int,
        no_color: bool,
        log_format: str,
        debug: bool,
        **own: Any,
    ) -> Any:
        del debug  # `main` looks for it
        set_up_log(verbose, form=log_format)
        color = not no_color and "NO_COLOR" not in os.environ and sys.stdout.isatty()
        return command(
            CommandContext(config=config, database=database, color=color, no_color=no_color), **own
        )

    return wrapped  # type: ignore[return-value]  # click sees the wrapper's options


def answer_for(error: Exception) -> tuple[str, int]:
    """Return one clear sentence for an error and its exit code."""
    from monitor.actions.refused import ActionRefused
    from monitor.config.errors import BadValueError, ConfigErrors, TopicRefused
    from monitor.topics.learning.articles import ArticleError
    from storage.engine.errors import AlreadyRunning, DatabaseRefused, LedgerAway

    if isinstance(error, AlreadyRunning):
        return str(error), EXIT_BUSY
    if isinstance(error, ConfigErrors):
        count = len(error.errors)
        heading = "1 error in the configuration:" if count == 1 else f"{count} errors in the configuration:"
        return "\n  ".join([heading, *map(str, error.errors)]), EXIT_USAGE
    refused = ActionRefused | DatabaseRefused | LedgerAway | TopicRefused | ArticleError | BadValueError
    if isinstance(error, refused):
        return str(error), EXIT_USAGE
    if isinstance(error, OSError):
        return _os_error(error), EXIT_USAGE
    kind = type(error).__name__
    return (
        f"an error of storywatch itself ({kind}: {error}); run it again with --debug and report it",
        EXIT_USAGE,
    )


def _os_error(error: OSError) -> str:
    what = f"{error.filename}: " if error.filename else ""
    return f"{what}{error.strerror or error}; check the path and its permissions"


class Moment(click.ParamType[datetime]):
    """A time in ISO 8601 with its offset."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the aware time."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time; write 2026-03-01T12:00:00+01:00", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value!r} has no offset; write 2026-03-01T12:00:00Z or +01:00", param, ctx)
        return moment


class Duration(click.ParamType["timedelta"]):
    """A duration such as 90s, 2h, 7d."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the duration."""
        from monitor.config.errors import BadValueError
        from monitor.config.units import parse_duration

        try:
            return parse_duration(value)
        except BadValueError as error:
            self.fail(str(error), param, ctx)


def now_option(command: F) -> F:
    """Give a command `--now`, which fixes the clock of its decisions."""
    return click.option("--now", type=Moment(), help="Decide as if it were this time.")(command)


def moment_or_now(now: datetime | None) -> datetime:
    """Return the time that decides, in UTC."""
    from datetime import UTC

    return datetime.now(UTC) if now is None else now.astimezone(UTC)


def unknown(thing: str, word: str, known: Iterable[str]) -> click.UsageError:
    """Return the answer to a name that nothing has: the nearest one that something has."""
    from monitor.config.errors import suggestion

    return click.UsageError(f"no {thing} {word!r}; {suggestion(word, known)}")


def say(words: str = "") -> None:
    """Print words for a person, on stderr."""
    click.echo(words, err=True)

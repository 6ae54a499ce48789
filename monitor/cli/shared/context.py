"""The context of a command: the common options, the settings they select, and the exit codes."""

from __future__ import annotations

import errno
import functools
import os
import sys
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from monitor.cli.shared.everywhere import everywhere, kept
from monitor.cli.shared.log import set_up_log
from monitor.cli.shared.program import as_typed
from monitor.cli.shared.types import LIMIT, Duration, Moment
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

    from monitor.config.errors import ConfigError
    from monitor.config.settings import Settings, TopicConfig
    from monitor.service.app import ConsoleOutput
    from storage.database import Ledger

__all__ = [
    "EXIT_BUSY",
    "EXIT_FAILED",
    "EXIT_INTERRUPTED",
    "EXIT_USAGE",
    "LIMIT",
    "CommandContext",
    "Duration",
    "Moment",
    "answer_for",
    "common",
    "is_refusal",
    "moment_or_now",
    "now_option",
    "real_clock",
    "say",
    "unknown",
]

EXIT_FAILED = 1  # some feeds or deliveries failed; they are named
EXIT_USAGE = 2  # wrong usage or configuration, or a database that cannot be used
EXIT_AWAY = 69  # EX_UNAVAILABLE: the database or this machine cannot be used now; trying again may work
EXIT_INTERRUPTED = 130  # as shells report a program that SIGINT ended: Ctrl-C
EXIT_FAULT = 70  # EX_SOFTWARE: an error in storywatch
EXIT_BUSY = 75  # EX_TEMPFAIL of sysexits.h: another daemon or `once` holds the database

_WRONG_NAME = frozenset({errno.ENAMETOOLONG, errno.ELOOP})  # have no exception class of their own
_WRONG_PATH = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)
F = TypeVar("F", bound=Callable[..., Any])


@value
class CommandContext:
    """The common options of a command."""

    config: Path | None
    database: str | None
    color: bool  # of standard output
    no_color: bool  # the option was given

    def settings(self) -> Settings:
        """Return the configuration selected by these options, without reading its topics.

        Raises:
            ConfigErrors: with every error in it.
        """
        from monitor.config.load import no_errors

        return self._load(no_errors)

    def settings_or_none(self) -> Settings | None:
        """Return the configuration selected by these options; None if it cannot be read."""
        from monitor.config.errors import ConfigErrors

        try:
            return self.settings()
        except ConfigErrors:
            return None

    def checked_settings(self) -> Settings:
        """Return the configuration selected by these options after reading every topic's rule, query or examples.

        Raises:
            ConfigErrors: with every error in it.
        """
        from monitor.matching.read_topics.check_topic import check_topic

        return self._load(check_topic)

    def _load(self, check_topic: Callable[[TopicConfig], Iterable[ConfigError]]) -> Settings:
        from monitor.config.load import load_settings

        settings = load_settings(self._file(), environ=os.environ, check_topic=check_topic)
        asked = self._asked_database()
        return settings if asked is None else replace(settings, database=asked)

    def _file(self) -> Path:
        from monitor.config.find import find_configuration

        return find_configuration(self.config, environ=os.environ, folder=Path.cwd())

    def _asked_database(self) -> str | None:
        """Return the URL of the option --database; None if it was not given."""
        from monitor.config.database import database_url
        from monitor.config.errors import BadValueError

        try:
            return database_url(self.database, base=Path.cwd()) if self.database else None
        except BadValueError as error:
            raise click.UsageError(f"--database {error}") from None

    def refuse_second(self) -> None:
        """Refuse to work on a SQLite file that another storywatch holds, before importing what the command needs.

        Raises:
            AlreadyRunning: a daemon or `once` holds it.
            ConfigErrors: there is no configuration.
        """
        from monitor.config.database import database_of
        from storage.unusable import refuse_held

        url = self._asked_database() or database_of(self._file(), environ=os.environ)
        if url is not None:  # else reading the configuration reports why
            refuse_held(url)

    def progress(
        self, what: str, *, total: int | None = None, streams: bool = False
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Return a context manager that shows progress: see `monitor.cli.shared.progress`."""
        from monitor.cli.shared.progress import progress

        return progress(what, total=total, streams=streams, color=not self.no_color)

    def console(self) -> ConsoleOutput:
        """Return standard output as a console channel writes to it: as wide as the terminal, and in colour."""
        from alerts.render.formats.ansi import COLOUR, PLAIN
        from alerts.render.formats.terminal import on_terminal
        from monitor.cli.shared.output import width_of_output
        from monitor.service.app import ConsoleOutput

        style = COLOUR if self.color else PLAIN
        return ConsoleOutput(
            out=sys.stdout,
            paint=lambda text: as_typed(on_terminal(text, width=width_of_output(), style=style)),
        )

    @contextmanager
    def ledger(self, settings: Settings | None = None) -> Iterator[Ledger]:
        """Open the configured database for reading, also while a daemon runs; `settings` are those already read."""
        from monitor.service.open_ledger import open_to_read

        with (
            open_to_read(settings or self.settings(), now=moment_or_now()) as database,
            database.read() as ledger,
        ):
            yield ledger


def common(command: F) -> F:
    """Pass the common options to a command as its first argument, a `CommandContext`.

    Refusals of views and actions are printed as usage errors.
    """

    @functools.wraps(command)
    def wrapped(**own: Any) -> Any:
        set_up_log(kept("verbose"), form=kept("log_format"))
        no_color = kept("no_color")
        color = not no_color and "NO_COLOR" not in os.environ and sys.stdout.isatty()
        context = CommandContext(
            config=kept("config"), database=kept("database"), color=color, no_color=no_color
        )
        try:
            return command(context, **own)
        except Exception as error:
            if is_refusal(error):
                raise click.UsageError(str(error)) from None
            raise

    return everywhere(wrapped)  # type: ignore[return-value]  # click sees the wrapper's options


def is_refusal(error: Exception) -> bool:
    """Return whether an error is the refusal of a view or an action."""
    from monitor.actions.refused import ActionRefused
    from monitor.views.refused import ViewRefused

    return isinstance(error, ActionRefused | ViewRefused)


def now_option(command: F) -> F:
    """Pass the common option `--now` to a command as its argument `now`; None if it was not given."""

    @functools.wraps(command)
    def wrapped(**own: Any) -> Any:
        return command(now=kept("now"), **own)

    return wrapped  # type: ignore[return-value]  # click sees the wrapper's options


def real_clock(command: F) -> F:
    """Make a command refuse `--now`: the command waits for due times, which a fixed clock never reaches."""

    @functools.wraps(command)
    def wrapped(**own: Any) -> Any:
        if kept("now") is not None:
            name = click.get_current_context().info_name
            raise click.UsageError(
                f"`{name}` uses the real clock; leave out --now, which only commands that end by themselves accept"
            )
        return command(**own)

    for option in wrapped.__click_params__:  # type: ignore[attr-defined]  # where click keeps them
        option.hidden |= option.name == "now"
    return wrapped  # type: ignore[return-value]  # click sees the wrapper's options


def moment_or_now(now: datetime | None = None) -> datetime:
    """Return the time to decide by, in UTC: `now`, else the command's `--now`, else the time of the clock."""
    from datetime import UTC

    given: datetime | None = now or kept("now")
    return datetime.now(UTC) if given is None else given.astimezone(UTC)


def answer_for(error: Exception) -> tuple[str, int]:
    """Return the sentence to print for an error, and its exit code."""
    from monitor.actions.refused import ActionRefused
    from monitor.config.errors import BadValueError, ConfigErrors, TopicRefused

    if isinstance(error, ConfigErrors):
        count = len(error.errors)
        heading = "1 error in the configuration:" if count == 1 else f"{count} errors in the configuration:"
        return "\n  ".join([heading, *map(str, error.errors)]), EXIT_USAGE

    from storage.unusable import AlreadyRunning, DatabaseRefused, DatabaseUnavailable

    if isinstance(error, AlreadyRunning):
        return str(error), EXIT_BUSY

    from storage.shortage import ResourceShortage

    if isinstance(error, DatabaseUnavailable | ResourceShortage):
        return str(error), EXIT_AWAY

    from monitor.topics.learning.articles import ArticleError

    if isinstance(error, ActionRefused | DatabaseRefused | TopicRefused | ArticleError | BadValueError):
        return str(error), EXIT_USAGE
    if isinstance(error, OSError):
        return _os_error(error)
    kind = type(error).__name__
    return (
        f"an error in storywatch ({kind}: {error}); run the command again with --debug and report it",
        EXIT_FAULT,
    )


def _os_error(error: OSError) -> tuple[str, int]:
    """Treat a wrong path as wrong usage, and any other error of the system as one that may pass."""
    what = f"{error.filename}: " if error.filename else ""
    cause = f"{what}{error.strerror or error}"
    if isinstance(error, _WRONG_PATH) or error.errno in _WRONG_NAME:
        return f"{cause}; check the path and its permissions", EXIT_USAGE
    return f"{cause}; check the machine's disk and limits, then try again", EXIT_AWAY


def unknown(thing: str, word: str, known: Iterable[str]) -> click.UsageError:
    """Return the error for an unknown name, with the most similar known one."""
    from monitor.config.errors import suggestion

    return click.UsageError(f"no {thing} {word!r}; {suggestion(word, known)}")


def say(words: str = "") -> None:
    """Print a text for people on stderr, with commands in the form in which they must be typed."""
    click.echo(as_typed(words), err=True)

"""`storywatch`: the group of all commands, each imported when it is called."""

from __future__ import annotations

import importlib
import sys
from io import StringIO
from typing import Any

import click
from click.exceptions import NoSuchCommand
from click.shell_completion import CompletionItem

from monitor.cli.commands import COMMANDS, SECTIONS
from monitor.cli.shared.context import EXIT_INTERRUPTED, EXIT_USAGE, answer_for
from monitor.cli.shared.everywhere import everywhere
from monitor.cli.shared.program import as_typed
from monitor.cli.shared.streams import prepare_streams
from monitor.cli.shared.typed_help import TypedContext


class LazyGroup(click.Group):
    """A group that imports a command only when it is called."""

    context_class = TypedContext

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every command's name."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported now."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        command.context_class = TypedContext
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every command with its purpose, in the order of `COMMANDS`."""
        del ctx
        width = max(map(len, COMMANDS))
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), known.purpose) for name, known in commands.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Complete a command, or an option of the program."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [
            CompletionItem(name, help=known.purpose)
            for name, known in COMMANDS.items()
            if name.startswith(incomplete)
        ]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command; for an unknown name, suggest from all commands, since click sees only imported ones."""
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            raise NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from error


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@everywhere
@click.version_option(package_name="storywatch")
def storywatch() -> None:
    """Watch RSS and Atom feeds for stories on your topics, with one alert per story.

    Begin with `storywatch demo`, then `storywatch init` and `storywatch run`.
    """


def main() -> None:
    """Run the command line; an expected error prints one sentence and sets the exit code, without a traceback."""
    prepare_streams()
    options: dict[str, Any] = {}
    try:
        sys.exit(storywatch.main(prog_name="storywatch", standalone_mode=False, obj=options) or 0)
    except click.Abort as error:
        if isinstance(error.__cause__, KeyboardInterrupt):
            sys.exit(EXIT_INTERRUPTED)
        click.echo("\nstorywatch: not confirmed, so nothing was changed; --yes confirms", err=True)
        sys.exit(EXIT_USAGE)
    except click.ClickException as error:
        shown = StringIO()
        error.show(file=shown)
        click.echo(as_typed(shown.getvalue(), options=options), err=True, nl=False)
        sys.exit(error.exit_code)
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        words, code = answer_for(error)
        click.echo(as_typed(f"storywatch: {words}", options=options), err=True)
        sys.exit(code)

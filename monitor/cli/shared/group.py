"""A group of commands that says of each in a whole sentence what it does."""

from __future__ import annotations

import click

WHOLE = 1_000  # characters: no first sentence is cut


class Group(click.Group):
    """Lists its commands with their first sentences, wrapped instead of cut."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every command and what it does."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, command.get_short_help_str(WHOLE))
                    for name, command in commands
                    if command is not None
                ]
            )

"""A group of commands, such as `feeds`, with a whole sentence on each command in its help."""

from __future__ import annotations

from typing import Any

import click

from monitor.cli.shared.everywhere import everywhere

WHOLE = 1_000  # characters: no first sentence is cut


class Group(click.Group):
    """Lists its commands with their first sentences, wrapped instead of cut, and takes the options of every command."""

    def __init__(self, *arguments: Any, **given: Any) -> None:
        super().__init__(*arguments, **given)
        everywhere(self)

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

"""A group of commands, such as `feeds`, whose help shows a full sentence for each command."""

from __future__ import annotations

from typing import Any

import click

from monitor.cli.shared.everywhere import everywhere
from monitor.cli.shared.typed_help import TypedContext

WHOLE = 1_000  # characters; longer than any first sentence, so that none is cut


class Group(click.Group):
    """A group that lists commands with their first sentences, wrapped instead of cut, and has the common options."""

    def __init__(self, *arguments: Any, **given: Any) -> None:
        super().__init__(*arguments, **given)
        everywhere(self)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, with help that can be typed."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            command.context_class = TypedContext
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every command with its first sentence."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, command.get_short_help_str(WHOLE))
                    for name, command in commands
                    if command is not None
                ]
            )

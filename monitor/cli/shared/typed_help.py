"""Help in which commands are as the person has to type them, as in all that is printed."""

from __future__ import annotations

import click

from monitor.cli.shared.program import as_typed


class TypedHelp(click.HelpFormatter):
    """Writes help with the path of the program, and with the options that name a configuration, if they are needed."""

    def getvalue(self) -> str:
        """Return the help that was written."""
        return as_typed(super().getvalue())


class TypedContext(click.Context):
    """A context of commands that use `TypedHelp`."""

    formatter_class = TypedHelp

"""The options of every command. They are accepted before and behind the command, and the later one counts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from monitor.cli.shared.types import Moment

KEPT = "monitor.cli.everywhere"  # the key in `click.Context.meta`, which a command shares with its groups
Decorated = TypeVar("Decorated", bound=Callable[..., Any] | click.Command)


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Keep an option that was typed; a default never replaces what was typed before the command.

    The options are kept in the dict that the caller of the program gives as `obj`, so that it has them after an error.
    """
    assert param.name is not None
    kept = ctx.meta.setdefault(KEPT, {} if ctx.obj is None else ctx.obj)
    if param.name == "verbose":
        kept["verbose"] = kept.get("verbose", 0) + value
    elif ctx.get_parameter_source(param.name) is ParameterSource.COMMANDLINE or param.name not in kept:
        kept[param.name] = value
    return value


def kept(name: str) -> Any:
    """Return the value of an option of the running command; None if no command runs or it has no such option."""
    ctx = click.get_current_context(silent=True)
    return None if ctx is None else kept_in(ctx, name)


def kept_in(ctx: click.Context, name: str) -> Any:
    """Return the value of an option of a command that is being read."""
    return ctx.meta.get(KEPT, {}).get(name)


def _option(*names: str, **given: Any) -> Callable[[Any], Any]:
    return click.option(*names, expose_value=False, callback=_keep, **given)


EVERYWHERE = (
    _option("--config", type=click.Path(path_type=Path), help="The configuration file."),
    _option("--database", metavar="URL", help="Use this database instead of the configured one."),
    _option(
        "--now", type=Moment(), help="Decide as if it were this time; `run`, `worker` and `demo` refuse it."
    ),
    _option("-v", "--verbose", count=True, help="Log more on stderr; twice for everything."),
    _option("--no-color", is_flag=True, help="Print without colour."),
    _option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        envvar="STORYWATCH_LOG_FORMAT",
        help="The format of the log on stderr.",
    ),
    _option("--debug", is_flag=True, help="Show the traceback of a failure."),
)


def everywhere(decorated: Decorated) -> Decorated:
    """Give a command or a group the options of every command."""
    # A command keeps the order in which options are added; a function, as decorators do, the reverse.
    options = EVERYWHERE if isinstance(decorated, click.Command) else reversed(EVERYWHERE)
    for option in options:
        option(decorated)
    return decorated

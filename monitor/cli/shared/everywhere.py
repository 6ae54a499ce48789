"""The common options. They are accepted before and after the command; the later one counts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from monitor.cli.shared.types import Moment

KEPT = (
    "monitor.cli.everywhere"  # the key in `click.Context.meta`, which is shared by a command and its groups
)
Decorated = TypeVar("Decorated", bound=Callable[..., Any] | click.Command)


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Store an option that was given; a default never replaces an option given before the command.

    Options are stored in the dict passed to the program as `obj`, where the caller finds them after an error.
    """
    assert param.name is not None
    kept = ctx.meta.setdefault(KEPT, {} if ctx.obj is None else ctx.obj)
    if param.name == "verbose":
        kept["verbose"] = kept.get("verbose", 0) + value
    elif ctx.get_parameter_source(param.name) is ParameterSource.COMMANDLINE or param.name not in kept:
        kept[param.name] = value
    return value


def kept(name: str) -> Any:
    """Return the value of a common option of the running command; None if no command runs or it was not given."""
    ctx = click.get_current_context(silent=True)
    return None if ctx is None else kept_in(ctx, name)


def kept_in(ctx: click.Context, name: str) -> Any:
    """Return the value of a common option while the command line is being parsed."""
    return ctx.meta.get(KEPT, {}).get(name)


def _option(*names: str, **given: Any) -> Callable[[Any], Any]:
    return click.option(*names, expose_value=False, callback=_keep, **given)


EVERYWHERE = (
    _option("--config", type=click.Path(path_type=Path), help="The configuration file."),
    _option("--database", metavar="URL", help="Use this database instead of the configured one."),
    _option(
        "--now",
        type=Moment(),
        help="Use this time instead of the clock's; `run`, `worker` and `demo` refuse it.",
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
    """Add the common options to a command or group."""
    # A command lists options in the order in which they are added, a function in the reverse order.
    options = EVERYWHERE if isinstance(decorated, click.Command) else reversed(EVERYWHERE)
    for option in options:
        option(decorated)
    return decorated

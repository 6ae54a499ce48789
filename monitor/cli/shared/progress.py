"""A progress line on stderr, shown only on a terminal that can redraw a line."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")
AT_ONCE = 50  # things between two updates: drawing the line costs more than judging an item


@contextmanager
def progress(
    what: str, *, total: int | None = None, streams: bool = False, color: bool = True
) -> Iterator[Callable[[int], None]]:
    """Show progress during a block; the yielded function adds the number of things done since its last call.

    The line is removed when the block ends. It is not shown for work that `streams` its results to the same terminal.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb" or (streams and sys.stdout.isatty()):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
    from rich.progress import TimeElapsedColumn as Elapsed

    counted = (BarColumn(), MofNCompleteColumn()) if total is not None else ()
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), *counted, Elapsed())
    console = Console(stderr=True, no_color=None if color else True)  # rich reads NO_COLOR by itself
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as line:
        task = line.add_task(what, total=total)
        yield lambda done: line.advance(task, done)


def stepping(things: Iterable[T], step: Callable[[int], None]) -> Iterator[T]:
    """Yield things, and report their number to `step` in batches."""
    left = AT_ONCE
    for thing in things:
        yield thing
        left -= 1
        if not left:
            step(AT_ONCE)
            left = AT_ONCE
    step(AT_ONCE - left)

"""How far long work is: a line on stderr for a person who watches; in a pipe, a log or a dumb terminal, nothing."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")
AT_ONCE = 50  # things between two steps of the line: what draws it costs more than to judge an item


@contextmanager
def progress(
    what: str, *, total: int | None = None, streams: bool = False, color: bool = True
) -> Iterator[Callable[[int], None]]:
    """Show for a block what is done, and how much of it by the number of things that the yielded function is told.

    The line goes when the block ends. Work that `streams` its results to the same terminal shows itself.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb" or (streams and sys.stdout.isatty()):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
    from rich.progress import TimeElapsedColumn as Elapsed

    counted = (BarColumn(), MofNCompleteColumn()) if total is not None else ()
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), *counted, Elapsed())
    console = Console(stderr=True, no_color=None if color else True)  # by itself it heeds NO_COLOR
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as line:
        task = line.add_task(what, total=total)
        yield lambda done: line.advance(task, done)


def stepping(things: Iterable[T], step: Callable[[int], None]) -> Iterator[T]:
    """Yield things, and tell now and then how many were."""
    left = AT_ONCE
    for thing in things:
        yield thing
        left -= 1
        if not left:
            step(AT_ONCE)
            left = AT_ONCE
    step(AT_ONCE - left)

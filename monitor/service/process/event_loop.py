"""The event loop of commands: uvloop if it is installed, which halves the cost of a request."""

from __future__ import annotations

import asyncio
import gc
import sys
from typing import TYPE_CHECKING, TypeVar

from monitor.service.process.limits import raise_descriptor_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

T = TypeVar("T")
COLLECT_AFTER = 20_000  # new objects, about a few hundred polls under way
OLDER_RARELY = (
    20  # collections of new objects before older ones are scanned too: a round's polls are all under way
)


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a new loop and return the result."""
    raise_descriptor_limit()
    # Imported objects live until the end: the collector need not scan them, nor run after every 700 new objects.
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, OLDER_RARELY, OLDER_RARELY)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(work)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415  # not on Windows

    return uvloop.new_event_loop

"""The objects that all requests of a site share: the app, the clock and the threads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.web.request.notes import Notes
from monitor.web.request.page_memory import PageMemory
from monitor.web.safety.guessing import Guesses

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor
    from datetime import datetime

    from monitor.config.settings import PagesSettings
    from monitor.service.app import App


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteContext:
    """`port` is the port that the server listens on. `reload` has the daemon read its configuration again.

    `since_progress` returns for how many seconds the passes have not moved. `pool` is the pages' own: passes never wait for
    a thread of theirs.
    """

    app: App
    port: int
    pool: Executor
    clock: Callable[[], datetime]
    reload: Callable[[], None]
    since_progress: Callable[[], float]
    notes: Notes = field(default_factory=Notes)
    guesses: Guesses = field(default_factory=Guesses)
    memory: PageMemory = field(default_factory=PageMemory)

    @property
    def pages(self) -> PagesSettings:
        """The `[pages]` of the configuration."""
        return self.app.settings.pages

"""The settings of polling: the owner's bounds, and the access to one feed."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from storage.model.value import value

if TYPE_CHECKING:
    from datetime import timedelta

    from monitor.polling.feed_state.schedule import Bounds
    from monitor.polling.http.address import Credentials


@value
class PollRules:
    """The owner's bounds for all feeds, and the limits on concurrent requests."""

    bounds: Bounds
    concurrency: int
    host_delay: timedelta

    def bounds_of(self, access: Access) -> Bounds:
        """Return the bounds for a feed that is accessed so."""
        return self.bounds if access.interval is None else replace(self.bounds, own=access.interval)


@value
class Access:
    """The headers and credentials of one feed, and its own interval if it has one."""

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    credentials: Credentials | None = None
    interval: timedelta | None = None


ORDINARY = Access()

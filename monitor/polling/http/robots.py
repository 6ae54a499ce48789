"""What a site lets robots read (RFC 9309), for pages: a feed is published to be polled, a page is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Self
from urllib.robotparser import RobotFileParser

READ_BYTES = 512_000  # RFC 9309 asks for at least 500 KiB
LONGEST_DELAY = timedelta(seconds=60)  # a site that wants more is not worth a page


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """A site's word to robots: whether a page may be read, and the pause it wants between two requests."""

    delay: timedelta = timedelta(0)
    rules: RobotFileParser | None = None
    closed: bool = False

    @classmethod
    def read(cls, body: bytes, agent: str) -> Self:
        """Return what a robots.txt says to `agent`."""
        rules = RobotFileParser()
        rules.parse(body[:READ_BYTES].decode("utf-8", "replace").splitlines())
        asked = float(rules.crawl_delay(agent) or 0)
        return cls(delay=timedelta(seconds=min(asked, LONGEST_DELAY.total_seconds())), rules=rules)

    def allow(self, url: str, agent: str) -> bool:
        """Whether `agent` may read a page."""
        return not self.closed and (self.rules is None or self.rules.can_fetch(agent, url))


OPEN = Robots()  # no robots.txt: everything may be read
CLOSED = Robots(closed=True)  # RFC 9309: while it cannot be had for a fault of the server, nothing may

"""A site's rules for robots (RFC 9309). They apply to web pages; feeds are published to be polled."""

from __future__ import annotations

from datetime import timedelta
from typing import Self
from urllib.parse import unquote, urlsplit
from urllib.robotparser import RobotFileParser

from storage.model.value import value

AGENT = "storywatch"  # our name in robots.txt
READ_BYTES = 512_000  # RFC 9309 asks for at least 500 KiB
LONGEST_DELAY = timedelta(seconds=60)  # pages of a site with a longer delay are not read
MAX_DIGITS = 9  # of a delay in seconds: 31 years
IGNORED = "ignored:"  # a key that the parser does not know


@value
class Robots:
    """A site's rules for robots: whether a page may be read, and the pause between two requests."""

    delay: timedelta = timedelta(0)
    rules: RobotFileParser | None = None
    closed: bool = False

    @classmethod
    def read(cls, body: bytes, agent: str) -> Self:
        """Return the rules of a robots.txt for `agent`; lines that cannot be read are ignored."""
        rules = RobotFileParser()
        rules.parse([_readable(line) for line in body[:READ_BYTES].decode("utf-8", "replace").splitlines()])
        asked = float(rules.crawl_delay(agent) or 0)
        return cls(delay=timedelta(seconds=min(asked, LONGEST_DELAY.total_seconds())), rules=rules)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The addresses of the site's sitemaps, as they are written."""
        return tuple(self.rules.site_maps() or ()) if self.rules else ()

    def allow(self, url: str, agent: str) -> bool:
        """Whether `agent` may read a page."""
        return not self.closed and (self.rules is None or self.rules.can_fetch(agent, url))


def _readable(line: str) -> str:
    """Return the line, or an unknown key if the library's parser would raise an error for its value."""
    key, _, value = line.partition("#")[0].partition(":")
    name, value = key.strip().lower(), unquote(value.strip())
    if name == "request-rate":
        return IGNORED  # not used here
    if name == "crawl-delay" and value.isdigit():
        if not value.isascii():
            return IGNORED
        return line if len(value) <= MAX_DIGITS else f"{key}: {'9' * MAX_DIGITS}"
    try:
        urlsplit(value)
    except ValueError:
        return IGNORED
    return line


OPEN = Robots()  # no robots.txt: everything may be read
CLOSED = Robots(closed=True)  # RFC 9309: nothing may be read while the server fails to send it

"""A feed's document as values: facts about the feed, its items, and its polling hints."""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING

from storage.model import FeedKind
from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model import Publication


@value
class Hints:
    """How often a feed asks to be polled. Hours and days are GMT; Monday is day 0.

    `period` is the longer of RSS `ttl` and RSS 1.0 syndication's `updatePeriod / updateFrequency`.
    """

    period: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()

    def to_text(self) -> str:
        """Return the hints as one line for a column; they are kept because a 304 has no body to read them from."""
        seconds = "" if self.period is None else str(int(self.period.total_seconds()))
        hours = ",".join(map(str, sorted(self.skip_hours)))
        days = ",".join(map(str, sorted(self.skip_days)))
        return f"{seconds};{hours};{days}"

    @classmethod
    def from_text(cls, text: str | None) -> Hints:
        """Return the hints that `to_text` wrote; none for an empty column."""
        if not text:
            return cls()
        seconds, hours, days = text.split(";")
        return cls(
            period=timedelta(seconds=int(seconds)) if seconds else None,
            skip_hours=frozenset(int(hour) for hour in hours.split(",") if hour),
            skip_days=frozenset(int(day) for day in days.split(",") if day),
        )


@value
class FeedFacts:
    """What a document says about its feed. URLs are absolute http(s); `language` is a tag such as `en-GB`."""

    title: str = ""
    site_url: str | None = None
    language: str | None = None
    self_url: str | None = None
    hub_urls: tuple[str, ...] = ()
    hints: Hints = field(default_factory=Hints)
    kind: FeedKind = FeedKind.FEED


@value
class ListedSitemap:
    """A sitemap that an index lists: its absolute URL, and when it last changed as the index says."""

    url: str
    changed_at: datetime | None = None


@value
class ParsedFeed:
    """A parsed document: its items in document order, and how many further ones were not read (`truncated`).

    `well_formed` says that the document is well-formed XML. A sitemap index has no items; it lists sitemaps.
    """

    facts: FeedFacts
    items: tuple[Publication, ...]
    truncated: int = 0
    well_formed: bool = False
    sitemaps: tuple[ListedSitemap, ...] = ()

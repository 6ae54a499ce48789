"""The states and kinds of feeds, and the states of their items."""

from __future__ import annotations

from enum import StrEnum


class FeedState(StrEnum):
    """The state of a feed, as `feeds list` shows it."""

    OK = "ok"
    FAILING = "failing"
    SILENT = "silent"
    GONE = "gone"
    PAUSED = "paused"


POLLED_STATES = frozenset(
    {FeedState.OK, FeedState.FAILING, FeedState.SILENT}
)  # the other states end only when the owner acts
TROUBLED = frozenset({FeedState.FAILING, FeedState.SILENT, FeedState.GONE})  # states that need attention


class FeedKind(StrEnum):
    """The kind of document at a feed's address, by its root element."""

    FEED = "feed"
    SITEMAP = "sitemap"
    SITEMAP_INDEX = "sitemap-index"

    @property
    def words(self) -> str:
        """The kind in words for a person."""
        return "news sitemap" if self is FeedKind.SITEMAP else self.value.replace("-", " ")


SITEMAPS = frozenset({FeedKind.SITEMAP, FeedKind.SITEMAP_INDEX})  # their entries have titles alone


class ItemStatus(StrEnum):
    """The result of comparing an item of a polled document with the stored ones."""

    FIRST_POLL = "first-poll"
    NEW = "new"
    REVISION = "revision"
    REPUBLISHED = "republished"

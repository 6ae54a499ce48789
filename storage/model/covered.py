"""Coverage: the stories on an owner's topics in the owner's feeds, and those only in control feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.matched import Story


@value
class MissedStory:
    """A story that only control feeds carried, with the names of the outlets that had it."""

    story: Story
    outlets: tuple[str, ...]


@value
class MissedOutlet:
    """An outlet with stories that the owner's feeds did not carry: how many, and its feeds if they were looked for."""

    id: str
    name: str
    stories: int
    feeds: tuple[str, ...] | None = None


@value
class FeedPace:
    """The stories in one of the owner's feeds: their number, how many it had first, and its median delay in hours."""

    feed_id: int
    title: str
    url: str
    stories: int = 0
    first: int = 0
    hours_after: float | None = None


@value
class CoverageReport:
    """The stories of a period: how many there are, which the feeds missed, who had those, and how fast each feed is."""

    since: datetime
    until: datetime
    stories: int
    control_feeds: int
    missed: tuple[MissedStory, ...] = ()
    outlets: tuple[MissedOutlet, ...] = ()
    feeds: tuple[FeedPace, ...] = ()

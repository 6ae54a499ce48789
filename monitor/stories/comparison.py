"""Compares an item with the items of a story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from typing import TYPE_CHECKING

from monitor.stories.similarity import (
    EARLIER_DAYS,
    EARLIER_SHARE,
    FEW_LATER,
    NEAREST_EARLIER_SHARE,
    THRESHOLD,
    beyond,
    cosine,
    faded,
    is_next_edition,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.stories.profile import Profile

COHERENT = 6  # newest items of a story used for its cohesion: bounds the work, and more items change little
COPY = 900  # cosine from which an item is a copy of another, in thousandths
DAY = timedelta(days=1).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The story that an item joins, their similarity in [0, 1], and the most similar item, which may be its original.

    With `is_by_meaning` that item is in another language and means the same.
    """

    story: int
    similarity: float
    by: str
    is_copy: bool = False
    is_by_meaning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupedItem:
    """An item in its story; `seconds` is the time it was seen."""

    id: str
    seconds: float
    story: int
    profile: Profile


class Comparison:
    """The similarity of an item to others, each compared once."""

    def __init__(self, profile: Profile, seconds: float) -> None:
        self.profile = profile
        self.seconds = seconds
        self._cosines: dict[GroupedItem, int] = {}

    def cosine(self, other: GroupedItem) -> int:
        """Return the cosine of the words of both, in thousandths."""
        found = self._cosines.get(other)
        if found is None:
            found = self._cosines[other] = cosine(self.profile, other.profile)
        return found

    def to(self, other: GroupedItem) -> float:
        """Return the similarity in [0, 1], which fades with the time between both."""
        return _likeness(self.cosine(other), other.seconds - self.seconds)

    def is_copy_of(self, other: GroupedItem) -> bool:
        """Return whether the item repeats the other's text."""
        # Notices written from one template differ only in their figures, but are not copies.
        return self.profile.title_numbers == other.profile.title_numbers and self.cosine(other) >= COPY


def without_earlier_editions(profile: Profile, seconds: float, near: list[GroupedItem]) -> list[GroupedItem]:
    """Return the near items without the stories that hold an earlier or later edition of the same page."""
    if profile.page is None:
        return near
    editions = {
        one.story for one in near if is_next_edition(profile, one.profile, (one.seconds - seconds) / DAY)
    }
    return [one for one in near if one.story not in editions] if editions else near


def compare(alike: Comparison, peers: Sequence[GroupedItem], crowd: float) -> Placement:
    """Return the similarity of an item to a story beyond `crowd`, and the most similar of the story's newest items."""
    likenesses = [alike.to(peer) for peer in peers]
    similarity = beyond(
        likenesses,
        crowd,
        lambda: _cohesion(peers, crowd),
        alike.profile,
        [peer.profile for peer in peers],
    )
    nearest = peers[likenesses.index(max(likenesses))]
    return Placement(story=nearest.story, similarity=max(0.0, similarity), by=nearest.id)


def is_development(best: Placement, alike: Comparison, peers: Sequence[GroupedItem], crowd: float) -> bool:
    """Return whether an item is like a story by its last items alone, which report a development of a later day.

    `peers` are the story's newest items, newest first. The first report of a development joins the story. The second
    opens a story, so that the development is alerted.
    """
    nearest = next(peer for peer in peers if peer.id == best.by)
    earlier = [peer for peer in peers if (nearest.seconds - peer.seconds) / DAY >= EARLIER_DAYS]
    if not earlier or len(peers) - len(earlier) > FEW_LATER:
        return False
    if compare(alike, earlier, crowd).similarity >= EARLIER_SHARE * THRESHOLD:
        return False
    first = Comparison(nearest.profile, nearest.seconds)
    return compare(first, earlier, crowd).similarity >= NEAREST_EARLIER_SHARE * THRESHOLD


def _cohesion(peers: Sequence[GroupedItem], crowd: float) -> float:
    """Return the similarity of a story's newest items to each other; for a single item the crowding is used instead."""
    pairs = [*combinations(peers[:COHERENT], 2)]
    found = (
        _likeness(cosine(one.profile, other.profile), one.seconds - other.seconds) for one, other in pairs
    )
    return sum(found) / len(pairs) if pairs else crowd


def _likeness(cosine_: int, seconds: float) -> float:
    return faded(cosine_, abs(seconds) / DAY)

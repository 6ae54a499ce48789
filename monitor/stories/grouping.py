"""Which story an item joins: syndicated copies first, then the same event in other words.

Everything is decided by the items added so far, in their order: an index rebuilt from the same rows decides alike.
What an item joins depends only on items at most a window away from it, whichever way time runs.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from monitor.stories.likeness import agreement, cosine, crowding, faded, is_round_up, likeness
from monitor.stories.lineage import Lineage
from monitor.stories.profile import UNIT, Profile, read_profile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from monitor.topics.document import Document

WINDOW = timedelta(days=7)  # an event's coverage is over by then; later items open a new story
THRESHOLD = 0.11  # likeness, beyond what the crowd around it has, from which an item joins
CROWD_SHARE = 0.5  # of the crowding that a likeness must exceed
COPY = 900  # cosine from which an item is another's copy, thousandths
COPIES_ASKED = 3  # nearest items that may be the original of a copy
ASKED_STEMS = 8  # heaviest stems of an item that look for others: an event is named by its rare words
INDEXED_STEMS = 24  # heaviest stems under which an item is found
READ_POSTINGS = 50  # newest items read under one stem: bounds the work where everyone writes of one thing
NEAR_ITEMS = 12  # items compared whole
NEAR_STORIES = 4  # stories compared
PEERS = 12  # newest items of a story an item is compared with: bounds the work in long stories
SWEEP_SHARE = 0.1  # of the held items may wait to be swept: a sweep goes over all of them
DAY = timedelta(days=1).total_seconds()

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The story an item joins, how alike they are in [0, 1], and the id of the item that was most alike."""

    story: int
    similarity: float
    by: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Told:
    id: str
    order: int
    seconds: float
    story: int
    profile: Profile


class StoryIndex:
    """The items of a window of days, each in its story. Forget what is two windows old to bound its memory."""

    def __init__(self, *, window: timedelta = WINDOW, earlier: int = 0) -> None:
        """Begin empty; `earlier` counts the items that were grouped before those that will be added."""
        self._earlier = earlier
        self._window = window.total_seconds()
        self._added = 0
        self._stories: dict[int, list[_Told]] = {}
        self._postings: dict[str, list[_Told]] = defaultdict(list)
        self._lineage = Lineage()
        self._last: tuple[Document, Profile] | None = None

    def find(self, document: Document, at: datetime) -> Placement | None:
        """Return where an item seen at `at` belongs, or None when it opens a story of its own."""
        profile, seconds = self._profile(document), at.timestamp()
        near = self._near(profile, seconds)
        copied = next((one for one in near[:COPIES_ASKED] if _is_copy(profile, one.profile)), None)
        if copied is not None:
            similarity = cosine(profile, copied.profile) / UNIT
            return Placement(story=copied.story, similarity=similarity, by=copied.id)
        alike = _Alike(profile, seconds)
        crowd = CROWD_SHARE * crowding(map(alike.to, near), self._earlier + self._added)
        stories = [*islice(dict.fromkeys(one.story for one in near), NEAR_STORIES)]
        peers = {story: self._peers(story, seconds) for story in stories}
        # A story is no more alike than its nearest item: most need no closer look.
        likely = {one.story for one in near if alike.to(one) - crowd >= THRESHOLD}
        found = (_compare(alike, peers[story], crowd) for story in stories if story in likely)
        fitting = [one for one in found if one.similarity >= THRESHOLD]
        # A round-up is of none of the stories it tells of, but may be of another round-up's.
        fitting = [one for one in fitting if not _is_round_up(one, profile, peers)]
        return max(fitting, key=lambda one: (one.similarity, -one.story), default=None)

    def add(self, document: Document, at: datetime, story: int) -> None:
        """Put an item into its story; rebuilding calls this for the window's rows in stored order."""
        profile = self._profile(document)
        self._added += 1
        told = _Told(id=document.id, order=self._added, seconds=at.timestamp(), story=story, profile=profile)
        self._stories.setdefault(story, []).append(told)
        for term in islice(profile.weights, INDEXED_STEMS):
            self._postings[term].append(told)
        self._lineage.add(profile, story)

    def remember(self, document: Document, story: int) -> None:
        """Take an item for one of an older story's first; rebuilding calls this, before `add`, in the stories' order."""
        self._lineage.add(self._profile(document), story)

    def continued(self, document: Document) -> int | None:
        """Return the older story that an item which opens a story takes up again, None if there is none."""
        return self._lineage.before(self._profile(document))

    def headline(self, story: int) -> str:
        """Return the id of a story's most central item, the earliest of equals; KeyError if none is held."""
        items = self._stories[story]
        centre: dict[str, int] = defaultdict(int)
        for one in items:
            for term, weight in one.profile.weights.items():
                centre[term] += weight
        return max(items, key=lambda one: (_along(one.profile, centre), -one.order)).id

    def forget(self, before: datetime) -> None:
        """Let go of items seen before a time; what is found for items a window later stays the same."""
        limit = before.timestamp()
        held = [one.seconds for items in self._stories.values() for one in items]
        if sum(seconds < limit for seconds in held) <= SWEEP_SHARE * len(held):
            return
        self._stories = _kept(self._stories, limit)
        self._postings = defaultdict(list, _kept(self._postings, limit))

    def _profile(self, document: Document) -> Profile:
        # An item is added right after it is placed: reading it once is a third of the work.
        if self._last is None or self._last[0] is not document:
            self._last = (document, read_profile(document))
        return self._last[1]

    def _near(self, profile: Profile, seconds: float) -> list[_Told]:
        """Return the items in the window that share most of an item's heaviest stems, nearest first."""
        shared: dict[_Told, int] = {}
        known = shared.get
        for term, weight in islice(profile.weights.items(), ASKED_STEMS):
            for told in self._newest(self._postings.get(term, ()), seconds):
                shared[told] = known(told, 0) + weight
        # Quicker than `nlargest` of so few, and alike where two share as much.
        return sorted(shared, key=shared.__getitem__, reverse=True)[:NEAR_ITEMS]

    def _newest(self, items: Sequence[_Told], seconds: float) -> Sequence[_Told]:
        """Return the newest `READ_POSTINGS` of the items at most a window away, the newest first."""
        earliest, latest = seconds - self._window, seconds + self._window
        newest = items[: -READ_POSTINGS - 1 : -1]
        found = [one for one in newest if earliest <= one.seconds <= latest]
        if len(found) == len(newest) or len(newest) == len(items):
            return found
        return list(islice(self._within(items, seconds), READ_POSTINGS))

    def _within(self, items: Sequence[_Told], seconds: float) -> Iterator[_Told]:
        """Yield the items at most a window away, newest added first."""
        window = self._window
        return (one for one in reversed(items) if -window <= one.seconds - seconds <= window)

    def _peers(self, story: int, seconds: float) -> list[_Told]:
        return list(islice(self._within(self._stories[story], seconds), PEERS))


class _Alike:
    """How alike an item is to others, each compared once."""

    def __init__(self, profile: Profile, seconds: float) -> None:
        self.profile = profile
        self._seconds = seconds
        self._known: dict[_Told, float] = {}

    def to(self, told: _Told) -> float:
        found = self._known.get(told)
        if found is None:
            gap = abs(told.seconds - self._seconds) / DAY
            found = self._known[told] = faded(cosine(self.profile, told.profile), gap)
        return found


def _compare(alike: _Alike, peers: Sequence[_Told], crowd: float) -> Placement:
    likenesses = [alike.to(peer) for peer in peers]
    similarity = max(0.0, likeness(likenesses) - crowd)
    if similarity >= THRESHOLD:
        similarity *= agreement(alike.profile, [peer.profile for peer in peers])
    nearest = peers[likenesses.index(max(likenesses))]
    return Placement(story=nearest.story, similarity=similarity, by=nearest.id)


def _is_round_up(best: Placement, profile: Profile, peers: Mapping[int, Sequence[_Told]]) -> bool:
    profiles = {story: [one.profile for one in told] for story, told in peers.items()}
    story = profiles.pop(best.story)
    return is_round_up(profile, story, profiles.values())


def _is_copy(one: Profile, other: Profile) -> bool:
    # Notices made from one form differ in their figures alone: they are no copies.
    return one.title_numbers == other.title_numbers and cosine(one, other) >= COPY


def _along(profile: Profile, centre: dict[str, int]) -> int:
    return sum(weight * centre[term] for term, weight in profile.weights.items())


def _kept(items: dict[Key, list[_Told]], limit: float) -> dict[Key, list[_Told]]:
    left = {key: [one for one in held if one.seconds >= limit] for key, held in items.items()}
    return {key: held for key, held in left.items() if held}

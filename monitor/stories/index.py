"""The story index: finds the story that an item joins, first as a syndicated copy, then as the same event.

Decisions depend only on the items added so far and their order, so an index rebuilt from the same rows decides the same.
The story that an item joins depends only on items at most a window away from it, before or after.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from monitor.stories.comparison import (
    Comparison,
    GroupedItem,
    Placement,
    compare,
    is_development,
    without_earlier_editions,
)
from monitor.stories.continuation import Continuation
from monitor.stories.headline import Headline
from monitor.stories.in_other_languages import OtherLanguages, decides_by_meaning
from monitor.stories.profile import UNIT, Profile, read_profile
from monitor.stories.similarity import (
    CROWD_SHARE,
    THRESHOLD,
    crowding,
    is_round_up,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.topics.vocabulary.document import Document
    from monitor.topics.vocabulary.embeddings import Meanings

WINDOW = timedelta(days=7)  # the coverage of an event ends within this time; later items open a new story
COPIES_ASKED = 3  # nearest items among which the original of a copy is sought
ASKED_STEMS = 8  # heaviest stems of an item used to find others: rare words identify an event
INDEXED_STEMS = 24  # heaviest stems under which an item is found
READ_POSTINGS = 50  # newest items read under one stem: bounds the work where all items are about one thing
NEAR_ITEMS = 12  # items compared in full
NEAR_STORIES = 4  # stories compared
PEERS = 12  # newest items of a story an item is compared with: bounds the work in long stories


class StoryIndex:
    """The items of a window of days, each in its story."""

    def __init__(
        self, *, window: timedelta = WINDOW, earlier: int = 0, meanings: Meanings | None = None
    ) -> None:
        """Begin empty; `earlier` is the number of items that were grouped before those to be added.

        With `meanings`, an item also joins a story in another language.
        """
        self.others = OtherLanguages(meanings) if meanings else None
        self._earlier = earlier
        self._window = window.total_seconds()
        self._items: list[GroupedItem] = []
        # The search for near items reads hundreds of times; plain numbers are stored close together in memory.
        self._seconds = array("d")
        self._postings: dict[str, array[int]] = defaultdict(_places)
        self._stories: dict[int, array[int]] = defaultdict(_places)
        self._texts: dict[str, str] = {}  # for an item that repeats a text: the item with the text
        self._leads: dict[tuple[int, int], str] = {}  # story, hash of a text's first words: the first item
        self._headlines: dict[int, Headline] = {}  # of stories whose headline was asked for
        self._continuation = Continuation()
        self._last: tuple[Document, Profile] | None = None
        self._developed: tuple[Document, int] | None = None  # a development found last, and its story

    def find(self, document: Document, at: datetime) -> Placement | None:
        """Return where an item seen at `at` belongs, or None when it opens a story of its own."""
        profile, seconds = self._profile(document), at.timestamp()
        found = self._find(document, profile, seconds)
        if found is not None or self._older_story(document) is not None:
            return found
        return self._find_by_meaning(document, profile, seconds)

    def _find(self, document: Document, profile: Profile, seconds: float) -> Placement | None:
        """Return where an item belongs by its words."""
        near = without_earlier_editions(profile, seconds, self._near(profile, seconds))
        alike = Comparison(profile, seconds)
        copied = next((one for one in near[:COPIES_ASKED] if alike.is_copy_of(one)), None)
        if copied is not None:
            return Placement(
                story=copied.story, similarity=alike.cosine(copied) / UNIT, by=copied.id, is_copy=True
            )
        likenesses = [alike.to(one) for one in near]
        crowd = crowding(likenesses, self._earlier + len(self._items))
        stories = [*islice(dict.fromkeys([one.story for one in near]), NEAR_STORIES)]
        # A story is at most as similar as its nearest item, so most stories need no full comparison.
        least = THRESHOLD + CROWD_SHARE * crowd
        likely = {one.story for one, known in zip(near, likenesses, strict=True) if known >= least}
        peers = {story: self._peers(story, seconds, profile.language) for story in stories if story in likely}
        found = (compare(alike, its, crowd) for its in peers.values() if its)
        fitting = [one for one in found if one.similarity >= THRESHOLD]
        # A round-up belongs to none of the stories it mentions, but may belong to that of another round-up.
        fitting = [one for one in fitting if not self._is_round_up(one, profile, stories, seconds)]
        moved_on = [one for one in fitting if is_development(one, alike, peers[one.story], crowd)]
        fitting = [one for one in fitting if one not in moved_on]
        best = max(fitting or moved_on, key=_rank, default=None)
        self._developed = (document, best.story) if best and not fitting else None
        return best if fitting else None

    def _find_by_meaning(self, document: Document, profile: Profile, seconds: float) -> Placement | None:
        found = self.others.find(document, profile.language, seconds) if self.others else None
        if found is None:
            return None
        return Placement(story=found.story, similarity=found.cosine, by=found.id, is_by_meaning=True)

    def text_of(self, document: Document, placement: Placement) -> str | None:
        """Return the id of the first item of its story whose text an item repeats word for word; None for its own text."""
        lead = self._profile(document).lead
        original = self._leads.get((placement.story, lead)) if lead is not None else None
        if original is None and placement.is_copy:
            original = placement.by
        return None if original is None else self._texts.get(original, original)

    def add(self, document: Document, at: datetime, story: int, *, text_of: str | None = None) -> None:
        """Add an item to its story; a rebuild calls this for the window's rows in stored order."""
        profile, place, seconds = self._profile(document), len(self._items), at.timestamp()
        self._items.append(GroupedItem(id=document.id, seconds=seconds, story=story, profile=profile))
        self._seconds.append(seconds)
        self._stories[story].append(place)
        if text_of is not None:
            self._texts[document.id] = text_of
        if profile.lead is not None:
            self._leads.setdefault((story, profile.lead), document.id)
        for term in islice(profile.weights, INDEXED_STEMS):
            self._postings[term].append(place)
        self._continuation.add(profile, story)
        if self.others is not None:
            self.others.add(document, profile.language, seconds, story)

    def remember(self, document: Document, story: int) -> None:
        """Add a first item of an older story, for continuations; a rebuild calls this before `add`, in the stories' order."""
        self._continuation.add(self._profile(document), story)

    def continued(self, document: Document) -> int | None:
        """Return the older story that an item which opens a new story continues, None if there is none.

        For a development, this is the story that `find` compared the item with.
        """
        older = self._older_story(document)
        return self._continuation.before(self._profile(document)) if older is None else older

    def headline(self, story: int) -> str:
        """Return the id of a story's most central item, the earliest of equals; KeyError if none is held."""
        if story not in self._stories:
            raise KeyError(story)
        places = self._stories[story]
        headline = self._headlines.setdefault(story, Headline())
        for place in islice(places, len(headline), None):
            headline.add(self._items[place].profile.weights)
        return self._items[places[headline.best()]].id

    def _profile(self, document: Document) -> Profile:
        # An item is added right after it was placed; caching its profile saves a third of the work.
        if self._last is None or self._last[0] is not document:
            self._last = (document, read_profile(document))
        return self._last[1]

    def _near(self, profile: Profile, seconds: float) -> list[GroupedItem]:
        """Return the items in the window that share the most of an item's heaviest stems, nearest first."""
        shared: dict[int, int] = {}
        for term, weight in islice(profile.weights.items(), ASKED_STEMS):
            places = self._postings.get(term)
            if places is None:
                continue
            found = dict.fromkeys(self._newest(places, seconds, READ_POSTINGS), weight)
            for place in shared.keys() & found.keys():
                found[place] += shared[place]
            # Of two items that share the same number, the one found first counts as nearer.
            shared |= found
        # Faster than `nlargest` for so few items.
        nearest = sorted(shared, key=shared.__getitem__, reverse=True)[:NEAR_ITEMS]
        return [self._items[place] for place in nearest]

    def _newest(self, places: array[int], seconds: float, most: int) -> Sequence[int]:
        """Return the last `most` of some positions whose items are at most a window away, last first."""
        earliest, latest, held = seconds - self._window, seconds + self._window, self._seconds
        newest = places[: -most - 1 : -1]
        found = [place for place in newest if earliest <= held[place] <= latest]
        if len(found) == len(newest) or len(newest) == len(places):
            return found
        within = (place for place in reversed(places) if earliest <= held[place] <= latest)
        return [*islice(within, most)]

    def _peers(self, story: int, seconds: float, language: str) -> list[GroupedItem]:
        """Return a story's newest items at most a window away, newest first.

        Items in other languages are left out where their meaning decides.
        """
        peers = [self._items[place] for place in self._newest(self._stories[story], seconds, PEERS)]
        if self.others is None:
            return peers
        return [one for one in peers if not decides_by_meaning(one.profile.language, language)]

    def _older_story(self, document: Document) -> int | None:
        """Return the story that an item develops; None if `find` did not just find it to be a development."""
        if self._developed is None or self._developed[0] is not document:
            return None
        return self._developed[1]

    def _is_round_up(self, best: Placement, profile: Profile, stories: Sequence[int], seconds: float) -> bool:
        def profiles(story: int) -> list[Profile]:
            return [one.profile for one in self._peers(story, seconds, profile.language)]

        return is_round_up(profile, profiles(best.story), map(profiles, filter(best.story.__ne__, stories)))


def _rank(one: Placement) -> tuple[float, int]:
    return one.similarity, -one.story


def _places() -> array[int]:
    return array("L")

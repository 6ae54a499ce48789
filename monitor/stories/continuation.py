"""Which older story a new one takes up again: the one its first item would have joined, had both been of one day."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice

from monitor.stories.profile import UNIT, Profile
from monitor.stories.similarity import agreement, cosine, likeness

REMEMBERED = 500  # stories of a topic: bounds memory, and what is read at a start
BEGINNING = 2  # items of each: they tell the event, later ones its consequences
ASKED = (
    50  # newest stories of one name that are compared: bounds the work where everyone writes of one company
)
CONTINUES = 0.205  # likeness from which a story continues another


class Continuation:
    """The beginnings of a topic's last stories, told of in the order they opened; an id is never lower than those before."""

    def __init__(self) -> None:
        self._began: dict[int, list[Profile]] = {}
        self._called: dict[str, dict[int, None]] = defaultdict(dict)

    def add(self, profile: Profile, story: int) -> None:
        """Remember an item as one of its story's first; more than `BEGINNING` change nothing."""
        began = self._began.get(story)
        if began is None:
            if self._began and story < next(reversed(self._began)):
                return  # it opened before those remembered
            began = self._began[story] = []
        if len(began) < BEGINNING:
            began.append(profile)
            for name in profile.title_names:
                self._called[name][story] = None
        if len(self._began) > REMEMBERED:
            self._drop(next(iter(self._began)))

    def before(self, profile: Profile) -> int | None:
        """Return the story that an item takes up again, None if there is none; it shares a name with it."""
        asked = {
            story
            for name in profile.title_names
            for story in islice(reversed(self._called.get(name, {})), ASKED)
        }
        found = {story: self._alike(profile, story) for story in asked}
        best = max(found, key=lambda story: (found[story], story), default=None)
        return best if best is not None and found[best] >= CONTINUES else None

    def _alike(self, profile: Profile, story: int) -> float:
        began = self._began[story]
        alike = likeness([cosine(profile, one) / UNIT for one in began])
        return alike * agreement(profile, began) if alike >= CONTINUES else 0.0

    def _drop(self, story: int) -> None:
        for name in {name for one in self._began.pop(story) for name in one.title_names}:
            self._called[name].pop(story, None)
            if not self._called[name]:
                del self._called[name]

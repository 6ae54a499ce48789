"""Finds the older story that a new one continues: the one its first item would have joined within the window."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain, combinations, islice

from monitor.stories.profile import UNIT, Profile
from monitor.stories.similarity import THRESHOLD, beyond, cosine, crowding

REMEMBERED = 500  # stories of a topic: bounds memory, and the rows read at a start
BEGINNING = 2  # first items of each: they report the event, later ones its consequences
ASKED = 50  # newest stories with one name that are compared: bounds the work where all items are about one company


class Continuation:
    """The first items of a topic's last stories. Stories must be added in the order of their ids."""

    def __init__(self) -> None:
        self._began: dict[int, list[Profile]] = {}
        self._called: dict[str, dict[int, None]] = defaultdict(dict)

    def add(self, profile: Profile, story: int) -> None:
        """Add an item to its story's first items; items after the first `BEGINNING` are ignored."""
        began = self._began.get(story)
        if began is None:
            if self._began and story < next(reversed(self._began)):
                return  # older than all remembered stories
            began = self._began[story] = []
        if len(began) < BEGINNING:
            began.append(profile)
            for name in profile.title_names:
                self._called[name][story] = None
        if len(self._began) > REMEMBERED:
            self._drop(next(iter(self._began)))

    def before(self, profile: Profile) -> int | None:
        """Return the story that an item continues: it shares a name and is as similar as for joining; None without one.

        If all items are about one thing, only similarity above that of the neighbouring items counts.
        """
        asked = {
            story
            for name in profile.title_names
            for story in islice(reversed(self._called.get(name, {})), ASKED)
        }
        alike = {story: [cosine(profile, one) / UNIT for one in self._began[story]] for story in asked}
        crowd = crowding(chain.from_iterable(alike.values()), 0)
        found = {story: self._fit(profile, story, its, crowd) for story, its in alike.items()}
        best = max(found, key=lambda story: (found[story], story), default=None)
        return best if best is not None and found[best] >= THRESHOLD else None

    def _fit(self, profile: Profile, story: int, alike: list[float], crowd: float) -> float:
        began = self._began[story]
        pairs = [cosine(one, other) / UNIT for one, other in combinations(began, 2)]
        return beyond(alike, crowd, lambda: sum(pairs) / len(pairs) if pairs else crowd, profile, began)

    def _drop(self, story: int) -> None:
        for name in {name for one in self._began.pop(story) for name in one.title_names}:
            self._called[name].pop(story, None)
            if not self._called[name]:
                del self._called[name]

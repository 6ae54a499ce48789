"""The demo's stories are the same in whatever order the feeds answer."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime

import pytest

from monitor.demo.outlets import DemoItem, Outlet, load_outlets
from monitor.stories.index import StoryIndex
from monitor.text.words import plain
from monitor.topics.vocabulary.document import Document

START = datetime(2026, 3, 4, 12, tzinfo=UTC)


def in_some_order(seed: int) -> list[tuple[Outlet, DemoItem]]:
    """Return the topic's items in rounds, with the outlets of each round in a different order."""
    dice, outlets, found = random.Random(seed), list(load_outlets()), []
    for number in range(1, 1 + max(item.round for outlet in outlets for item in outlet.items)):
        dice.shuffle(outlets)
        found += [
            (outlet, item)
            for outlet in outlets
            for item in outlet.items
            if item.round == number and item.story is not None
        ]
    return found


def placed(seed: int) -> dict[int, set[str | None]]:
    """Return the indices of the stories that the items of each of the demo's stories joined."""
    index, stories = StoryIndex(), defaultdict(set)
    for number, (outlet, item) in enumerate(in_some_order(seed)):
        document = Document(id=f"{outlet.host}/{item.id}", title=item.title, summary=plain(item.summary))
        at = item.published_at(start=START) if outlet.dated else START
        placement = index.find(document, at)
        story = number if placement is None else placement.story
        index.add(document, at, story)
        stories[story].add(item.story)
    return stories


@pytest.mark.parametrize("seed", range(12))
def test_no_neighbouring_event_joins_another_whatever_the_order(seed):
    """The vans, the warrant bill and the sheriff never join the story of the council's ban, or each other."""
    assert [held for held in placed(seed).values() if len(held) > 1] == []


@pytest.mark.parametrize("seed", range(12, 24))
def test_every_story_is_whole_whatever_the_order(seed):
    """A story that is split would cause an extra alert."""
    assert len(placed(seed)) == 7

"""A story continues an older one only if it would have joined it within the window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.stories.index import StoryIndex
from monitor.topics.vocabulary.document import Document

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINISTER = Document(
    id="1",
    title="Minister Tornau prepares Velmont for a new normal",
    summary="Ilse Tornau told parliament that shops may open in May if the number of infections keeps falling, that "
    "masks stay compulsory on trains, and that schools follow in June. The opposition called the plan vague.",
)
SLEEP = Document(
    id="2",
    title="Sleepless in Velmont",
    summary="Masks, trains and schools: doctors explain how the lockdown changes dreams and bedtimes, with screens until "
    "midnight, no commute and little daylight. A survey of the sleep clinic in Brevik found that every third wakes.",
)
NEXT = Document(
    id="3",
    title="Minister Tornau puts off the new normal in Velmont",
    summary="Ilse Tornau told parliament that shops may not open before June, since the number of infections rises, and "
    "that masks stay compulsory on trains. The opposition called the plan vague once more.",
)


def an_index() -> StoryIndex:
    index = StoryIndex()
    index.add(MINISTER, NOON, 1)
    return index


def test_a_loosely_similar_story_is_no_continuation() -> None:
    """A name and a few words in common on a broad topic are not the same event."""
    assert an_index().find(SLEEP, NOON) is None
    assert an_index().continued(SLEEP) is None


def test_a_later_item_that_would_have_joined_continues_the_story() -> None:
    """An item too late to join opens a story that names the one it continues."""
    found = an_index().find(NEXT, NOON)
    assert found is not None
    assert found.story == 1
    assert an_index().find(NEXT, NOON + timedelta(days=60)) is None
    assert an_index().continued(NEXT) == 1

"""A development of a later day is a story of its own, and a story goes on while its reports repeat what it was about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.stories.index import StoryIndex
from monitor.topics.vocabulary.document import Document

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

TOLL = (
    "Velmont council debates bridge toll plan",
    "Mayor Odile Brask wants drivers to pay two crowns at the Brevik bridge from spring.",
)
DIVIDED = (
    "Brask's bridge toll divides Velmont council",
    "Councillors argued over two crowns for drivers on the Brevik bridge.",
)
RESIGNS = (
    "Velmont mayor Odile Brask resigns over bridge toll",
    "Brask stepped down after auditors found payments from the toll firm Nordpay to her campaign.",
)
PAID = (
    "Auditors find Nordpay payments: mayor Brask resigns",
    "Nordpay had paid for the campaign of Odile Brask, who stepped down when auditors told the city.",
)
STEPS_DOWN = (
    "Nordpay paid for campaign: Velmont's Brask steps down",
    "Auditors found payments; Odile Brask resigns as mayor.",
)
FERRY = ("Ferry Orrin sinks off Skarvik", "The coast guard brought all passengers ashore.")


def stories_of(*items: tuple[int, tuple[str, str]]) -> list[int]:
    """Return the stories of items, each seen some hours after noon, in an archive that is not new."""
    index, found = StoryIndex(earlier=500), []
    for number, (hours, (title, summary)) in enumerate(items):
        document, at = Document(id=str(number), title=title, summary=summary), NOON + HOUR * hours
        placement = index.find(document, at)
        found.append(number if placement is None else placement.story)
        index.add(document, at, found[-1])
    return found


def test_the_second_report_of_the_next_day_opens_a_story() -> None:
    """The first report joins the story of the day before; the others are a story, whose alert tells the development."""
    assert stories_of((0, TOLL), (1, DIVIDED), (30, RESIGNS), (31, PAID), (32, STEPS_DOWN)) == [0, 0, 0, 3, 3]


def test_a_development_continues_the_story_of_the_day_before() -> None:
    """Its alert names that story, and its mails are in one thread."""
    index = StoryIndex(earlier=500)
    for number, (hours, (title, summary)) in enumerate([(0, TOLL), (1, DIVIDED), (30, RESIGNS)]):
        index.add(Document(id=str(number), title=title, summary=summary), NOON + HOUR * hours, 7)
    document = Document(id="9", title=PAID[0], summary=PAID[1])
    assert index.find(document, NOON + HOUR * 31) is None
    assert index.continued(document) == 7
    assert index.find(Document(id="10", title=FERRY[0]), NOON + HOUR * 31) is None
    assert index.continued(Document(id="10", title=FERRY[0])) is None


def test_reports_of_the_same_day_stay_together() -> None:
    """Within hours, a report that repeats the last one belongs to the same event."""
    assert stories_of((0, TOLL), (1, DIVIDED), (4, RESIGNS), (5, PAID)) == [0, 0, 0, 0]


def test_later_reports_of_the_same_facts_stay_in_the_story() -> None:
    """The next day's reports of what the story was about join it."""
    again = (
        "Drivers object to Velmont bridge toll",
        "Two crowns at the Brevik bridge are too much, Brask was told.",
    )
    more = (
        "Velmont bridge toll: drivers object",
        "Mayor Brask was told that two crowns for the Brevik bridge is much.",
    )
    assert stories_of((0, TOLL), (1, DIVIDED), (30, again), (31, more)) == [0, 0, 0, 0]


def test_an_item_follows_what_the_owner_merged() -> None:
    """Items of another day that have nothing in common with the story were merged by its owner, so the next joins them."""
    index = StoryIndex(earlier=500)
    for number, (hours, (title, summary)) in enumerate([(0, TOLL), (1, DIVIDED), (30, FERRY)]):
        index.add(Document(id=str(number), title=title, summary=summary), NOON + HOUR * hours, 7)
    title = "Coast guard saves all from sinking Orrin"
    document = Document(id="9", title=title, summary="The ferry went down in a storm near Skarvik.")
    placement = index.find(document, NOON + HOUR * 31)
    assert placement is not None
    assert (placement.story, placement.is_copy) == (7, False)

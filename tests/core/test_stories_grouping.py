"""Items join the right story, and a rebuilt index decides the same as one that ran all the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.stories.index import WINDOW, StoryIndex
from monitor.topics.vocabulary.document import Document

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WORDS = (
    "Harbour",
    "Velmont",
    "council",
    "Orrin",
    "flood",
    "ferry",
    "14",
    "500",
    "vote",
    "strike",
    "Brevik",
    "fire",
    "the",
)
TITLES = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
ITEMS = st.lists(st.tuples(TITLES, TITLES, st.integers(-400, 400)), max_size=25)


def a_document(id_="1", title="Velmont ferry sinks off Brevik", summary="", **more):
    return Document(id=id_, title=title, summary=summary, **more)


def joined(index, document, at=NOON):
    placement = index.find(document, at)
    return None if placement is None else placement.story


def indexed(*documents, at=NOON):
    """Return an index with each document in a story of its own, numbered from 1."""
    index = StoryIndex()
    for story, document in enumerate(documents, start=1):
        index.add(document, at, story)
    return index


def grouped(index, items, first=0):
    """Place items one after another; return their stories and the rows that the database would store."""
    rows = []
    for number, (title, summary, hours) in enumerate(items, start=first):
        document, at = a_document(str(number), title, summary), NOON + HOUR * hours
        placement = index.find(document, at)
        story = number if placement is None else placement.story
        index.add(document, at, story)
        rows.append((document, at, story))
    return rows


def test_the_first_item_opens_a_story():
    """An empty index knows no story to join."""
    assert StoryIndex().find(a_document(), NOON) is None


def test_an_item_without_words_opens_a_story():
    """An item without words is compared with nothing."""
    empty = a_document("1", "", "")
    assert joined(indexed(empty), a_document("2", "", "")) is None


def test_a_copy_joins_however_late_in_the_window():
    """A syndicated text printed days later by another outlet joins the story."""
    text = "The ferry Orrin sank off Brevik on Sunday; the coast guard brought all 43 passengers ashore in Velmont."
    index = indexed(a_document("1", "Ferry sinks off Brevik", text))
    placement = index.find(a_document("2", "Ferry sinks off Brevik", text), NOON + timedelta(days=6))
    assert placement is not None
    assert (placement.story, placement.by, placement.similarity) == (1, "1", pytest.approx(1, abs=0.01))


def test_the_same_event_in_other_words_joins():
    """Reports of one event join although each outlet uses its own words."""
    index = indexed(a_document("1", "Ferry Orrin sinks off Brevik", "All 43 passengers were brought ashore."))
    other = a_document(
        "2", "Brevik: coast guard saves passengers of sunken ferry", "The Orrin took 43 people along."
    )
    assert joined(index, other, NOON + HOUR) == 1


def test_another_actor_opens_a_story():
    """A similar move by a rival company is another event, because the titles name different companies."""
    index = indexed(a_document("1", "Velmont Bank halts lending to coal mines", "It joins a pledge."))
    other = a_document("2", "Quillon Trust halts lending to coal mines", "The fund manages savings.")
    same = a_document("3", "Velmont Bank halts lending for coal mines", "The fund manages savings.")
    assert joined(index, other, NOON + HOUR) is None
    assert joined(index, same, NOON + HOUR) == 1


def test_a_new_actor_opens_a_story_though_it_mentions_the_old_one():
    """A story of one company does not absorb the next company's move, whose text recalls the first."""
    index = StoryIndex()
    for number, verb in enumerate(("halts", "stops", "ends", "gives up")):
        index.add(a_document(str(number), f"Velmont Bank {verb} lending to coal mines"), NOON, 1)
    other = a_document(
        "9", "Quillon ends lending to coal mines", "Velmont Bank had stopped lending to coal mines."
    )
    assert joined(index, other, NOON + HOUR) is None


def test_other_figures_open_a_story():
    """Notices from one template that differ only in their figures are different stories."""
    index = indexed(a_document("1", "Magnitude 4.6 earthquake, 31 km west of Brevik"))
    assert (
        joined(index, a_document("2", "Magnitude 5.2 earthquake, 80 km east of Dastan"), NOON + HOUR) is None
    )


def test_one_word_in_common_is_a_subject_and_no_event():
    """A very short item joins no story on a single common word."""
    index = indexed(a_document("1", "Rescuers, villagers and ferry crews look back on hours of fear"))
    assert joined(index, a_document("2", "What we know of the ferry so far"), NOON + HOUR) is None


def test_events_that_name_nothing_in_common_stay_apart():
    """Two items on one subject are different events if they share no names and no figures."""
    index = indexed(
        a_document("1", "Ban on face recognition by police passes", "Velmont's council voted 7 to 2 for it.")
    )
    other = a_document("2", "Senate votes on face recognition", "Carrow has 27 senators.")
    same = a_document("3", "Police lose face recognition", "The vote in Velmont was close.")
    assert joined(index, other, NOON + HOUR) is None
    assert joined(index, same, NOON + HOUR) == 1


def test_a_close_story_asks_more_of_a_newcomer():
    """An item fits a story with very similar items less well than a loose one with the same overlap."""
    newcomer = a_document("9", "Orrin ferry sinks", "crews of Velmont saved everyone")
    similarities = []
    for summary in ("lindar maskel tobrin hadun", "welkin parvon sintal grebun"):
        index = StoryIndex(earlier=1000)
        index.add(a_document("1", "Orrin ferry sinks", "lindar maskel tobrin hadun"), NOON, 1)
        index.add(a_document("2", "Orrin ferry sinks", summary), NOON, 1)
        placement = index.find(newcomer, NOON + HOUR)
        assert placement is not None
        similarities.append(placement.similarity)
    close, loose = similarities
    assert close < loose - 0.01


def test_repeated_words_add_little():
    """Repeating a word hardly changes the similarity of two texts."""
    index = indexed(a_document("1", "Orrin ferry sinks", "lindar maskel tobrin"))
    similarities = []
    for times in (20, 200):
        placement = index.find(a_document("9", "Orrin ferry sinks", "welkin " * times), NOON + HOUR)
        assert placement is not None
        similarities.append(placement.similarity)
    often, very_often = similarities
    assert very_often > 0.85 * often


def test_more_similarity_is_needed_among_similar_items():
    """A similarity that joins an unusual item does not join one among many equally similar items."""
    story = a_document(
        "s", "Ferry Orrin sinks off Brevik in a storm", "The coast guard saved the passengers."
    )
    item = a_document("i", "After the Orrin: Brevik asks who checked its ferry fleet", "Owners keep silent.")
    alone, crowded = StoryIndex(earlier=10_000), StoryIndex(earlier=10_000)
    alone.add(story, NOON, 1)
    crowded.add(story, NOON, 1)
    for number in range(2, 6):
        crowded.add(a_document(str(number), "Brevik and its Orrin: who checked the ferry"), NOON, number)
    assert joined(alone, item, NOON + HOUR) == 1
    assert joined(crowded, item, NOON + HOUR) != 1


def test_an_event_is_over_after_the_window():
    """The same words after the window open a new story."""
    index = indexed(a_document())
    assert joined(index, a_document("2"), NOON + WINDOW) == 1
    assert joined(index, a_document("2"), NOON + WINDOW + HOUR) is None


def test_an_earlier_item_joins_later():
    """An item dated before those already stored joins the story it belongs to."""
    assert joined(indexed(a_document()), a_document("2"), NOON - HOUR * 30) == 1


def test_an_index_can_have_another_window():
    """The caller sets the window."""
    index = StoryIndex(window=timedelta(hours=2))
    index.add(a_document(), NOON, 1)
    assert joined(index, a_document("2"), NOON + HOUR * 3) is None


def test_headline_is_the_most_central_item():
    """The headline is the item most similar to the others; among equals the earliest."""
    index = StoryIndex()
    index.add(a_document("a", "Brevik ferry: what we know"), NOON, 7)
    index.add(a_document("b", "Ferry Orrin sinks off Brevik, passengers safe"), NOON, 7)
    index.add(a_document("c", "Ferry Orrin sinks off Brevik, passengers safe"), NOON, 7)
    index.add(a_document("d", "Passengers of the Orrin safe"), NOON, 7)
    assert index.headline(7) == "b"


def test_headline_of_an_unknown_story_is_an_error():
    """A story without items in the index has no headline."""
    with pytest.raises(KeyError):
        StoryIndex().headline(1)


def test_a_document_in_another_language_is_grouped():
    """Words are stemmed in the item's language."""
    index = indexed(a_document("1", "Fähre vor Brevik gesunken, Passagiere gerettet", language="de"))
    other = a_document("2", "Vor Brevik gesunkene Fähre: alle Passagiere sind gerettet", language="de")
    assert joined(index, other, NOON + HOUR) == 1


@settings(max_examples=60, deadline=None)
@given(items=ITEMS, cut=st.integers(0, 25))
def test_a_rebuilt_index_decides_like_one_that_never_stopped(items, cut):
    """Rebuilding the index from stored rows after any item gives the same stories."""
    whole = grouped(StoryIndex(), items)
    rebuilt = StoryIndex()
    for row in whole[:cut]:
        rebuilt.add(*row)
    assert whole[:cut] + grouped(rebuilt, items[cut:], first=cut) == whole


@settings(max_examples=40, deadline=None)
@given(items=ITEMS)
def test_a_story_begins_with_the_item_that_opened_it(items):
    """Each item is in exactly one story, which it or an earlier item opened."""
    opened = set()
    for number, (_, _, story) in enumerate(grouped(StoryIndex(), items)):
        assert story == number or story in opened
        opened.add(story)


@given(title=st.text(max_size=60), summary=st.text(max_size=60))
@settings(max_examples=80, deadline=None)
def test_any_text_is_placed(title, summary):
    """Grouping never fails, and a similarity lies in (0, 1]."""
    document = a_document("1", title, summary)
    placement = indexed(document).find(document, NOON)
    assert placement is None or 0 < placement.similarity <= 1


BRIEFING = "Morning briefing: what to know in Velmont today"
DAYS = (
    "The council votes on the harbour. A strike stops the trams. Rain until the evening.",
    "Orrin Lines sells its last ferry. The bridge opens again. Schools close for the holidays.",
)


@pytest.mark.parametrize("texts", [DAYS, ("", ""), ("What you need to know.", "What you need to know.")])
def test_the_editions_of_a_recurring_page_are_stories_of_their_own(texts):
    """A feed's page with yesterday's title and another text, or none, opens a story for its day."""
    index = StoryIndex()
    index.add(a_document("1", BRIEFING, texts[0], feed="Daily"), NOON, 1)
    today = a_document("2", BRIEFING, texts[1], feed="Daily")
    assert joined(index, today, NOON + 24 * HOUR) is None
    index.add(today, NOON + 24 * HOUR, 2)
    later = a_document("3", BRIEFING, texts[1], feed="Daily")
    assert joined(index, later, NOON + 26 * HOUR) == 2
    assert joined(index, a_document("4", BRIEFING, texts[1], feed="Other"), NOON + 24 * HOUR) is not None


def test_a_report_published_again_the_next_day_stays_in_its_story():
    """The same text under the same title is no new edition."""
    index = StoryIndex()
    text = " ".join(DAYS)
    index.add(a_document("1", "Velmont ferry sinks off Brevik", text, feed="Daily"), NOON, 1)
    again = a_document("2", "Velmont ferry sinks off Brevik", f"{text} Divers arrive.", feed="Daily")
    assert joined(index, again, NOON + 24 * HOUR) == 1

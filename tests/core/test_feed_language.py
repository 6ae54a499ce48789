"""The language of feeds that give none."""

from __future__ import annotations

from documents import feed_of, rss

GERMAN = ("Brücke gesperrt", "Pendler warten im Stau", "Hochwasser steigt weiter", "Der Minister kommt am Montag",
          "Neue Fähre fährt ab Freitag", "Streit um die Kosten")  # fmt: skip


def languages_of(titles, channel=""):
    return {
        item.language
        for item in feed_of(rss(*(f"<title>{title}</title>" for title in titles), channel=channel)).items
    }


def test_items_of_a_feed_that_gives_no_language_have_the_one_of_its_titles():
    """A title that is too short by itself is in the language of the titles around it."""
    assert languages_of(GERMAN) == {"de"}


def test_a_feed_keeps_the_language_that_it_gives():
    """What a feed says is stored as it is."""
    assert languages_of(GERMAN, channel="<language>de-at</language>") == {"de-at"}


def test_few_titles_and_several_languages_give_none():
    """Where the titles do not agree, or are too few, each item is judged by itself."""
    english = ("Bridge closed to all traffic", "The minister will come on Monday", "Commuters wait for hours",
               "Flood water rises in the town", "A new ferry from Friday")  # fmt: skip
    assert languages_of(GERMAN[:2]) == {None}
    assert languages_of((*GERMAN[:5], *english)) == {None}

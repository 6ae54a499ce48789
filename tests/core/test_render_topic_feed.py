"""A topic as a feed: one entry a story, updated and never doubled, the same bytes while nothing changes."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import feedparser
from builders import NOON, news_of

from alerts.render.topic_feed import TopicFeed, topic_atom, topic_json
from storage.model import StoryNews

HOSTILE = 'Fish & chips </entry><entry> \x00 ]]> <script>alert(1)</script> "onload=1 \u202e'


def a_feed(*stories: StoryNews) -> TopicFeed:
    return TopicFeed(
        topic="police",
        stories=stories,
        ledger_id="abc",
        pages="https://watch.example.org",
        address="https://watch.example.org/atom/police?token=t",
    )


def test_a_topic_is_a_feed_of_its_stories() -> None:
    """Each entry links to the story's page and has its begin and its last change."""
    feed = feedparser.parse(
        io.BytesIO(topic_atom(a_feed(news_of(["Post", "Wire"]), news_of(["Sun"], number=7))))
    )
    assert not feed.bozo
    assert feed.feed.title == "storywatch: police"
    assert [one.link for one in feed.entries] == [
        f"https://watch.example.org/stories/s{number}" for number in (12, 7)
    ]
    assert (feed.entries[0].published, feed.entries[0].updated) == (
        "2026-03-04T12:00:00Z",
        "2026-03-04T12:05:00Z",
    )
    assert feed.feed.updated == "2026-03-04T12:05:00Z"


def test_a_story_that_grew_is_the_same_entry_with_a_later_time() -> None:
    """A feed reader then updates the entry."""
    before, after = (
        ET.fromstring(topic_atom(a_feed(news_of(names)))) for names in (["Post"], ["Post", "Wire"])
    )
    atom = "{http://www.w3.org/2005/Atom}"
    ids = [[one.text for one in root.iter(f"{atom}id")] for root in (before, after)]
    assert ids[0] == ids[1]
    assert before.findtext(f"{atom}entry/{atom}updated") != after.findtext(f"{atom}entry/{atom}updated")


def test_a_topic_is_a_json_feed() -> None:
    """It has the fields that JSON Feed 1.1 requires, and the article's link beside the page's."""
    value = json.loads(topic_json(a_feed(news_of(["Post", "Wire"]))))
    assert value["version"] == "https://jsonfeed.org/version/1.1"
    [item] = value["items"]
    assert item["id"] == "urn:storywatch:abc:story:s12"
    assert item["url"] == "https://watch.example.org/stories/s12"
    assert item["external_url"] == "https://post.example/12/0"
    assert (item["date_published"], item["date_modified"]) == ("2026-03-04T12:00:00Z", "2026-03-04T12:05:00Z")
    assert "the whole story" in item["content_html"]


def test_a_topic_without_a_story_is_an_empty_feed() -> None:
    """It has no time of change."""
    feed = feedparser.parse(io.BytesIO(topic_atom(a_feed())))
    assert (feed.bozo, feed.entries, feed.feed.updated) == (False, [], "1970-01-01T00:00:00Z")
    assert json.loads(topic_json(a_feed()))["items"] == []


def test_hostile_words_make_no_second_entry_and_no_script() -> None:
    """Titles, outlets and names of topics are escaped."""
    news = news_of([HOSTILE, "Wire"], title=HOSTILE)
    feed = replace(a_feed(news), topic=HOSTILE)
    read = feedparser.parse(io.BytesIO(topic_atom(feed)))
    assert (read.bozo, len(read.entries)) == (False, 1)
    for markup in (
        read.entries[0].content[0].value,
        json.loads(topic_json(feed))["items"][0]["content_html"],
    ):
        assert "<script" not in markup
        assert "\u202e" not in markup


def test_an_unchanged_feed_is_the_same_bytes() -> None:
    """Nothing in it depends on the time of the request."""
    news = news_of(["Post"], last_seen=NOON + timedelta(days=3))
    assert topic_atom(a_feed(news)) == topic_atom(a_feed(news))

"""The demo's bundled outlets: complete, correctly labelled, and well-formed in every format."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from html import unescape
from io import BytesIO
from itertools import pairwise

import feedparser
import pytest

from monitor.demo.aggregator import PATH, alert_feed
from monitor.demo.formats import render
from monitor.demo.outlets import DemoItem, Format, Outlet, load_outlets
from monitor.polling.parsing.forms import parse
from monitor.polling.parsing.parsed_feed import ParsedFeed
from monitor.polling.parsing.read_body import ReadFeed, read_document

NOW = datetime(2024, 5, 17, 9, 30, 12, 250_000, tzinfo=UTC)
BASE = "http://127.0.0.1:8123"
FACE = re.compile(r"\b(face|facial)[ -](recognition|search|scan|match)|gesichtserkennung", re.IGNORECASE)
POLICE = re.compile(r"\bpolic(e|ing)|\bsheriff|law enforcement|\bdeput(y|ies)\b|polizei", re.IGNORECASE)
OUTLETS = load_outlets()
ITEMS = [(outlet, item) for outlet in OUTLETS for item in outlet.items]


XML_FEEDS = {Format.RSS2: "rss20", Format.RSS1: "rss10", Format.ATOM: "atom10"}


def parsed(outlet: Outlet, *items: DemoItem):
    body, content_type = render(outlet, items or outlet.visible(3), now=NOW, base_url=BASE)
    return feedparser.parse(BytesIO(body), response_headers={"content-type": content_type})


def plain(item: DemoItem) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", f"{item.title} {item.summary}")).split())


def stories_of(*rounds: int) -> dict[str, set[str]]:
    told = defaultdict(set)
    for outlet, item in ITEMS:
        if item.story and item.round in rounds:
            told[item.story].add(outlet.title)
    return dict(told)


def decoys(kind: str) -> list[str]:
    return [plain(item) for _, item in ITEMS if item.decoy == kind]


def test_there_is_enough_of_everything():
    """Nine feeds or more, at least two in each format of feeds, a news sitemap, and 160 items or more."""
    assert len(OUTLETS) >= 9
    assert len(ITEMS) >= 160
    formats = Counter(outlet.format for outlet in OUTLETS)
    assert all(count >= 2 for form, count in formats.items() if form is not Format.SITEMAP)
    assert {outlet.format for outlet in OUTLETS} == set(Format)


def test_ids_paths_and_hosts_are_unique():
    """No two items share an id, no two pages of an outlet a path, no two outlets a host."""
    assert len({item.id for _, item in ITEMS}) == len(ITEMS)
    assert len({(outlet.host, item.path) for outlet, item in ITEMS}) == len(ITEMS)
    assert len({outlet.host for outlet in OUTLETS}) == len(OUTLETS)
    assert len({item.title for _, item in ITEMS}) == len(ITEMS)


def test_names_are_invented():
    """Every outlet lives under the top-level domain that nobody can own."""
    assert all(outlet.host.endswith(".example") for outlet in OUTLETS)


def test_items_have_plausible_texts():
    """A summary has 30 to 70 words, and an item is at most one of story and decoy."""
    lengths = {item.id: len(plain(item).removeprefix(item.title).split()) for _, item in ITEMS}
    assert {id_: length for id_, length in lengths.items() if not 30 <= length <= 70} == {}
    assert [item.id for _, item in ITEMS if item.story and item.decoy] == []


def test_most_items_are_there_at_the_start():
    """About three quarters of the items are in the first round, and none is from the future."""
    rounds = Counter(item.round for _, item in ITEMS)
    assert set(rounds) == {1, 2, 3}
    assert 0.7 <= rounds[1] / len(ITEMS) <= 0.8
    assert all(item.age >= timedelta(0) for _, item in ITEMS)


def test_later_rounds_are_newer():
    """In every outlet the items of a later round are newer than all earlier ones."""
    for outlet in OUTLETS:
        newest = [outlet.visible(upto)[0].age for upto in (1, 2, 3)]
        assert all(later <= earlier for earlier, later in pairwise(newest))
        assert newest[1] < newest[0], outlet.title


def test_the_first_round_has_stories_on_the_topic():
    """There are two, each reported by two outlets."""
    standing = stories_of(1)
    assert len(standing) >= 2
    assert all(len(outlets) >= 2 for outlets in standing.values())


def test_new_stories_have_several_outlets():
    """The second round has four new stories or more, each reported by two to five outlets."""
    fresh = stories_of(2)
    assert len(fresh) >= 4
    assert not fresh.keys() & stories_of(1).keys()
    assert all(2 <= len(outlets) <= 5 for outlets in fresh.values())


def test_one_story_grows():
    """The third round adds two or three outlets and a fact to one story of the second."""
    growing = stories_of(3)
    assert len(growing) == 1
    (story, outlets) = growing.popitem()
    assert 2 <= len(outlets) <= 3
    assert not outlets & stories_of(2)[story]
    told_before = " ".join(plain(item) for _, item in ITEMS if item.story == story and item.round == 2)
    later = [plain(item) for _, item in ITEMS if item.story == story and item.round == 3]
    assert "union" not in told_before
    assert all("union" in text and "Port Allard" in text for text in later)


def test_topic_items_name_both_ideas():
    """Every item on the topic mentions face recognition and police."""
    silent = [
        item.id
        for _, item in ITEMS
        if item.story and not (FACE.search(plain(item)) and POLICE.search(plain(item)))
    ]
    assert silent == []


def test_no_other_item_names_both():
    """No decoy and no background item mentions both."""
    both = [
        item.id
        for _, item in ITEMS
        if not item.story and FACE.search(plain(item)) and POLICE.search(plain(item))
    ]
    assert both == []


def test_outlets_tell_a_story_in_their_own_words():
    """No two items share a run of six words."""
    runs = defaultdict(set)
    for _, item in ITEMS:
        words = re.findall(r"\w+", plain(item).lower())
        for start in range(len(words) - 5):
            runs[tuple(words[start : start + 6])].add(item.id)
    assert [run for run, tellers in runs.items() if len(tellers) > 1] == []


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("amazon", re.compile("amazon", re.IGNORECASE)),
        ("phones", re.compile("face id|face unlock", re.IGNORECASE)),
        ("police", POLICE),
        ("faces", re.compile(r"\bfac(e|ial)\b", re.IGNORECASE)),
        ("rainforest", re.compile("amazon", re.IGNORECASE)),
    ],
)
def test_hard_negatives_tempt(kind, named):
    """Each kind has four items or more with its misleading word, some of them in round 2."""
    assert len(decoys(kind)) >= 4
    assert all(named.search(text) for text in decoys(kind))
    assert any(item.decoy == kind and item.round == 2 for _, item in ITEMS)


def test_every_decoy_is_of_a_known_kind():
    """A label that no test uses is a mistake."""
    kinds = {item.decoy for _, item in ITEMS if item.decoy}
    assert kinds == {"amazon", "phones", "police", "faces", "rainforest"}


@pytest.mark.parametrize("outlet", [o for o in OUTLETS if o.format in XML_FEEDS], ids=lambda o: o.title)
def test_xml_feeds_parse(outlet):
    """Every RSS and Atom feed parses without complaint: titles, links, text, authors, dates."""
    feed = parsed(outlet)
    assert not feed.bozo
    assert feed.version == XML_FEEDS[outlet.format]
    assert feed.feed.title == outlet.title
    shown = outlet.visible(3)
    assert [entry.title for entry in feed.entries] == [item.title for item in shown]
    assert [entry.link for entry in feed.entries] == [BASE + item.path for item in shown]
    for entry, item in zip(feed.entries, shown, strict=True):
        text = entry.content[0].value if "content" in entry else entry.summary
        assert text == item.summary
        assert entry.get("author") in {item.author, outlet.title}
        assert [tag.term for tag in entry.get("tags", [])] == list(item.categories)
        if outlet.dated:
            assert datetime(*(entry.get("published_parsed") or entry.updated_parsed)[:6], tzinfo=UTC) == (
                NOW - item.age
            ).replace(microsecond=0)


@pytest.mark.parametrize("outlet", [o for o in OUTLETS if o.format is Format.JSON], ids=lambda o: o.title)
def test_json_feeds_parse(outlet):
    """A JSON feed has version 1.1's fields, and its items carry text or HTML with a date and a zone."""
    body, content_type = render(outlet, outlet.visible(3), now=NOW, base_url=BASE)
    feed = json.loads(body)
    assert content_type == "application/feed+json"
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == BASE + outlet.path
    for entry, item in zip(feed["items"], outlet.visible(3), strict=True):
        assert (entry["title"], entry["url"]) == (item.title, BASE + item.path)
        assert entry["content_html" if outlet.markup else "content_text"] == item.summary
        expected = (NOW - item.age).replace(microsecond=0)
        assert datetime.fromisoformat(entry["date_published"]) == expected


def test_a_news_sitemap_is_read():
    """It has links, titles and dates; the words that make its item match are only on the item's page."""
    [outlet] = [one for one in OUTLETS if one.format is Format.SITEMAP]
    body, content_type = render(outlet, outlet.visible(3), now=NOW, base_url=BASE)
    feed = parse(body, url=BASE + outlet.path, headers={"content-type": content_type}, now=NOW)
    assert isinstance(feed, ParsedFeed)
    shown = [
        (item.title, BASE + item.path, (NOW - item.age).replace(microsecond=0)) for item in outlet.visible(3)
    ]
    assert [(item.title, item.url, item.published_at) for item in feed.items] == shown
    [telling] = [item for item in outlet.items if item.story]
    assert not POLICE.search(telling.title)


def test_feeds_differ_as_real_ones_do():
    """One outlet lacks dates, one is not English and not UTF-8, some have HTML, authors and categories."""
    undated = [outlet for outlet in OUTLETS if not outlet.dated]
    assert undated
    assert all("published" not in entry for outlet in undated for entry in parsed(outlet).entries)
    foreign = [outlet for outlet in OUTLETS if not outlet.language.startswith("en")]
    assert any(outlet.encoding != "utf-8" for outlet in foreign)
    assert any(not plain(item).isascii() for outlet in foreign for item in outlet.items)
    assert sum(outlet.markup for outlet in OUTLETS) >= 2
    assert any(item.author for _, item in ITEMS)
    assert any(item.categories for _, item in ITEMS)


@pytest.mark.parametrize("form", [Format.RSS2, Format.RSS1, Format.ATOM])
def test_what_looks_like_markup_is_escaped(form):
    """Angle brackets, ampersands and quotes of an item are preserved."""
    hostile = DemoItem(
        id="a",
        title="Fish & <chips>",
        summary='AT&T says "2 < 3" ]]>',
        path='/a?b=1&c="2"',
        age=timedelta(0),
        round=1,
    )
    outlet = Outlet(
        title="A & B",
        host="a.example",
        about="<none>",
        language="en",
        format=form,
        path="/feed",
        items=(hostile,),
    )
    feed = parsed(outlet, hostile)
    assert not feed.bozo
    assert feed.feed.title == "A & B"
    assert unescape(feed.entries[0].title) == "Fish & <chips>"


def test_rendering_is_repeatable():
    """The same items at the same time give the same bytes."""
    for outlet in OUTLETS:
        first, second = (render(outlet, outlet.visible(2), now=NOW, base_url=BASE) for _ in range(2))
        assert first == second


def test_sections_show_an_outlets_items_of_one_category():
    """A paper with three feeds has each of its stories on the topic in two of them."""
    [paper] = [outlet for outlet in OUTLETS if outlet.sections]
    assert len(paper.sections) == 2
    shown = [paper.in_section(section).visible(2) for section in paper.sections]
    assert all(item in paper.visible(2) for items in shown for item in items)
    told = {item.story for item in paper.visible(2)} - {None}
    assert {item.story for items in shown for item in items} - {None} == told


def test_the_aggregator_links_to_the_outlets():
    """Its entries are read as the outlets' articles without any request."""
    addresses = {outlet.host: f"http://127.0.0.1:{8000 + at}" for at, outlet in enumerate(OUTLETS)}
    body = alert_feed(OUTLETS, addresses, upto=3, now=NOW)
    read = read_document(body, url=f"http://127.0.0.1:9000{PATH}", headers={}, now=NOW)
    assert isinstance(read, ReadFeed)
    links = {addresses[outlet.host] + item.path: item.title for outlet, item in ITEMS if item.story}
    found = {item.publication.url: item.publication.title for item in read.items}
    assert len(found) > 10
    assert found.items() <= links.items()

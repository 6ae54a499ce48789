"""Digests without stories, with one and with a thousand, in every format."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from builders import (
    NOON,
    a_channel,
    a_digest,
    a_match,
    a_story,
    a_trouble,
    a_webhook_channel,
    an_email_channel,
    an_item,
    news_of,
    some_news,
)

from alerts.deciding.routing import form_of
from alerts.render.digest_message import (
    digest_atom,
    digest_html,
    digest_json,
    digest_markdown,
    digest_text,
    render_digest,
)
from alerts.render.formats.ansi import COLOUR, PLAIN
from alerts.render.formats.columns import columns
from alerts.render.parts.quote import quote
from alerts.render.parts.timeline import BINS, blocks, counts, path
from storage.model import Digest, HeldStory

OUTLETS = ["Harbour Post", "City Desk", "北方日报", "Radio Four", "Le Matin"]
ATOM = "{http://www.w3.org/2005/Atom}"


def many(number: int) -> list:
    """So many stories on two topics, of one to five outlets."""
    return [
        news_of(
            OUTLETS[: 1 + n % 5],
            number=n + 1,
            title=f"Council {n} votes on cameras 警察人脸识别"
            if n % 7 == 0
            else f"Council {n} votes on cameras",
            topic="ports" if n % 3 == 0 else "police-face-recognition",
        )
        for n in range(number)
    ]


def test_an_empty_digest_says_so() -> None:
    """An empty digest is valid in all formats."""
    empty = a_digest()
    assert digest_text(empty, width=80, style=PLAIN) == (
        "Your stories\nTue 3 Mar 13:00 to Wed 4 Mar 2026 13:00 UTC\nNo stories on your topics in this period.\n"
    )
    assert b"All quiet" in digest_html(empty)
    assert "No stories" in digest_markdown(empty)
    assert json.loads(digest_json(empty))["data"]["stories"] == []
    assert ET.parse(io.BytesIO(digest_atom(empty))).findall(f"{ATOM}entry") == []


def test_the_largest_story_comes_first() -> None:
    """Topics and stories are in order of size, then of time."""
    text = digest_text(a_digest(stories=many(10)), width=80, style=PLAIN)
    titles = re.findall(r"^ ?\d+  (.+)$", text, re.MULTILINE)
    assert titles[:2] == ["Council 4 votes on cameras", "Council 8 votes on cameras"]


def test_five_hundred_stories_are_all_listed() -> None:
    """The first of each topic are shown in full, every other has a line, and nothing is wider than the terminal."""
    digest = a_digest(stories=many(500))
    text = digest_text(digest, width=80, style=PLAIN)
    lines = text.splitlines()
    assert max(columns(line) for line in lines if "://" not in line) <= 80
    assert all(f"s{n}" in text for n in range(1, 501))
    assert len(lines) < 800
    html = digest_html(digest)
    assert html.count(b"<li>") + html.count(b"<h3") == 500
    assert len(html) < 200_000


def test_colour_changes_no_words() -> None:
    """A coloured digest without its escape sequences equals the plain one."""
    digest = a_digest(stories=many(20), held=2, troubles=(a_trouble(),))
    painted = digest_text(digest, width=80, style=COLOUR)
    for code in ("\x1b[36m", "\x1b[1m", "\x1b[2m", "\x1b[33m", "\x1b[0m"):
        assert code in painted
        painted = painted.replace(code, "")
    assert painted == digest_text(digest, width=80, style=PLAIN)


@pytest.mark.parametrize("width", [20, 40, 72, 200])
def test_a_digest_fits_its_terminal(width: int) -> None:
    """A digest renders at any width, and fits from forty columns on."""
    text = digest_text(a_digest(stories=many(30), troubles=(a_trouble(),)), width=width, style=PLAIN)
    words = [line for line in text.splitlines() if "://" not in line and "storywatch " not in line]
    assert width < 40 or max(map(columns, words)) <= max(width, 45)


def test_a_period_within_a_day_names_the_day_once() -> None:
    """The last hour is shown as one day and two times."""
    lately = a_digest(since=NOON, until=NOON + timedelta(hours=1))
    assert "Wed 4 Mar 2026, 12:00 to 13:00 UTC" in digest_text(lately, width=80, style=PLAIN)


def test_held_alerts_and_failing_feeds_are_listed() -> None:
    """Held alerts and feeds with problems are at the end, in every format."""
    digest = a_digest(
        stories=many(2), held=3, troubles=(a_trouble(), a_trouble(title="Old Times", since=None))
    )
    for shown in (
        digest_text(digest, width=80, style=PLAIN),
        digest_html(digest).decode(),
        digest_markdown(digest),
    ):
        assert "3 alerts held back" in shown
        assert "Old Times" in shown
        assert "HTTP 503" in shown
    data = json.loads(digest_json(digest))["data"]
    assert data["held"] == 3
    assert data["feeds"][0] == {
        "title": "Harbour Post",
        "url": "https://post.example/feed.xml",
        "state": "failing",
        "since": "2026-03-04T09:00:00Z",
        "error": "HTTP 503: try again later",
    }


def test_times_are_in_the_given_zone() -> None:
    """A reader in Tokyo gets Tokyo time."""
    tokyo = ZoneInfo("Asia/Tokyo")
    assert "22:00 JST" in digest_text(a_digest(stories=many(1)), width=80, style=PLAIN, zone=tokyo)
    assert b"Times are JST" in digest_html(a_digest(), zone=tokyo)


def test_a_digest_on_a_webhook_is_split_and_loses_nothing() -> None:
    """Every body of a large digest stays under 20 kB, and every story is in exactly one of them."""
    troubles = tuple(a_trouble(title=f"Feed {n}", error="x" * 400) for n in range(60))
    digest = a_digest(stories=many(120), held=4, troubles=troubles)
    messages = render_digest(digest, form=form_of(a_webhook_channel()), now=NOON)
    data = [json.loads(message.body)["data"] for message in messages]
    assert all(len(message.body) < 20_000 for message in messages)
    assert [entry["story"]["id"] for part in data for entry in part["stories"]] == [
        f"s{n}" for n in range(1, 121)
    ]
    assert len(data[0]["feeds"]) + data[0]["more_feeds"] == 60
    assert data[0]["feeds"]
    assert [part["held"] for part in data] == [4] + [0] * (len(data) - 1)


@pytest.mark.parametrize("kind", ["console", "feed", "email"])
def test_a_digest_for_people_is_one_message(kind: str) -> None:
    """Mail, console and feed get a digest in one message."""
    channel = an_email_channel() if kind == "email" else a_channel(kind)
    [message] = render_digest(a_digest(stories=many(120)), form=form_of(channel), now=NOON)
    assert message.kind == "digest"
    assert message.stories == 120
    assert message.subject == "Your stories: 120 stories, first Council 4 votes on cameras"
    assert (message.html is not None) == (kind == "email")


def test_a_digest_as_atom_is_well_formed() -> None:
    """Each story is an entry with the elements that RFC 4287 requires."""
    feed = ET.parse(io.BytesIO(digest_atom(a_digest(stories=many(12))))).getroot()
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 12
    for element in (feed, *entries):
        assert all(element.find(f"{ATOM}{name}") is not None for name in ("id", "title", "updated"))
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 12


def test_a_digest_as_markdown_links_its_outlets() -> None:
    """Headlines and outlets are links, and commands are code."""
    text = digest_markdown(a_digest(stories=[news_of(OUTLETS[:2], title="A *bold* move")]))
    assert "### [A \\*bold\\* move](<https://harbour.example/12/0>)" in text
    assert "- [City Desk](<https://city.example/12/1>)" in text
    assert "`storywatch stories show s12`" in text


def test_a_timeline_shows_when() -> None:
    """Items count in their part of the period; items outside it count at its edge."""
    since, until = NOON, NOON + timedelta(hours=24)
    times = [NOON - timedelta(hours=1), NOON, *[NOON + timedelta(hours=12)] * 4, NOON + timedelta(hours=99)]
    tally = counts(times, since=since, until=until)
    assert (len(tally), sum(tally), tally[0], tally[12], tally[-1]) == (BINS, 7, 2, 4, 1)
    assert blocks(tally) == "▄···········█··········▂"
    assert path(tally).count("M") == 3
    assert counts([NOON], since=NOON, until=NOON) == (0,) * (BINS - 1) + (1,)


def test_a_timeline_in_a_mail_says_what_it_is() -> None:
    """The timeline has a text label beside the picture, for readers with and without sight."""
    html = digest_html(a_digest(stories=(news_of(OUTLETS),))).decode()
    assert re.search(r"</svg>\s*<p [^>]*>items over time, oldest left</p>", html)


def test_a_digest_of_a_story_without_items_is_whole() -> None:
    """A story whose items were pruned is still listed."""
    digest = a_digest(stories=[replace(news_of(OUTLETS[:1]), matches=())])
    assert "City council" in digest_text(digest, width=80, style=PLAIN)
    assert digest_html(digest)
    assert digest_markdown(digest)


def every_form(digest: Digest) -> list[str]:
    """Return a digest in the three formats for people."""
    return [digest_text(digest, width=80, style=PLAIN), digest_html(digest).decode(), digest_markdown(digest)]


def test_a_story_that_went_on_says_what_is_new() -> None:
    """Items of this period are distinguished from earlier ones."""
    news = replace(news_of(OUTLETS[:2], size=5), reason=None)
    for shown in every_form(a_digest(stories=[news])):
        assert "2 more items from Harbour Post, City Desk; 3 earlier" in shown
    whole = replace(news_of(OUTLETS[:2]), reason=None)
    assert not any("3 earlier" in shown for shown in every_form(a_digest(stories=[whole])))


def test_the_reason_is_given_in_the_publishers_words() -> None:
    """The sentence with most of the matched terms is quoted, unless it only repeats the headline."""
    item = an_item(summary="It rained. The council told its police to stop face recognition. More rain.")
    told = some_news(matches=[a_match(item=item)])
    assert "“The council told its police to stop face recognition.”" in digest_text(
        a_digest(stories=[told]), width=200, style=PLAIN
    )
    same = a_match(item=an_item(summary=f"{an_item().title}."))
    assert quote(same, beside=an_item().title) == ""
    assert quote(a_match(item=an_item(summary="Rain again."))) == ""


@pytest.mark.parametrize(
    ("until", "held", "words"),
    [
        (NOON + timedelta(hours=6), 0, "quiet hours of desk until 18:00"),
        (None, 0, "quiet hours of desk, for its next digest"),
        (None, 1, "quiet hours of desk, included above"),
    ],
)
def test_held_alerts_are_listed_with_their_reason(until: datetime | None, held: int, words: str) -> None:
    """Each names its reason, its channel and its end; beyond a dozen they are counted."""
    kept = HeldStory(
        story=a_story(id=77, title="Ports <on> strike"), channel="desk", reason="quiet", until=until
    )
    for shown in every_form(a_digest(held=held, holding=(kept,) * 15)):
        assert words in shown
        assert "s77" in shown
        assert "and 3 more" in shown
        assert "<on>" not in shown.replace("Ports <on> strike\n", "")


@pytest.mark.parametrize("kind", ["email", "console", "feed", "apprise"])
def test_a_digest_of_a_flood_is_several_mails(kind: str) -> None:
    """Each story is in one of them, in order; everything beside the stories appears once."""
    end = " of a title as long as headlines of agencies are, with a clause that explains it"
    stories = [
        news_of(["A"], number=number, title=f"Event number {number}{end}") for number in range(1, 1001)
    ]
    told = a_digest(stories=stories, held=7, troubles=(a_trouble(),))
    told = replace(told, pages="https://watch.press-office.example.org")
    parts = render_digest(told, form=form_of(a_channel(kind)), now=NOON)
    assert [part.stories for part in parts] == [300, 300, 300, 100]
    bodies = [part.body.decode() for part in parts]
    assert ["Event number 301" in body for body in bodies] == [False, True, False, False]
    if kind != "feed":
        assert ["7 alerts held back" in body for body in bodies] == [True, False, False, False]
    assert max(len(part.html or b"") for part in parts) < 100_000


def test_several_topics_are_counted_one_by_one() -> None:
    """The first line counts the stories of each topic."""
    text = digest_text(a_digest(stories=many(9)), width=80, style=PLAIN)
    assert "9 stories on 2 topics (police-face-recognition 6, ports 3), 25 new items" in " ".join(
        text.split()
    )


@pytest.mark.parametrize(
    ("hours", "words"), [(24, "1 h"), (168, "7 h"), (1, "2.5 min"), (24 * 365, "15.2 days"), (0.1, "15 s")]
)
def test_a_timeline_says_how_long_a_bar_is(hours: float, words: str) -> None:
    """The length is in its largest fitting unit; stories of one item have no timeline."""
    digest = a_digest(stories=many(2), since=NOON - timedelta(hours=hours), until=NOON)
    assert f"timelines: 24 marks of {words} each" in digest_text(digest, width=80, style=PLAIN)
    assert "timelines:" not in digest_text(a_digest(stories=many(1)), width=80, style=PLAIN)

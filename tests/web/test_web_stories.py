"""`/stories/ID` and `/items/ID`: what they show, and the owner's corrections with their undo."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import timedelta

import httpx
import pytest
from served import SEEDED, Served, follow, publish, tell, undo

from storage.model import Mark, Publication, Verdict

UNION = "Police union takes Port Allard&#39;s face recognition ban to court"
HOSTILE = "Harbour <script>alert(1)</script> \u202egnp.exe \x1b[31mred"


def story_named(browser: httpx.Client, title: str) -> str:
    """Return the address of the first story on the first page with this headline."""
    found = re.search(rf'href="(/stories/s\d+)">{re.escape(title)}<', browser.get("/").text)
    assert found is not None
    return found[1]


def standing(served: Served) -> list[Mark]:
    with served.database.read() as ledger:
        return ledger.marks.active()


def test_a_story_page_has_items_and_alerts(owner: httpx.Client) -> None:
    """It has each outlet, the reason in the publisher's words, its alerts, and its permanent address."""
    page = owner.get(story_named(owner, UNION)).text
    assert "Meridian Wire" in page
    assert "the officers&#39; union asked a judge to suspend the ordinance" in page
    assert "new story</bdi>, 7 items" in page
    assert "to <bdi>terminal</bdi>" in page
    assert 'rel="noopener noreferrer nofollow"' in page
    assert len(page.encode()) < 60_000


def test_a_reader_sees_a_story_and_no_buttons(reader: httpx.Client, served: Served) -> None:
    """The forms are not shown to a reader, and a POST is refused."""
    address = story_named(reader, UNION)
    assert "Not this" not in reader.get(address).text
    assert reader.post(f"{address}/mute", data={"for": "7d"}).status_code == 403
    with served.database.read() as ledger:
        assert ledger.mutes.active(now=served.now) == []


def test_a_story_is_muted_and_the_mute_taken_back(owner: httpx.Client, served: Served) -> None:
    """The next page says until when, and its button ends the mute."""
    answer = owner.post(f"{story_named(owner, UNION)}/mute", data={"for": "7d"})
    page = follow(owner, answer)
    assert "Muted until" in page
    undo(owner, page)
    with served.database.read() as ledger:
        assert ledger.mutes.active(now=served.now) == []
    refused = owner.post(f"{story_named(owner, UNION)}/mute", data={"for": "a while"})
    assert refused.status_code == 400


def test_stories_are_merged_and_the_old_address_redirects(owner: httpx.Client) -> None:
    """Undo gives the items a story of their own again."""
    story = story_named(owner, UNION)
    other = story_named(owner, "Man jailed on a false face match sues Calder County sheriff")
    page = follow(owner, owner.post(f"{story}/merge", data={"other": other.rpartition("/")[2]}))
    assert "11 items" in page
    led = owner.get(other)
    assert led.status_code == 303
    assert led.headers["location"].startswith(f"{story}?from=s")
    assert "was merged into this one" in follow(owner, led)
    undo(owner, page)
    assert "7 items" in owner.get(story).text


def test_items_are_split_off(owner: httpx.Client) -> None:
    """The new story opens; without a selected item nothing happens, and the page says what to do."""
    story = story_named(owner, UNION)
    item = re.search(r'name="item" value="(i\d+)"', owner.get(story).text)
    assert item is not None
    page = follow(owner, owner.post(f"{story}/split", data={"item": item[1]}))
    assert "were split from" in page
    undo(owner, page)
    assert "7 items" in owner.get(story).text
    assert owner.post(f"{story}/split").status_code == 400


def test_an_item_is_marked_and_the_mark_taken_back(owner: httpx.Client, served: Served) -> None:
    """Yes and no are on the story's page, and the next page has an undo."""
    story = story_named(owner, UNION)
    item = re.search(r'action="(/items/i\d+/mark)"', owner.get(story).text)
    assert item is not None
    told = {"topic": SEEDED, "verdict": "no", "back": story}
    page = follow(owner, owner.post(item[1], data=told))
    assert "You said: not on topic" in page
    assert [one.verdict for one in standing(served)] == [Verdict.NO]
    undo(owner, page)
    assert standing(served) == []
    away = owner.post(item[1], data={**told, "back": "//evil.example/"})
    assert away.headers["location"].startswith("/items/")
    assert owner.post(item[1], data={**told, "verdict": "maybe"}).status_code == 400
    assert owner.post(item[1], data={**told, "topic": "none"}).status_code == 409


def test_an_item_shows_its_score_for_every_topic(owner: httpx.Client) -> None:
    """It has its text, the unmet conditions of the topics it missed, and its history."""
    page = owner.get("/items/i15").text
    assert "Bail without money did not empty the courtrooms" in page
    assert "of 0.50 needed" in page
    assert "Has to occur and does not" in page
    assert "Docket Daily" in page
    assert owner.get("/items/i99999").status_code == 404
    assert owner.get("/items/none").status_code == 404


@pytest.mark.parametrize(
    "path", ["/stories/s99999", "/items/i99999", "/alerts/none", "/topics/none", "/feeds/999"]
)
def test_an_error_page_names_no_command(site: Served, path: str) -> None:
    """It says in words what is missing, since its reader has no terminal at hand."""
    with closing(site.client()) as browser:
        answer = browser.get(path)
    assert answer.status_code == 404
    assert "storywatch " not in answer.text.partition("<main")[2]
    assert "`" not in answer.text


def test_hostile_words_are_text(bare: Served) -> None:
    """Titles, texts and forms on the pages of item and story are escaped."""
    published = Publication(
        publisher_id=HOSTILE, title=HOSTILE, summary=f"port {HOSTILE}", url="javascript:alert(1)"
    )
    again = Publication(publisher_id="2", title="A harbour again", summary="port", language='"><script>')
    feed = bare.app.settings.feeds[0].url
    publish(bare.app, (feed, published), (feed, again), now=bare.now)
    tell(bare.app)
    with closing(bare.client()) as owner:
        pages = [owner.get(path).text for path in ("/stories/s1", "/stories/s2", "/items/i1", "/items/i2")]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in pages[0]
    for page in pages:
        assert "<script>alert" not in page
        assert "javascript:" not in page
        assert not set("\u202e\x1b") & set(page)


def test_stories_since_the_last_visit_are_marked(bare: Served) -> None:
    """A visit ends after half an hour without a request; the next one marks new stories and can show only these."""
    feed = bare.app.settings.feeds[0].url
    first, second = (
        Publication(publisher_id=title, title=title)
        for title in ("Lindow opens its harbour", "A strike of pilots empties the port of Marram")
    )
    with closing(bare.client()) as owner:
        publish(bare.app, (feed, first), now=bare.now)
        tell(bare.app, now=bare.now)
        assert "badge" not in owner.get("/").text
        bare.now += timedelta(hours=2)
        publish(bare.app, (feed, second), now=bare.now)
        tell(bare.app, now=bare.now)
        page = owner.get("/").text
        assert "1 story new since" in page
        only = owner.get("/?show=unread").text
    assert "port of Marram" in only
    assert "Lindow opens" not in only


def test_stories_are_filtered_and_paged(owner: httpx.Client) -> None:
    """Filters are topic, state and day; an empty result says so, and an invalid cursor is a 404."""
    assert "harbour</bdi>" not in owner.get(f"/?topic={SEEDED}").text
    assert "No stories fit this" in owner.get("/?show=held").text
    assert "No stories fit this" in owner.get("/?day=2020-01-01").text
    assert "Alerted" in owner.get("/?show=told&day=nonsense").text
    assert owner.get("/?after=nonsense").status_code == 404
    assert "No stories fit this" in owner.get("/?after=2020-01-01T00:00:00%2B00:00~s1").text


def test_the_story_pages_work_on_each_database(served_anywhere: Served) -> None:
    """SQLite and PostgreSQL give the same pages."""
    with closing(served_anywhere.client()) as owner:
        for show in ("", "told", "held", "silent", "waiting"):
            assert owner.get(f"/?show={show}").status_code == 200
        story = owner.get(story_named(owner, UNION)).text
        assert "7 outlets" in story
        assert owner.get("/items/i15").status_code == 200

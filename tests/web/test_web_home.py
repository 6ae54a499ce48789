"""`/`: the stories of the last days."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import httpx
from served import OWNER, Served, app_of, publish, serving, tell

from storage.database import Database
from storage.model import Publication


def test_the_stories_are_on_the_first_page(owner: httpx.Client) -> None:
    """Each has its topic and number of outlets; the page is small and loads only the style sheet and the script."""
    page = owner.get("/").text
    assert "police-face-recognition" in page
    assert "Police union takes Port Allard&#39;s face recognition ban to court" in page
    assert len(page.encode()) < 60_000
    assert page.count("/assets/") == 2


def test_an_empty_page_says_what_will_come(bare: Served) -> None:
    """Without stories the page says so."""
    with closing(bare.client()) as owner:
        page = owner.get("/").text
    assert "No stories match your topics yet" in page


def test_a_page_without_feeds_and_topics_asks_for_both(tmp_path: Path, sqlite_database: Database) -> None:
    """The first page leads to the feeds and to the form for a topic."""
    config = tmp_path / "storywatch.toml"
    config.write_text(f'[pages]\nlisten = "127.0.0.1:0"\ntoken = "{OWNER}"\n', encoding="utf-8")
    with serving(app_of(config, sqlite_database)) as served, closing(served.client()) as owner:
        page = owner.get("/").text
        with sqlite_database.hold():
            status = owner.get("/status").text
    assert "Start with feeds" in page
    assert "/topics/new" in page
    assert "0 topics" not in page
    assert "with 3 warnings" in status  # the file contains the token, too


def test_hostile_words_are_text(bare: Served) -> None:
    """Markup is escaped, and control and direction characters are removed."""
    title = "Harbour <script>alert(1)</script> \u202egnp.exe \x1b[31mred"
    publish(
        bare.app,
        (bare.app.settings.feeds[0].url, Publication(publisher_id="1", title=title)),
        now=bare.now,
    )
    tell(bare.app)
    with closing(bare.client()) as owner:
        page = owner.get("/").text
    assert "Harbour &lt;script&gt;alert(1)&lt;/script&gt; gnp.exe" in page
    assert "\u202e" not in page
    assert "\x1b" not in page


def test_a_title_of_thousands_of_characters_is_cut_and_an_empty_one_has_words(bare: Served) -> None:
    """Neither hides the other stories of a list; the page of the item has the whole title."""
    endless = Publication(publisher_id="1", title="Harbour " + "x" * 3000, url="https://harbour.example/1")
    untitled = Publication(
        publisher_id="2", title="", summary="A harbour opens.", url="https://harbour.example/2"
    )
    feed = bare.app.settings.feeds[0].url
    [item, _] = publish(bare.app, (feed, endless), (feed, untitled), now=bare.now)
    tell(bare.app, now=bare.now)
    with closing(bare.client()) as owner:
        for path in ("/", "/alerts", "/topics/harbour"):
            page = owner.get(path).text
            assert "x" * 100 in page, path
            assert "x" * 201 not in page, path
            assert "(untitled)" in page, path
        assert "x" * 3000 in owner.get(f"/items/i{item}").text

"""`/`: the stories of the last days."""

from __future__ import annotations

from contextlib import closing

import httpx
from served import Served, publish, tell

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

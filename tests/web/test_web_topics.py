"""The pages of topics: what they show, what they save, and what they refuse."""

from __future__ import annotations

import html
import re
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from builders import DAY, NOON
from dock_strike import STRIKE
from forms import fields, hidden
from served import PATIENCE, SEEDED, Served, publish

from monitor.config.load import load_settings
from monitor.views.topics import backtest
from storage.model import Publication


@pytest.fixture(autouse=True)
def _few_meanings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials read the meaning of two items: forty take seconds."""
    monkeypatch.setattr(backtest, "PREVIEWED_BY_MEANING", 2)


def config_of(served: Served) -> Path:
    return served.app.settings.path


def test_every_topic_is_on_one_page(owner: httpx.Client, reader: httpx.Client) -> None:
    """Each has its stories of the week; a reader sees all of it without buttons."""
    page = owner.get("/topics").text
    assert SEEDED in page
    assert "Stories in each of the last 8 weeks: 0, 0, 0, 0, 0, 0, 0, 7" in page
    seen = reader.get("/topics").text
    assert "12 stories in 7 days" in seen
    assert "<button>Mute" not in seen
    assert reader.get("/topics/new").status_code == 403
    assert reader.post(f"/topics/{SEEDED}/edit", data={"do": "save"}).status_code == 403


def test_a_topic_page_explains_its_rule(owner: httpx.Client) -> None:
    """It has ideas with their words, terms, conditions, and the topic's stories."""
    page = owner.get(f"/topics/{SEEDED}").text
    for told in (
        "Must occur, all of them",
        "face recognition",
        "moratorium",
        "Learnt from 5 articles",
        "/stories/s",
    ):
        assert told in page
    assert "harbour OR port" in owner.get("/topics/harbour").text
    assert owner.get("/topics/none").status_code == 404


def test_a_topic_is_muted_and_alerts_again(owner: httpx.Client) -> None:
    """The button leads back to the list, with an undo."""
    answer = owner.post("/topics/harbour/mute?from=list")
    page = owner.get(answer.headers["location"]).text
    assert "harbour is muted for 7 days" in page
    assert 'action="/topics/harbour/unmute"' in page
    owner.post("/topics/harbour/unmute")
    assert "<strong>muted</strong>" not in owner.get("/topics").text


def test_pasted_texts_become_a_saved_topic(owner: httpx.Client, served: Served) -> None:
    """After the trial it is named and saved, and the daemon reloads the configuration."""
    tried = owner.post("/topics/new", data={"example-1": STRIKE, "do": "try"})
    assert tried.status_code == 200, tried.text
    assert "What it looks for" in tried.text
    assert "Scores on one line" in tried.text
    form = {
        "example-1": STRIKE.strip(),
        "rule": hidden(tried.text, "rule"),
        "of": hidden(tried.text, "of"),
        "before": hidden(tried.text, "before"),
        "name": "dock strikes",
        "do": "save",
    }
    taken = owner.post("/topics/new", data={**form, "name": "harbour"})
    assert taken.status_code == 409
    assert "choose another name" in taken.text
    assert 'value="harbour"' in taken.text
    for name, why in (
        ("new", "cannot be the address"), ("..", "cannot be the address"), (" ", "The topic has no name"),
        ("x" * 200, "up to 100 characters"), ("all*", "means all of them"),
    ):  # fmt: skip
        refused = owner.post("/topics/new", data={**form, "name": name})
        assert (refused.status_code, why in refused.text, "opics[" in refused.text) == (409, True, False)
    unknown = owner.post("/topics/new", data={**form, "channel": "nobody"})
    assert (unknown.status_code, "nobody" in unknown.text) == (409, True)
    saved = owner.post("/topics/new", data=form)
    assert saved.status_code == 303, saved.text
    page = owner.get(saved.headers["location"]).text
    assert "dock strikes is saved" in page
    assert "Remove it again" in page
    assert len(served.reloads) == 1
    settings = load_settings(config_of(served), environ={})
    assert settings.topics[-1].name == "dock strikes"
    assert owner.post("/topics/dock%20strikes/remove").status_code == 303
    assert owner.get("/topics/dock%20strikes").status_code == 404


def test_another_breadth_is_one_click_away(owner: httpx.Client) -> None:
    """Each other breadth is told with its counts and a button that tries it, and the way back is told in turn."""
    tried = owner.post("/topics/new", data={"example-1": STRIKE, "do": "try"}).text
    assert '<button name="breadth" value="narrow">' in tried
    assert "would have alerted" in tried
    as_narrow = owner.post("/topics/new", data={"example-1": STRIKE, "breadth": ["", "narrow"]}).text
    assert '<button name="breadth" value="wide">' in as_narrow
    assert '<button name="breadth" value="narrow">' not in as_narrow


def test_examples_that_changed_are_tried_before_they_are_saved(owner: httpx.Client, served: Served) -> None:
    """A rule is saved only if it was learnt from the present content of the form."""
    answer = owner.post(
        "/topics/new", data={"example-1": STRIKE, "of": "old", "rule": "x", "name": "y", "do": "save"}
    )
    assert "The examples changed since the last trial" in answer.text
    assert served.reloads == []


def test_a_breadth_that_does_not_exist_is_refused(owner: httpx.Client) -> None:
    """The refusal names those that exist."""
    answer = owner.post("/topics/new", data={"example-1": STRIKE, "breadth": "deep"})
    assert (answer.status_code, "narrow, story, wide" in answer.text) == (400, True)


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"example-1": "hi"}, "xample 1: too short to learn from"),
        ({}, "ive the address or the text"),
        ({"example-1": "http://127.0.0.1/page"}, "paste its text"),
        ({"example-1": "\n".join(f"https://example.org/{n}" for n in range(6))}, "6 examples are too many"),
        ({"query": "(harbour"}, "at column"),
    ],
)
def test_unusable_examples_are_refused_with_a_reason(
    owner: httpx.Client, form: dict[str, str], told: str
) -> None:
    """The form keeps its input, with the reason above it."""
    answer = owner.post("/topics/new", data={**form, "do": "try"})
    assert answer.status_code == 409
    assert told in html.unescape(answer.text)


def test_a_topic_that_cannot_be_written_is_shown(owner: httpx.Client, served: Served) -> None:
    """If the folder of rules cannot be created, the page has the configuration lines and the rule."""
    (config_of(served).parent / "topics").write_text("", encoding="utf-8")
    tried = owner.post("/topics/new", data={"example-1": STRIKE, "do": "try"}).text
    form = {name: hidden(tried, name) for name in ("rule", "of", "before")}
    answer = owner.post(
        "/topics/new", data={**form, "example-1": STRIKE.strip(), "name": "docks", "do": "save"}
    )
    assert answer.status_code == 409
    shown = html.unescape(answer.text)
    assert 'name = "docks"' in shown
    assert "threshold = 10.0" in shown


def test_a_search_finds_items_and_becomes_a_topic(owner: httpx.Client) -> None:
    """Its words become a query, or selected items become examples."""
    page = owner.get("/search", params={"q": "harbour -museum"}).text
    assert "Old harbour wall heals its own cracks" in page
    assert "/topics/new?query=harbour%20AND%20NOT%20museum" in page
    [ident] = re.findall(r'name="item" value="(i\d+)"', page)[:1]
    filled = owner.get("/topics/new", params={"item": ident}).text
    assert "harbour" in fields(filled)["example-1"].lower()
    query = owner.get("/topics/new", params={"query": "harbour AND NOT museum"}).text
    assert fields(query)["query"] == "harbour AND NOT museum"
    tried = owner.post("/topics/new", data={"query": "harbour AND NOT museum", "do": "try"}).text
    assert fields(tried)["name"] == "harbour-museum"
    assert "Near misses" not in tried
    assert "Nothing found" in owner.get("/search", params={"q": "xyzzy"}).text
    assert "Name a word that must occur" in owner.get("/search", params={"q": "-x"}).text


def test_older_items_are_grouped_into_stories_on_request(served: Served) -> None:
    """A button judges the items of the last 30 days, without alerts."""
    config = served.app.settings.path
    added = '\n[[topics]]\nname = "ferries"\nquery = "ferry"\n'
    config.write_text(config.read_text(encoding="utf-8") + added, encoding="utf-8")
    with closing(served.client()) as owner:
        assert owner.post("/topics/ferries/apply").status_code == 303
        until = time.monotonic() + PATIENCE
        while "Seven islands on one ferry ticket" not in owner.get("/topics/ferries").text:
            assert time.monotonic() < until
    with served.database.read() as ledger:
        assert [one for one in ledger.alerts._load() if one.topic == "ferries"] == []


def test_topics_are_shown_on_each_database(served_anywhere: Served) -> None:
    """The overview, a topic with its trial, and the search read SQLite and PostgreSQL alike."""
    with closing(served_anywhere.client()) as owner:
        assert "12 stories in 7 days" in owner.get("/topics").text
        assert "Near misses" in owner.get(f"/topics/{SEEDED}/trial").text
        assert "Old harbour wall heals its own cracks" in owner.get("/search?q=harbour").text


def test_an_empty_storywatch_says_what_to_do_first(bare: Served) -> None:
    """A topic can be created although no item is stored yet."""
    with closing(bare.client()) as owner:
        tried = owner.post("/topics/new", data={"example-1": STRIKE, "do": "try"}).text
        assert "No items to try it on yet" in tried
        assert "Save topic" in tried
        config = bare.app.settings.path
        text = config.read_text(encoding="utf-8")
        config.write_text(re.sub(r"\[\[topics\]\]\n(?:\w.*\n)+", "", text), encoding="utf-8")
        assert "Make the first topic" in owner.get("/topics").text


def test_a_topic_of_articles_gets_a_rule_to_edit(bare: Served, tmp_path: Path) -> None:
    """A button writes the learnt rule to a file, and the form opens."""
    (tmp_path / "strike.txt").write_text(STRIKE, encoding="utf-8")
    config = bare.app.settings.path
    added = '\n[[topics]]\nname = "docks"\narticles = ["strike.txt"]\n'
    config.write_text(config.read_text(encoding="utf-8") + added, encoding="utf-8")
    with closing(bare.client()) as owner:
        page = owner.get("/topics/docks/edit").text
        answer = owner.post("/topics/docks/edit", data={"before": hidden(page, "before")})
        assert answer.status_code == 303
        assert fields(owner.get("/topics/docks/edit").text)["threshold"] == "10"
    assert 'rule = "topics/docks.toml"' in config.read_text(encoding="utf-8")


def test_hostile_words_are_text_on_every_page_of_topics(served: Served, hostile_words: str) -> None:
    """Titles in a trial or a search and names of topics are escaped."""
    feed = served.app.settings.feeds[0].url
    item = Publication(
        publisher_id="h", title=f"Harbour {hostile_words}", url="javascript:alert(1)", published_at=NOON - DAY
    )
    publish(served.app, (feed, item), now=NOON)
    with closing(served.client()) as owner:
        for path in (
            "/topics/harbour/trial",
            "/search?q=harbour",
            "/topics/new?item=i1",
            "/topics/%3Cscript%3E",
        ):
            page = owner.get(path).text
            assert "<script>alert" not in page
            assert "javascript:" not in page
            assert "\u202e" not in page


@pytest.fixture
def hostile_words() -> str:
    """Markup, a direction override, and a quote that would end an attribute."""
    return '"><script>alert(1)</script>\u202egnp.exe'

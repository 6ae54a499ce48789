"""Rules and queries edited in place on their pages."""

from __future__ import annotations

import html
from pathlib import Path

import httpx
import pytest
from builders import DAY, NOON
from forms import fields, hidden
from served import SEEDED, Served

from monitor.actions.write_files import digest_of
from monitor.config.load import load_settings
from monitor.views.topics import backtest
from storage.model import Verdict


@pytest.fixture(autouse=True)
def _few_meanings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials read the meaning of two items: forty take seconds."""
    monkeypatch.setattr(backtest, "PREVIEWED_BY_MEANING", 2)


def config_of(served: Served) -> Path:
    return served.app.settings.path


def test_a_rule_is_edited_after_a_trial(owner: httpx.Client, served: Served) -> None:
    """The trial shows added stories and changed lines; saving keeps comments and the previous version."""
    path = served.app.settings.topics[0].rule
    assert path is not None
    path.write_text("# ours\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    form = fields(owner.get(f"/topics/{SEEDED}/edit").text)
    form |= {"should": "", "must": "face recognition", "new-terms": "velmont 3.5\nnight train", "term-0": ""}
    tried = owner.post(f"/topics/{SEEDED}/edit", data={**form, "do": "try"})
    assert tried.status_code == 200, tried.text
    page = html.unescape(tried.text)
    assert "Should your face be your boarding pass?" in page.partition("It would lose")[0]
    assert "+should = []" in page
    assert served.reloads == []
    saved = owner.post(f"/topics/{SEEDED}/edit", data={**fields(tried.text), "do": "save"})
    assert saved.status_code == 303, saved.text
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ours\n")
    assert '"velmont" = 3.5' in text or "velmont = 3.5" in text
    assert "amazon" not in text.partition("[terms]")[2].partition("[found_in]")[0]
    assert path.with_name("topic.toml.bak").is_file()
    assert len(served.reloads) == 1
    note = owner.get(saved.headers["location"]).text
    undone = owner.post(f"/topics/{SEEDED}/undo", data={"file": "rule", "before": hidden(note, "before")})
    assert undone.status_code == 303
    assert "velmont" not in path.read_text(encoding="utf-8")
    again = owner.post(f"/topics/{SEEDED}/undo", data={"file": "rule", "before": hidden(note, "before")})
    assert (again.status_code, "was changed meanwhile" in again.text) == (409, True)


def test_two_browsers_that_edit_one_rule_do_not_overwrite_each_other(
    owner: httpx.Client, served: Served
) -> None:
    """The second one is shown the present content, and no edit is lost."""
    first = fields(owner.get(f"/topics/{SEEDED}/edit").text)
    second = dict(first)
    assert (
        owner.post(f"/topics/{SEEDED}/edit", data={**first, "threshold": "9", "do": "save"}).status_code
        == 303
    )
    answer = owner.post(f"/topics/{SEEDED}/edit", data={**second, "threshold": "8", "do": "save"})
    assert answer.status_code == 409
    assert "was changed meanwhile" in answer.text
    assert fields(answer.text)["threshold"] == "9"
    path = served.app.settings.topics[0].rule
    assert path is not None
    assert fields(answer.text)["before"] == digest_of(path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"threshold": "many"}, "“many” is not a number for the threshold"),
        ({"threshold": "0"}, "makes everything a match"),
        ({"not": "face recognition"}, "is in must and in not"),
    ],
)
def test_a_rule_with_a_mistake_is_not_saved(
    owner: httpx.Client, served: Served, change: dict[str, str], told: str
) -> None:
    """The mistake is named, and the fields keep their input."""
    form = fields(owner.get(f"/topics/{SEEDED}/edit").text) | change
    answer = owner.post(f"/topics/{SEEDED}/edit", data={**form, "do": "save"})
    assert answer.status_code == 409
    assert told in html.unescape(answer.text)
    assert fields(answer.text)[next(iter(change))] == next(iter(change.values()))
    assert served.reloads == []


def test_a_query_is_edited_with_its_mistake_at_its_column(owner: httpx.Client, served: Served) -> None:
    """It is refused with the column, then tested, then saved."""
    form = fields(owner.get("/topics/harbour/edit").text)
    wrong = owner.post("/topics/harbour/edit", data={**form, "query": "harbour\nOR (port", "do": "try"})
    assert wrong.status_code == 409
    assert "OR (port\n   ^" in wrong.text
    form["query"] = "harbour NOT museum"
    tried = owner.post("/topics/harbour/edit", data={**form, "do": "try"})
    assert "It would lose" in tried.text
    assert owner.post("/topics/harbour/edit", data={**form, "do": "save"}).status_code == 303
    assert load_settings(config_of(served), environ={}).topics[1].query == "harbour NOT museum"


def test_a_removed_topic_comes_back_with_one_button(owner: httpx.Client, served: Served) -> None:
    """The configuration is what it was, comments included."""
    before = config_of(served).read_text(encoding="utf-8")
    removed = owner.post("/topics/harbour/remove")
    note = owner.get(removed.headers["location"]).text
    assert "harbour is removed" in note
    undone = owner.post(
        "/topics/harbour/undo", data={"file": "configuration", "before": hidden(note, "before")}
    )
    assert undone.headers["location"].startswith("/topics/harbour?")
    assert config_of(served).read_text(encoding="utf-8") == before


def test_marks_are_written_into_the_rule_after_a_look_at_what_they_change(
    owner: httpx.Client, served: Served
) -> None:
    """The page of the topic counts those the rule has not learnt from; one button writes them, another takes it back."""
    path = served.app.settings.topics[0].rule
    assert path is not None
    text = path.read_text(encoding="utf-8")
    with served.database.write() as ledger:
        story = ledger.stories.since(NOON - DAY, topics=[SEEDED])[0]
        item = ledger.matches.of_story(story.id)[0].item
        ledger.marks.add(SEEDED, item, Verdict.NO, now=NOON)
    assert "1 mark is not in the rule yet" in owner.get(f"/topics/{SEEDED}").text
    page = owner.get(f"/topics/{SEEDED}/marks").text
    assert html.escape(item.title) in page
    assert "What the change would do" in page
    saved = owner.post(f"/topics/{SEEDED}/marks", data={"before": hidden(page, "before")})
    assert saved.status_code == 303, saved.text
    assert f'file = "i{item.id}"' in path.read_text(encoding="utf-8")
    note = owner.get(saved.headers["location"]).text
    assert "not in the rule yet" not in note
    again = owner.get(f"/topics/{SEEDED}/marks")
    assert "has learnt from every mark already" in owner.get(again.headers["location"]).text
    owner.post(f"/topics/{SEEDED}/undo", data={"file": "rule", "before": hidden(note, "before")})
    assert path.read_text(encoding="utf-8") == text

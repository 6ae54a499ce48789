"""`why` explains the whole path, `mute` and `unmute` change the database; all work while others run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shell import RoundResult, configure, rss, serving, spoken

STANDING = "Police buy a hundred new bicycles"
EVENT = "Police halt trial of harbour cameras"
OTHER = "Ferry line adds a late boat"
MUTED = "Police chief retires after thirty winters"
FIRST, SECOND, THIRD = "2026-03-04T12:00:00Z", "2026-03-04T14:00:00Z", "2026-03-05T01:00:00Z"
ROUTES = """
[[routes]]
topics = ["*"]
group_wait = "0s"
max_per_hour = 1
"""


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder after a silent round, one with news, and one with news while the topic is muted."""
    folder = tmp_path_factory.mktemp("why")
    with serving(feed=rss(STANDING)) as site:
        configure(folder, f"{site.url}/feed", more=ROUTES)
        spoken("once", "--now", FIRST, folder=folder)
        site.pages["/feed"] = (200, rss(OTHER, EVENT, STANDING))
        spoken("once", "--now", SECOND, folder=folder)
        done = spoken("mute", "police", "--for", "7d", "--now", SECOND, folder=folder)
        assert (done.code, done.out) == (0, "")
        assert "muted until" in done.err
        site.pages["/feed"] = (200, rss(MUTED, OTHER, EVENT, STANDING))
        spoken("once", "--now", THIRD, folder=folder)
        yield folder


def asked(folder: Path, *arguments: str) -> RoundResult:
    done = spoken(*arguments, folder=folder)
    assert (done.code, done.err) == (0, "")
    return done


def item_called(folder: Path, title: str) -> str:
    [found] = json.loads(asked(folder, "items", "search", title, "--format", "json").out)
    return str(found["id"])


def path(folder: Path, ident: str) -> list[dict[str, Any]]:
    """Return the steps of a path."""
    whole = json.loads(asked(folder, "why", ident, "--format", "json").out)
    assert set(whole) == {"id", "kind", "title", "steps"}
    return list(whole["steps"])


def test_an_alerted_item_has_a_path_from_feed_to_recipient(watched: Path) -> None:
    """The steps from first seen to sent are listed, each with its time."""
    steps = path(watched, item_called(watched, EVENT))
    assert [step["step"] for step in steps] == ["seen", "matched", "joined", "decided", "written", "sent"]
    assert {step["at"] for step in steps} == {SECOND}
    by_name = {step["step"]: step for step in steps}
    assert "in Feed 1" in by_name["seen"]["words"]
    assert "police" in by_name["matched"]["words"]
    assert "score 1.00 (0.50 is needed)" in by_name["matched"]["words"]
    assert "alerts of * to console" in by_name["decided"]["rule"]
    assert by_name["decided"]["about"].startswith("a")
    assert "console" in by_name["written"]["words"]


def test_an_item_of_the_first_poll_says_so(watched: Path) -> None:
    """The path names the reason for the silence."""
    steps = path(watched, item_called(watched, STANDING))
    assert steps[-1]["rule"] == "first-poll"
    assert "first poll" in steps[-1]["words"]


def test_an_item_without_a_match_names_the_nearest_topic(watched: Path) -> None:
    """It says how far the item was from the topic, and what of it was found."""
    steps = path(watched, item_called(watched, OTHER))
    assert [step["step"] for step in steps] == ["seen", "silent"]
    assert "no match: police with 0.00 of 0.50 needed" in steps[-1]["words"]


def test_a_muted_alert_is_explained_by_any_id(watched: Path) -> None:
    """The item, the story and the alert each lead to the mute and its end."""
    steps = path(watched, item_called(watched, MUTED))
    held = steps[-1]
    assert held["step"] == "held"
    assert "muted" in held["words"]
    assert "2026-03-11 14:00" in held["words"]
    alert = path(watched, held["about"])
    assert [step["step"] for step in alert] == ["muted", "seen", "matched", "joined", "decided", "held"]
    assert alert[0]["words"] == "topic police, until 2026-03-11 14:00 UTC"
    story = steps[3]["words"].removeprefix("story ")
    assert path(watched, story)[-1] == held


def test_a_delivery_is_found_by_its_listed_id(watched: Path) -> None:
    """The first characters are enough."""
    rows = json.loads(asked(watched, "alerts", "list", "--format", "json").out)
    [sent] = [row for row in rows if row["state"] == "sent"]
    assert path(watched, sent["id"][:12])[0]["words"].endswith(EVENT)


def test_text_output_has_one_line_a_step(watched: Path) -> None:
    """Each line has the time, the event and ids for further commands."""
    lines = asked(watched, "why", item_called(watched, EVENT)).out.splitlines()
    assert EVENT in lines[0]
    assert [line.split()[2] for line in lines if line.startswith("2026-")] == [
        "seen",
        "matched",
        "joined",
        "decided",
        "written",
        "sent",
    ]


def test_an_unknown_id_is_refused(watched: Path) -> None:
    """The error names the commands that print ids."""
    done = spoken("why", "i99999", folder=watched)
    assert done.code == 2
    assert "stories list" in done.err


def test_no_id_explains_nothing(watched: Path) -> None:
    """It is not the beginning of every id."""
    refused = spoken("why", "", folder=watched)
    assert (refused.code, refused.out) == (2, "")


def test_mutes_are_listed_and_lifted(watched: Path) -> None:
    """A feed is named by title and a story by id; an unknown target is refused with the list of topics."""
    assert spoken("mute", "Feed 1", "--for", "1h", "--now", THIRD, folder=watched).code == 0
    assert spoken("mute", "s1", "--for", "1h", "--now", THIRD, folder=watched).code == 0
    rows = json.loads(asked(watched, "mute", "--now", THIRD, "--format", "json").out)
    assert [(row["kind"], row["target"].rpartition("/")[2]) for row in rows] == [
        ("topic", "police"),
        ("feed", "feed"),
        ("story", "s1"),
    ]
    lifted = spoken("unmute", "s1", "--now", THIRD, folder=watched)
    assert "no longer muted" in lifted.err
    assert "was not muted" in spoken("unmute", "s1", "--now", THIRD, folder=watched).err
    wrong = spoken("mute", "ports", "--for", "1h", folder=watched)
    assert wrong.code == 2
    assert "no topic 'ports' (topics: police), and no feed 'ports'; `storywatch feeds list`" in wrong.err
    assert "--for 2h" in spoken("mute", "police", folder=watched).err

"""Replay of archived bodies: the lines that other programs rely on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shell import configure, rss, spoken, storywatch

STANDING = "Police buy a hundred new bicycles"
EVENT = "Police halt trial of harbour cameras"


def archive(folder: Path, **feeds: dict[str, bytes]) -> Path:
    """Write bodies as {feed: {time: body}}."""
    for name, bodies in feeds.items():
        (folder / "archive" / name).mkdir(parents=True, exist_ok=True)
        for at, body in bodies.items():
            (folder / "archive" / name / f"{at}.xml").write_bytes(body)
    return folder / "archive"


def replay(folder: Path, *arguments: str) -> list[dict[str, object]]:
    done = spoken("replay", "archive", "--format", "jsonl", *arguments, folder=folder)
    assert (done.code, done.err) == (0, "")
    return [json.loads(line) for line in done.out.splitlines()]


def of(lines: list[dict[str, object]], kind: str) -> list[dict[str, object]]:
    return [line for line in lines if line["type"] == kind]


def test_lines_have_documented_keys_and_a_summary_at_the_end(tmp_path: Path) -> None:
    """Without a configuration `--all` takes every item and reports each once."""
    first, second = "20210518T093000Z", "20210518T103000Z"
    archive(
        tmp_path,
        post={first: rss(STANDING), second: rss(EVENT, STANDING), "20210518T113000Z": rss(EVENT, STANDING)},
        star={first: rss("Something else"), "20210518T123000Z": b"<html><body>Log in</body></html>"},
    )
    done = storywatch("replay", "archive", "--all", "--format", "jsonl", folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    lines = [json.loads(line) for line in done.out.splitlines()]
    items, alerts = of(lines, "item"), of(lines, "alert")
    assert [(line["feed"], line["status"], line["title"]) for line in items] == [
        ("post", "first-poll", STANDING),
        ("star", "first-poll", "Something else"),
        ("post", "new", EVENT),
    ]
    assert all(set(line) == {"type", "at", "feed", "id", "title", "status", "story"} for line in items)
    assert items[0]["at"] == "2021-05-18T09:30:00Z"
    [alert] = alerts
    assert set(alert) == {"type", "at", "topic", "story", "reason", "items"}
    assert (alert["topic"], alert["reason"], alert["at"]) == ("*", "new", "2021-05-18T10:30:00Z")
    assert alert["items"] == [{"feed": "post", "id": EVENT, "title": EVENT, "url": None}]
    assert lines[-1] == {
        "type": "summary",
        "bodies": 5,
        "parsed": 3,
        "items": 3,
        "revisions": 0,
        "matches": 3,
        "stories": 3,
        "alerts": 1,
        "feeds": {
            "post": {"items": 2, "revisions": 0, "errors": 0},
            "star": {"items": 1, "revisions": 0, "errors": 1},
        },
    }


def test_topics_and_routes_of_the_configuration_apply(tmp_path: Path) -> None:
    """Only matches are alerted, after the group wait, by the clock of the archive."""
    configure(tmp_path, more='[[routes]]\ntopics = ["*"]\ngroup_wait = "10m"\n')
    archive(
        tmp_path,
        post={"20210518T093000Z": rss(STANDING), "20210518T103000Z": rss(EVENT, "Roses bloom", STANDING)},
    )
    [alert] = of(replay(tmp_path), "alert")
    assert (alert["topic"], alert["at"]) == ("police", "2021-05-18T10:40:00Z")


@pytest.mark.parametrize("hold", ["max_per_hour = 1", 'quiet = "10:00-12:00"\ntimezone = "UTC"'])
def test_held_alerts_are_printed_at_their_time(tmp_path: Path, hold: str) -> None:
    """Cap and quiet hours lose nothing, and every story is in exactly one line."""
    configure(tmp_path, more=f'[[routes]]\ntopics = ["*"]\ngroup_wait = "0s"\n{hold}\n')
    titles = [f"Police aa{n} bb{n} cc{n} dd{n}" for n in range(4)]
    archive(
        tmp_path,
        post={
            "20210518T093000Z": rss("Roses"),
            "20210518T103000Z": rss(*titles[:2]),
            "20210518T110000Z": rss(*titles[:3]),
            "20210518T130000Z": rss(*titles),
        },
    )
    told = [item["title"] for line in of(replay(tmp_path), "alert") for item in line["items"]]  # type: ignore[attr-defined]
    assert sorted(told) == titles


def test_held_alerts_of_one_topic_are_printed_after_another_topic(tmp_path: Path) -> None:
    """An alert decided early and sent late is printed like any other."""
    more = """
[[topics]]
name = "roses"
query = "roses"
[[routes]]
topics = ["police"]
group_wait = "0s"
quiet = "10:00-12:00"
timezone = "UTC"
[[routes]]
topics = ["roses"]
group_wait = "0s"
"""
    configure(tmp_path, more=more)
    archive(
        tmp_path,
        post={"20210518T093000Z": rss("Nothing"), "20210518T103000Z": rss("Roses bloom early", EVENT)},
    )
    told = [(line["at"], line["topic"]) for line in of(replay(tmp_path), "alert")]
    assert told == [("2021-05-18T10:30:00Z", "roses"), ("2021-05-18T12:00:00Z", "police")]


def test_a_republished_or_edited_item_is_named_so(tmp_path: Path) -> None:
    """Neither is alerted again (P19, P20)."""
    template = "<rss version='2.0'><channel><item><guid>{}</guid><title>{}</title><description>{}</description></item></channel></rss>"
    bodies = [("a", EVENT, "one"), ("a", EVENT, "two"), ("b", EVENT, "two")]
    archive(
        tmp_path,
        post={"20210518T080000Z": rss("Roses")}
        | {f"20210518T1{hour}3000Z": template.format(*body).encode() for hour, body in enumerate(bodies)},
    )
    lines = replay(tmp_path, "--all")
    assert [line["status"] for line in of(lines, "item")] == ["first-poll", "new", "revision", "republished"]
    assert len(of(lines, "alert")) == 1
    assert lines[-1]["revisions"] == 1


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    """Replay uses a temporary database and leaves the configured one alone."""
    configure(tmp_path)
    archive(tmp_path, post={"20210518T093000Z": rss(STANDING)})
    replay(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "storywatch.toml"]


def test_text_output_has_one_line_an_alert(tmp_path: Path) -> None:
    """The last line counts."""
    archive(tmp_path, post={"20210518T093000Z": rss(STANDING), "20210518T103000Z": rss(EVENT, STANDING)})
    told, counted = spoken("replay", "archive", "--all", folder=tmp_path).out.splitlines()
    assert EVENT in told
    assert counted.startswith("2 bodies, 2 items")

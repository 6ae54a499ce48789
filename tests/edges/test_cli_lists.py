"""Output of the reading commands, for people and for programs, after two rounds over a small site."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from shell import RoundResult, configure, rss, serving, spoken

STANDING = "Police buy a hundred new bicycles"
EVENT = "Police halt trial of harbour cameras"
ROUTES = """
[[channels]]
name = "console"
type = "console"
[[channels]]
name = "hook"
type = "webhook"
url = "{url}/hook"
[[routes]]
topics = ["*"]
channels = ["console", "hook"]
group_wait = "0s"
"""
FIRST, SECOND = "2026-03-04T12:00:00Z", "2026-03-05T13:00:00+01:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A folder after two rounds, and their output."""

    folder: Path
    url: str
    first: RoundResult
    second: RoundResult

    def json(self, *arguments: str) -> list[dict[str, object]]:
        """Return the JSON that a command prints."""
        done = spoken(*arguments, folder=self.folder)
        assert (done.code, done.err) == (0, "")
        return json.loads(done.out)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """The result of a silent and a second round, with a failing feed and a failing webhook."""
    folder = tmp_path_factory.mktemp("watched")
    with serving(feed=rss(STANDING), hook=(503, b"asleep"), gone=(410, b"")) as site:
        configure(
            folder,
            f"{site.url}/feed",
            f"{site.url}/missing",
            f"{site.url}/gone",
            more=ROUTES.format(url=site.url),
        )
        first = spoken("once", "--now", FIRST, folder=folder)
        site.pages["/feed"] = (200, rss(EVENT, STANDING))
        second = spoken("once", "--now", SECOND, folder=folder)
        yield Watched(folder=folder, url=site.url, first=first, second=second)


def test_once_exits_with_1_and_names_what_failed(watched: Watched) -> None:
    """Feeds are named with address and cause, deliveries with channel and cause; text for people is on stderr only."""
    assert (watched.first.code, watched.second.code) == (1, 1)
    assert f"failed: Feed 2 ({watched.url}/missing): the server answered 404" in watched.first.err
    assert f"failed: Feed 3 ({watched.url}/gone)" in watched.first.err
    assert "not delivered: hook to hook: HTTP 503" in watched.second.err
    assert STANDING not in watched.first.out
    assert EVENT in watched.second.out
    assert STANDING not in watched.second.out


def test_feeds_list_has_the_keys_and_types_that_programs_rely_on(watched: Watched) -> None:
    """States, ISO times or null, seconds, and text or null are as documented."""
    rows = watched.json("feeds", "list", "--format", "json")
    assert [row["state"] for row in rows] == ["ok", "failing", "gone"]
    assert [row["items"] for row in rows] == [2, 0, 0]
    for row in rows:
        assert {"url", "title", "state", "last_poll", "next_poll", "interval", "last_error", "items"} <= set(
            row
        )
        assert isinstance(row["interval"], int)
        for key in ("last_poll", "next_poll"):
            assert row[key] is None or datetime.fromisoformat(str(row[key])).tzinfo is not None
    assert rows[0]["last_error"] is None
    assert rows[0]["last_poll"] == "2026-03-05T12:00:00Z"
    assert "404" in str(rows[1]["last_error"])
    assert rows[2]["next_poll"] is None, "a feed that is gone is not polled any more"


def test_alerts_list_has_the_keys_and_states_that_programs_rely_on(watched: Watched) -> None:
    """Each delivery is a row with its own id."""
    rows = watched.json("alerts", "list", "--format", "json")
    by_channel = {str(row["channel"]): row for row in rows if row["topic"] == "police"}
    assert set(by_channel) == {"console", "hook"}
    wanted = {
        "id",
        "state",
        "reason",
        "topic",
        "story",
        "channel",
        "recipient",
        "attempts",
        "next_at",
        "last_error",
    }
    assert all(wanted <= set(row) for row in rows)
    assert (by_channel["console"]["state"], by_channel["hook"]["state"]) == ("sent", "pending")
    assert by_channel["console"]["attempts"] == 1
    # In each of the two rounds one message probed the dead endpoint; the others waited for it.
    assert sum(row["attempts"] for row in rows if row["channel"] == "hook") == 2
    assert any("503" in str(row["last_error"]) for row in rows if row["channel"] == "hook")
    assert by_channel["console"]["next_at"] is None
    assert len({row["id"] for row in rows}) == len(rows)


def test_jsonl_has_one_row_a_line(watched: Watched) -> None:
    """The rows are those of `--format json`."""
    lines = spoken("feeds", "list", "--format", "jsonl", folder=watched.folder).out.splitlines()
    assert [json.loads(line)["url"] for line in lines] == [
        row["url"] for row in watched.json("feeds", "list", "--format", "json")
    ]


@pytest.mark.parametrize("command", [("feeds", "list"), ("alerts", "list"), ("topics", "list")])
def test_a_table_is_plain_text_with_a_heading(watched: Watched, command: tuple[str, ...]) -> None:
    """Without a terminal there is no colour, and every line is printable."""
    done = spoken(*command, folder=watched.folder)
    assert (done.code, done.err) == (0, "")
    heading, *rows = done.out.splitlines()
    assert heading == heading.upper()
    assert rows
    assert all(line.isprintable() for line in rows)


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json", "atom"])
def test_a_digest_prints_in_every_format(watched: Watched, form: str) -> None:
    """It includes the items of the first poll (F1), and each format is valid."""
    done = spoken("digest", "--since", "48h", "--now", SECOND, "--format", form, folder=watched.folder)
    assert (done.code, done.err) == (0, "")
    assert EVENT in done.out
    assert STANDING in done.out
    if form == "json":
        assert json.loads(done.out)["type"] == "digest"
    if form == "atom":
        assert ET.fromstring(done.out.encode()).tag == "{http://www.w3.org/2005/Atom}feed"
    if form == "html":
        assert done.out.lstrip().lower().startswith("<!doctype html>")
    if form == "text":
        assert "\x1b" not in done.out


def test_a_digest_of_a_time_without_news_says_so(watched: Watched) -> None:
    """An empty digest is no error."""
    done = spoken("digest", "--since", "1h", "--now", "2026-05-01T00:00:00Z", folder=watched.folder)
    assert done.code == 0
    assert EVENT not in done.out


def test_a_digest_is_sent_to_a_channel(watched: Watched) -> None:
    """The console gets the printed digest, and a channel that fails exits with 1."""
    sent = spoken("digest", "--since", "48h", "--now", SECOND, "--send", "console", folder=watched.folder)
    assert EVENT in sent.out
    assert "delivered" in sent.err


def test_items_are_found_and_shown(watched: Watched) -> None:
    """Items are found by a word and shown with their topic."""
    [row] = watched.json("items", "search", "harbour", "--format", "json")
    assert (row["title"], row["feed"]) == (EVENT, "Feed 1")
    shown = spoken("items", "show", str(row["id"]), folder=watched.folder)
    assert (shown.code, shown.err) == (0, "")
    assert EVENT in shown.out
    assert "topic      police: score 1.00, story s2" in shown.out


def test_nothing_found_exits_with_1(watched: Watched) -> None:
    """A message is on stderr, and JSON has an empty list."""
    done = spoken("items", "search", "zeppelin", "--format", "json", folder=watched.folder)
    assert (done.code, json.loads(done.out)) == (1, [])
    assert "no item contains these words" in done.err


def test_doctor_names_what_is_wrong_and_exits_with_1(watched: Watched) -> None:
    """The failing feed, the gone feed and the failing webhook each have a fix."""
    done = spoken("doctor", "--now", SECOND, "--format", "json", folder=watched.folder)
    found = {row["about"]: row for row in json.loads(done.out)}
    assert done.code == 1
    assert found[f"feed Feed 2 ({watched.url}/missing)"]["gravity"] == "problem"
    assert "410" in found[f"feed Feed 3 ({watched.url}/gone)"]["problem"]
    assert "503" in found["channel hook"]["problem"]
    assert all(row["remedy"] for row in found.values())
    words = spoken("doctor", "--now", SECOND, folder=watched.folder)
    assert "fix: " in words.out


def test_a_network_that_is_down_is_one_line(tmp_path: Path) -> None:
    """Feeds that cannot be reached during the outage have no lines of their own."""
    configure(tmp_path, *(f"http://127.0.0.1:1/{name}" for name in ("one", "two", "three")))
    for hour in (1, 3, 5):
        spoken("once", "--now", f"2026-03-04T0{hour}:00:00Z", folder=tmp_path)
    done = spoken("status", "--now", "2026-03-04T05:30:00Z", folder=tmp_path)
    assert done.code == 1
    assert "down since 2026-03-04 01:00" in done.out
    assert "3 failing" in done.out
    assert "127.0.0.1" not in done.out
    digest = spoken("digest", "--now", "2026-03-04T05:30:00Z", folder=tmp_path)
    assert "No stories on your topics" in digest.out
    assert "127.0.0.1" not in digest.out

"""A month in a minute: every pass over thirty days in virtual time, and what can be read from it afterwards."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from contracts import keys, strict
from jsonschema import Draft202012Validator
from shell import spoken, started
from walking import follow, put_program

from alerts.schemas.webhook_bodies import WEBHOOK_SCHEMAS

pytestmark = pytest.mark.slow
FORMATS = Path(__file__).parents[1] / "promises" / "formats.json"
EVENTS = {
    "channel.recovered", "digest", "feed.failing", "feed.gone", "feed.moved", "feed.recovered", "network.down",
    "network.up", "story.grew", "story.new",
}  # fmt: skip


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which the month was kept, and what the command said."""
    folder = tmp_path_factory.mktemp("month")
    done = spoken("demo", "--month", "--keep", "kept", folder=folder)
    assert done.code == 0, done.err
    assert "Traceback" not in done.err
    assert "Your stories" in done.out
    return folder, done.err


def test_every_kind_of_trouble_is_told(month: tuple[Path, str]) -> None:
    """The webhook receives each event, and each body matches the schema of its event."""
    with closing(sqlite3.connect(month[0] / "kept" / "storywatch.db")) as connection:
        rows = connection.execute("SELECT body FROM messages WHERE channel = 'hook'")
        bodies = [json.loads(body) for (body,) in rows]
    assert {body["type"] for body in bodies} >= EVENTS
    for body in bodies:
        Draft202012Validator(strict(WEBHOOK_SCHEMAS[body["type"]])).validate(body)


def test_nothing_is_lost_or_left(month: tuple[Path, str]) -> None:
    """Every alert was sent or is in a digest, and the database is sound."""
    assert follow("storywatch db check", month[0] / "kept", programs=programs(month[0])) == ""
    [deliveries] = run(month[0], "status", "--format", "json")
    assert set(deliveries["deliveries"]) <= {"sent"}


def test_a_story_returns(month: tuple[Path, str]) -> None:
    """The largest story grew, and the ruling of weeks later belongs to it or continues it."""
    [stories] = run(month[0], "stories", "list", "--since", "31d", "--format", "json")
    largest = max(stories, key=lambda story: story["sources"])
    assert largest["sources"] >= 3
    assert any(story["continues"] for story in stories) or largest["last_seen"] > largest["first_seen"]


def test_the_printed_commands_work(month: tuple[Path, str]) -> None:
    """Each of them is run as printed; the pages are asked for their state."""
    folder, said = month
    printed = re.findall(r"(?m)^  [a-z][^:]+: +(storywatch .*)$", said.partition("Look into it:")[2])
    assert len(printed) >= 6
    for command in printed:
        if not command.endswith("pages serve"):
            assert follow(command, folder, programs=programs(folder))
    port = re.findall(
        r'listen = "127.0.0.1:(\d+)"', (folder / "kept" / "storywatch.toml").read_text(encoding="utf-8")
    )
    serving = started("--config", "kept/storywatch.toml", "pages", "serve", folder=folder)
    try:
        asked = (
            f"until curl -fsS http://127.0.0.1:{port[0]}/schemas/webhook/story.new.json; do sleep 0.1; done"
        )
        assert "story.new" in follow(asked, folder)
    finally:
        serving.terminate()
        serving.communicate()


def test_json_output_has_every_promised_field(month: tuple[Path, str]) -> None:
    """Each field that `--format json` of a command had at the release is still there."""
    promised = json.loads(FORMATS.read_text(encoding="utf-8"))
    missing = {command: set(fields) - fields_of(month[0], command) for command, fields in promised.items()}
    assert {command: fields for command, fields in missing.items() if fields} == {}


def fields_of(folder: Path, command: str) -> set[str]:
    """Return the places of the fields that a command prints."""
    return {".".join(key) for value in run(folder, *command.split()) for key in keys(value)}


def programs(folder: Path) -> Path:
    """Return the folder with the program."""
    return folder / "bin" if (folder / "bin").exists() else put_program(folder)


def run(folder: Path, *words: str) -> Iterator[Any]:
    """Yield the values that a command prints as JSON."""
    named = [words_of(folder, word) for word in words]
    done = spoken(*named, folder=folder / "kept")
    assert done.code in {0, 1}, done.err
    lines = done.out.splitlines() if "jsonl" in words else [done.out]
    yield from map(json.loads, lines)


def words_of(folder: Path, word: str) -> str:
    """Return a word of a command, with an id of the month for its placeholder."""
    with closing(sqlite3.connect(folder / "kept" / "storywatch.db")) as connection:
        match word:
            case "DELIVERY":
                return str(connection.execute("SELECT id FROM deliveries ORDER BY created_at").fetchone()[0])
            case "FEED":
                return str(connection.execute("SELECT url FROM feeds ORDER BY id").fetchone()[0])
            case "STORY":
                return f"s{connection.execute('SELECT id FROM stories ORDER BY size DESC').fetchone()[0]}"
            case "ITEM":
                return f"i{connection.execute('SELECT item_id FROM matches').fetchone()[0]}"
    return word

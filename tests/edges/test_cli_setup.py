"""Setting up, and errors in it: one clear sentence, the right exit code, no traceback."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from pathlib import Path

import pytest
from shell import COMMAND, configure, environment, spoken, storywatch

THREE_ERRORS = """
databse = "sqlite:///x.db"

[[feeds]]
url = "https://example.org/feed"
interval = "soon"

[[topics]]
name = "police"
query = '"face recognition'
"""


def test_init_writes_a_valid_configuration_once(tmp_path: Path) -> None:
    """A second init changes no byte."""
    assert storywatch("init", "watch", folder=tmp_path).code == 0
    folder = tmp_path / "watch"
    checked = storywatch("check", folder=folder)
    assert (checked.code, checked.out) == (0, "")
    assert "no errors" in checked.err
    config = folder / "storywatch.toml"
    config.write_text(config.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    again = storywatch("init", "watch", folder=tmp_path)
    assert again.code == 0
    assert "kept" in again.err
    assert "written" not in again.err
    assert config.read_text(encoding="utf-8").endswith("# mine\n")


def test_check_names_every_error_with_its_line_at_once(tmp_path: Path) -> None:
    """An unknown key, a wrong value and a bad query are reported together with exit code 2 (R21)."""
    (tmp_path / "storywatch.toml").write_text(THREE_ERRORS)
    done = spoken("check", folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "3 errors" in done.err
    lines = sorted(int(line) for line in re.findall(r"storywatch\.toml:(\d+):", done.err))
    assert lines == [2, 6, 10]
    for command in ("once", "run", "feeds list", "digest"):
        other = spoken(*command.split(), folder=tmp_path)
        assert other.code == 2, command
        assert "Traceback" not in other.err


def test_a_private_or_broken_feed_is_no_error_of_the_configuration(tmp_path: Path) -> None:
    """Polling reports it as an error of that feed."""
    configure(tmp_path, "http://10.0.0.1/feed", "ftp://example.org/feed")
    assert spoken("check", folder=tmp_path).code == 0


def test_the_configuration_is_found_by_option_variable_and_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--config` beats `$STORYWATCH_CONFIG`, which beats the working directory."""
    for name in ("here", "by-variable", "by-option"):
        (tmp_path / name).mkdir()
        configure(tmp_path / name, f"https://{name}.example/feed")
    listing = ("feeds", "list", "--format", "json")
    option = ("--config", str(tmp_path / "by-option" / "storywatch.toml"))
    monkeypatch.delenv("STORYWATCH_CONFIG", raising=False)
    assert "https://here.example" in spoken(*listing, folder=tmp_path / "here").out
    monkeypatch.setenv("STORYWATCH_CONFIG", str(tmp_path / "by-variable" / "storywatch.toml"))
    assert "https://by-variable.example" in spoken(*listing, folder=tmp_path / "here").out
    assert "https://by-option.example" in spoken(*listing, *option, folder=tmp_path / "here").out
    assert (tmp_path / "by-option" / "storywatch.db").exists()


def test_a_topic_without_a_definition_is_one_error(tmp_path: Path) -> None:
    """A topic without articles, rule and query is not tried to be learnt from no articles."""
    (tmp_path / "storywatch.toml").write_text('[[topics]]\nname = "harbour"\n', encoding="utf-8")
    checked = spoken("check", folder=tmp_path)
    assert "1 error in the configuration" in checked.err
    assert "has none of 'articles', 'rule' and 'query'" in checked.err


MISTAKES = {
    "no configuration": (("once",), "storywatch init"),
    "no such configuration": (("check", "--config", "nowhere.toml"), "nowhere.toml"),
    "unknown command": (("fedes",), "Did you mean 'feeds'"),
    "unknown option": (("once", "--dry"), "--dry"),
    "time without offset": (("once", "--now", "2026-03-01T12:00:00"), "no offset"),
    "no time": (("once", "--now", "noon"), "is not a time"),
    "run takes no clock": (("run", "--now", "2026-03-01T12:00:00Z"), "--now"),
    "no duration": (("digest", "--since", "often"), "often"),
    "no such folder": (("replay", "nowhere"), "nowhere"),
    "folder without bodies": (("replay", "."), "no archived bodies"),
    "missing article": (("topics", "learn", "x", "missing.txt"), "missing.txt: cannot be read"),
    "empty article": (("topics", "learn", "x", "empty.txt"), "empty.txt"),
    "backtest of nothing": (("backtest",), "name the topics"),
    "missing items": (("backtest", "--all", "--items", "missing.jsonl"), "missing.jsonl"),
    "items that are no JSON": (("backtest", "--all", "--items", "broken.jsonl"), "line 2"),
    "items that are no text": (("backtest", "--all", "--items", "binary.jsonl"), "binary.jsonl"),
    "items that are a folder": (("backtest", "--all", "--items", "."), "."),
    "missing rule": (("backtest", "missing.toml", "--items", "-"), "missing.toml: cannot be read"),
    "broken rule": (("backtest", "broken.toml", "--items", "-"), "broken.toml"),
}
CONFIGURED_MISTAKES = {
    "no database URL": (("feeds", "list", "--database", "nonsense"), "--database is not a database URL"),
    "another database": (("feeds", "list", "--database", "mysql://u:secret@h/d"), "mysql"),
    "database in no folder": (
        ("feeds", "list", "--database", "sqlite:///no/such/folder/x.db"),
        "cannot be opened",
    ),
    "database in a read-only folder": (("once", "--database", "sqlite:////proc/x.db"), "cannot be opened"),
    "database that is none": (("once", "--database", "sqlite:///broken.toml"), "broken.toml"),
    "unknown topic": (("topics", "show", "polise"), "police"),
    "unknown topic of a digest": (("digest", "--topic", "polise"), "police"),
    "unknown channel": (("digest", "--send", "nobody"), "console"),
    "unknown item": (("topics", "explain", "police", "i999"), "i999"),
    "missing file": (("topics", "explain", "police", "missing.txt"), "missing.txt"),
    "empty file": (("topics", "explain", "police", "empty.txt"), "empty.txt"),
}


def _complains(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    (folder / "empty.txt").write_bytes(b"")
    (folder / "broken.toml").write_text("this is = = no TOML")
    (folder / "broken.jsonl").write_text('{"id": 1, "title": "One"}\nnot json\n')
    (folder / "binary.jsonl").write_bytes(b"\xff\xfe\x00\x80")
    done = spoken(*arguments, folder=folder)
    assert done.code == 2, done.err
    assert words in done.err
    assert "Traceback" not in done.err
    assert "storywatch itself" not in done.err
    assert "secret" not in done.err


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_answered_in_a_sentence(tmp_path: Path, mistake: str) -> None:
    """The error is one sentence with exit code 2 and no traceback."""
    _complains(tmp_path, *MISTAKES[mistake])


@pytest.mark.parametrize("mistake", CONFIGURED_MISTAKES)
def test_a_mistake_beside_a_sound_configuration_is_answered_in_a_sentence(
    tmp_path: Path, mistake: str
) -> None:
    """The same holds with a valid configuration."""
    configure(tmp_path, "https://example.org/feed")
    _complains(tmp_path, *CONFIGURED_MISTAKES[mistake])


def test_a_database_of_a_newer_storywatch_is_refused(tmp_path: Path) -> None:
    """There is one sentence, exit code 2, and not a byte is changed (S4)."""
    configure(tmp_path, "https://example.org/feed")
    assert spoken("feeds", "list", folder=tmp_path).code == 0
    with sqlite3.connect(tmp_path / "storywatch.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = (tmp_path / "storywatch.db").read_bytes()
    done = storywatch("once", folder=tmp_path)
    assert done.code == 2
    assert "newer storywatch" in done.err
    assert (tmp_path / "storywatch.db").read_bytes() == before


def test_a_pipe_that_closes_early_is_no_error(tmp_path: Path) -> None:
    """`storywatch feeds list | head -1` ends silently."""
    configure(tmp_path, *(f"https://example.org/{number}" for number in range(3_000)))
    piped = subprocess.Popen(
        [*COMMAND, "feeds", "list", "--format", "jsonl"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert piped.stdout is not None
    piped.stdout.readline()
    piped.stdout.close()
    assert piped.stderr is not None
    assert piped.stderr.read() == b""
    piped.stderr.close()
    piped.wait(timeout=120)

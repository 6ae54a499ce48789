"""Long work shows its progress on a terminal, and nothing in pipes, logs and dumb terminals."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from shell import COMMAND, configure, environment, rss, serving, storywatch

from alerts.render.formats.columns import columns

COLOUR = re.compile(rb"\x1b\[[0-9;]*m")


def watched(*arguments: str, folder: Path, **given: str) -> tuple[bytes, bytes]:
    """Run a command whose stderr is a terminal and whose stdout is a pipe; return what came on each."""
    return _at_terminal("stderr", "stdout", *arguments, folder=folder, **given)


def shown(*arguments: str, folder: Path, **given: str) -> bytes:
    """Run a command whose stdout is a terminal and whose stderr is a pipe; return what came on the terminal."""
    return _at_terminal("stdout", "stderr", *arguments, folder=folder, **given)[1]


def _at_terminal(
    terminal: str, pipe: str, *arguments: str, folder: Path, **given: str
) -> tuple[bytes, bytes]:
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(**{"TERM": "xterm", "COLUMNS": "100", **given}),
        stdin=subprocess.DEVNULL,
        **{pipe: subprocess.PIPE, terminal: theirs},
    )
    os.close(theirs)
    seen = b""
    with suppress(OSError):  # the error of Linux if the other end is closed
        while got := os.read(ours, 65536):
            seen += got
    os.close(ours)
    piped = running.communicate(timeout=60)
    assert running.returncode == 0
    return piped[pipe == "stderr"], seen


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A folder of two archived bodies."""
    for hour in (9, 10):
        body = tmp_path / "archive" / "quay" / f"20210518T{hour:02}0000Z.xml"
        body.parent.mkdir(parents=True, exist_ok=True)
        body.write_bytes(rss(f"Dockers strike {hour}"))
    return tmp_path


def test_progress_is_shown_on_a_terminal(archive: Path) -> None:
    """It is on stderr, in colour, and does not affect stdout."""
    out, seen = watched("replay", "archive", "--all", "--format", "jsonl", folder=archive)
    assert b"replaying" in seen
    assert b"2/2" in COLOUR.sub(b"", seen)
    assert COLOUR.search(seen)
    assert b"\x1b" not in out
    assert out == storywatch("replay", "archive", "--all", "--format", "jsonl", folder=archive).out.encode()


@pytest.mark.parametrize("given", [{"NO_COLOR": "1"}, {}])
def test_colour_is_left_out_on_request(archive: Path, given: dict[str, str]) -> None:
    """`NO_COLOR` and `--no-color` disable it."""
    option = () if given else ("--no-color",)
    _, seen = watched("replay", "archive", "--all", *option, folder=archive, **given)
    assert b"replaying" in seen
    assert not re.search(rb"\x1b\[[0-9;]*3[0-7][0-9;]*m", seen)


def test_a_dumb_terminal_and_a_pipe_get_no_progress(archive: Path) -> None:
    """Progress is written only where it can be overwritten."""
    _, seen = watched("replay", "archive", "--all", folder=archive, TERM="dumb")
    assert seen == b""
    assert storywatch("replay", "archive", "--all", folder=archive).err == ""


def test_a_round_shows_how_many_feeds_are_read(tmp_path: Path) -> None:
    """The summary at the end is on lines of its own."""
    with serving(one=rss("Police one"), two=rss("Police two")) as site:
        configure(tmp_path, f"{site.url}/one", f"{site.url}/two")
        _, seen = watched("once", folder=tmp_path)
    plain = COLOUR.sub(b"", seen)
    assert b"polling" in plain
    assert b"2/2" in plain
    assert b"first poll of 2 feeds" in plain


def test_a_backtest_counts_items(tmp_path: Path) -> None:
    """It counts with and without a known total."""
    (tmp_path / "items.jsonl").write_text('{"id": 1, "title": "One"}\n' * 120)
    out, seen = watched("backtest", "--all", "--items", "items.jsonl", folder=tmp_path)
    assert b"judging" in seen
    assert out.startswith(b"*: 120 of 120 items")


def test_a_table_fits_its_terminal_and_is_whole_in_a_pipe(tmp_path: Path) -> None:
    """Rows are cut to the terminal's width, and wide characters stay aligned."""
    config = configure(tmp_path, *(f"https://example.org/{name}" for name in ("one", "two")))
    long = "朝日新聞 " * 12
    config.write_text(config.read_text(encoding="utf-8").replace('"Feed 1"', f'"{long}"'), encoding="utf-8")
    lines = shown("feeds", "list", folder=tmp_path, COLUMNS="60").decode().splitlines()
    assert len(lines) == 3
    assert max(map(columns, lines)) <= 60
    assert lines[1].endswith("…")
    piped = storywatch("feeds", "list", folder=tmp_path).out.splitlines()
    assert long.strip() in piped[1]

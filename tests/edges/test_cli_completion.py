"""Shells complete commands, options and names."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from shell import configure, environment, rss, serving, spoken, storywatch

CHANNEL = """
[[channels]]
name = "desk"
type = "console"

[[routes]]
topics = ["*"]
group_wait = "0s"
"""
ASKED = {
    "storywatch feeds d": "discover",
    "storywatch topics show po": "police",
    "storywatch feeds pause exam": "example.org/feed.xml",
    "storywatch channels test d": "desk",
    "storywatch digest --topic po": "police",
    "storywatch mute pol": "police",
}
PATIENCE = 60.0  # seconds for a shell's answer, on a busy machine


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configured folder with the program and its completion scripts in it."""
    made = tmp_path_factory.mktemp("watch")
    configure(made, "https://example.org/feed.xml", more=CHANNEL)
    program = made / "storywatch"
    program.write_text(
        f"#!{sys.executable}\nfrom monitor.cli import main\nif __name__ == '__main__':\n    main()\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    for shell in ("bash", "zsh", "fish"):
        (made / f"script.{shell}").write_text(spoken("completion", shell, folder=made).out)
    return made


def surroundings(folder: Path) -> dict[str, str]:
    """Return an environment in which `storywatch` is this program."""
    root = str(Path(__file__).parents[2])
    return environment(PATH=f"{folder}:/usr/bin:/bin", PYTHONPATH=root, HOME=str(folder), TERM="dumb")


def ran(program: str, script: str, folder: Path) -> list[str]:
    """Return the lines that a shell script prints."""
    if shutil.which(program) is None:
        pytest.skip(f"no {program} here (Debian: apt-get install {program})")
    done = subprocess.run(
        [program, "-c", script],
        cwd=folder,
        env=surroundings(folder),
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_asks_the_command(tmp_path: Path, shell: str) -> None:
    """The script sets the variable that makes click print completions."""
    done = spoken("completion", shell, folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert f"_STORYWATCH_COMPLETE={shell}_complete" in done.out


@pytest.mark.parametrize("line", ASKED)
def test_bash_completes(folder: Path, line: str) -> None:
    """The completion function works as bash calls it."""
    words = line.split()
    script = f"""source script.bash
        COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}
        _storywatch_completion storywatch {words[-1]} {words[-2]}
        printf '%s\\n' "${{COMPREPLY[@]}}" """
    assert ran("bash", script, folder) == [ASKED[line]]


@pytest.mark.parametrize("line", ASKED)
def test_fish_completes(folder: Path, line: str) -> None:
    """The completion works as fish calls it on TAB."""
    [answer] = ran("fish", f"source script.fish; complete --do-complete '{line}'", folder)
    assert answer.split("\t")[0] == ASKED[line]


@pytest.fixture(scope="module")
def zsh(folder: Path) -> Iterator[int]:
    """A zsh at a terminal with its completion set up."""
    if shutil.which("zsh") is None:
        pytest.skip("no zsh here (Debian: apt-get install zsh)")
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        ["zsh", "-f", "-i"],
        cwd=folder,
        env=surroundings(folder),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    os.write(ours, b"PS1=; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -D -u\n")
    os.write(ours, b"source script.zsh; echo rea''dy\n")
    read_until(ours, "ready")
    yield ours
    running.kill()
    running.wait()
    os.close(ours)


def read_until(terminal: int, words: str) -> str:
    """Return the terminal's output up to these words."""
    seen, until = "", time.monotonic() + PATIENCE
    while words not in seen:
        waiting, _, _ = select.select([terminal], [], [], max(until - time.monotonic(), 0))
        assert waiting, f"{words!r} does not come: {seen!r}"
        with suppress(BlockingIOError):
            seen += os.read(terminal, 4096).decode(errors="replace")
    return seen


@pytest.mark.parametrize("line", ASKED)
def test_zsh_completes(zsh: int, line: str) -> None:
    """TAB completes the word."""
    os.write(zsh, f"{line}\t".encode())
    seen = read_until(zsh, ASKED[line])
    os.write(zsh, b"\x15")  # clears the line for the next
    assert re.search(rf"{re.escape(ASKED[line])}", seen)


def test_stories_and_deliveries_are_completed_from_the_database(tmp_path: Path) -> None:
    """Their ids are offered with a description."""
    with serving(feed=rss("Police halt trial")) as site:
        configure(tmp_path, f"{site.url}/feed")
        assert spoken("once", "--backfill", folder=tmp_path).code == 0
    assert completed("stories show s", folder=tmp_path) == [("s1", "Police halt trial")]
    [(ident, meaning)] = completed("alerts replay dlv", folder=tmp_path)
    assert ident.startswith("dlv_")
    assert meaning.startswith("sent: ")


def test_completion_without_a_configuration_is_silent(tmp_path: Path) -> None:
    """No name is completed, nothing is printed, and no database is created."""
    assert completed("topics show p", folder=tmp_path) == []
    assert completed("stories show s", folder=tmp_path) == []
    configure(tmp_path, "https://example.org/feed")
    assert completed("stories show s", folder=tmp_path) == []
    assert completed("mute po", folder=tmp_path) == [("police", "topic")]
    assert not (tmp_path / "storywatch.db").exists()


def completed(line: str, *, folder: Path) -> list[tuple[str, str]]:
    """Return the completed words and their descriptions as zsh gets them."""
    words = ["storywatch", *line.split()]
    asked = {
        "_STORYWATCH_COMPLETE": "zsh_complete",
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
    }
    done = storywatch(folder=folder, **asked)
    assert done.err == ""
    lines = done.out.splitlines()
    return [pair for pair in zip(lines[1::3], lines[2::3], strict=True) if pair[0]]

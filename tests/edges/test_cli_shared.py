"""Common behaviour of commands: option order, streams, times, and commands that work as printed."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from shell import COMMAND, configure, environment, rss, serving, spoken, storywatch

from monitor.cli.shared.context import CommandContext

TITLE = "Police cross the Łódź bridge → 日本"
LATER = "2026-06-01T12:00:00Z"


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose database holds an item with characters that Latin-1 lacks."""
    folder = tmp_path_factory.mktemp("polled")
    with serving(feed=rss(TITLE)) as site:
        configure(folder, f"{site.url}/feed")
        assert spoken("once", "--backfill", folder=folder).code == 0
    return folder


def programs(folder: Path) -> Path:
    """Return a program outside the search path, as `pip` installs it into a virtual environment."""
    program = folder / "bin" / "storywatch"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\nfrom monitor.cli import main\nif __name__ == '__main__':\n    main()\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    return program


def in_shell(line: str, folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell."""
    root = str(Path(__file__).parents[2])
    surroundings = environment(PYTHONPATH=root, PATH="/usr/bin:/bin", **given)
    return subprocess.run(
        line,
        shell=True,
        cwd=folder,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "line",
    [
        ("--config", "other.toml", "status", "--format", "json"),
        ("status", "--config", "other.toml", "--format", "json"),
        ("--debug", "--no-color", "-v", "--config", "other.toml", "feeds", "list", "--format", "json"),
        ("feeds", "--config", "other.toml", "list", "--format", "json"),
        ("feeds", "--config", "missing.toml", "list", "--config", "other.toml", "--format", "json"),
    ],
    ids=" ".join,
)
def test_shared_options_may_precede_or_follow_the_command(tmp_path: Path, line: tuple[str, ...]) -> None:
    """The later of two counts."""
    configure(tmp_path, "https://example.org/feed")
    (tmp_path / "storywatch.toml").rename(tmp_path / "other.toml")
    done = spoken(*line, folder=tmp_path)
    assert done.code == 0, done.err
    assert json.loads(done.out)


@pytest.mark.parametrize(
    "words", ["feeds list", "alerts list", "channels list", "why i1", "mute police --for 1h"]
)
def test_every_one_shot_command_takes_now(polled: Path, words: str) -> None:
    """`--now` may be before or after the command."""
    assert spoken(*words.split(), "--now", LATER, folder=polled).code == 0
    assert spoken("--now", LATER, *words.split(), folder=polled).code == 0


@pytest.mark.parametrize("words", [("run",), ("worker",), ("demo",)])
def test_commands_that_keep_running_refuse_now(tmp_path: Path, words: tuple[str, ...]) -> None:
    """The error gives the reason, wherever the option is."""
    configure(tmp_path, "https://example.org/feed")
    for line in (("--now", LATER, *words), (*words, "--now", LATER)):
        done = spoken(*line, folder=tmp_path)
        assert (done.code, done.out) == (2, "")
        assert "real clock" in done.err


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_round_with_closed_streams_polls_as_ever(tmp_path: Path, closed: str) -> None:
    """The round works as if the closed streams were the null device."""
    with serving(feed=rss(TITLE)) as site:
        configure(tmp_path, f"{site.url}/feed")
        line = f"{shlex.join(COMMAND)} once --backfill {closed}"
        done = in_shell(line, tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(spoken("status", "--format", "json", folder=tmp_path).out)["items"] == 1


@pytest.mark.parametrize(
    "words",
    ["feeds list", "items search police", "items show i1", "stories list", "digest --since 900d", "why i1"],
)
def test_a_terminal_in_latin_1_gets_question_marks(polled: Path, words: str) -> None:
    """Characters that Latin-1 has are printed."""
    line = f"{shlex.join([*COMMAND, *words.split()])}"
    done = subprocess.run(
        line,
        shell=True,
        cwd=polled,
        env=environment(PYTHONIOENCODING="latin-1"),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "�" not in done.stdout.decode("latin-1")


def test_json_for_latin_1_loses_nothing(polled: Path) -> None:
    """Characters that the encoding lacks are escaped."""
    done = storywatch("items", "show", "i1", "--format", "json", folder=polled, PYTHONIOENCODING="latin-1")
    assert json.loads(done.out)["title"] == TITLE


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (("items", "show", f"i{10**30}"), "no item"),
        (("stories", "show", f"s{10**20}"), "no story"),
        (("stories", "merge", "s1", f"s{2**63}"), "no story"),
        (("stories", "split", "s1", "i" + 5000 * "9"), "no item"),
        (("why", f"a{10**20}"), "no item, story or alert"),
        (("mark", "no", f"i{10**20}"), "no item"),
        (("mark", "no", f"s{10**20}"), "no alert, story or item"),
        (("mute", f"s{10**20}", "--for", "1h"), "no story"),
        (("topics", "explain", "police", f"i{10**20}"), "no item"),
        (("alerts", "list", "--limit", str(2**63)), "not a number of rows"),
        (("items", "search", "police", "--limit", str(2**63)), "not a number of rows"),
        (("status", "--now", "9999-12-31T23:59:59Z"), "out of range"),
        (("stories", "list", "--since", "99999999d"), "longer than a century"),
        (("items", "search", "police", "--since", f"{10**15}d"), "longer than a century"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else "",
)
def test_numbers_beyond_the_database_are_refused(polled: Path, line: tuple[str, ...], words: str) -> None:
    """A number too large exits with 2 and the reason."""
    done = spoken(*line, folder=polled)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert "storywatch itself" not in done.err


def test_status_before_the_first_poll_calls_no_feed_ok(tmp_path: Path) -> None:
    """Feeds never polled are called so, in text and JSON."""
    configure(tmp_path, "https://example.org/feed", "https://example.org/other")
    words = spoken("status", folder=tmp_path).out
    assert "feeds       2 not polled yet\n" in words
    assert json.loads(spoken("status", "--format", "json", folder=tmp_path).out)["unpolled_feeds"] == 2


def test_commands_are_printed_as_they_have_to_be_typed(tmp_path: Path) -> None:
    """Commands printed name a program outside the search path and a configuration given by an option."""
    program = programs(tmp_path)
    (tmp_path / "there").mkdir()
    configure(tmp_path / "there")
    shown = in_shell(f"{program} status --config there/storywatch.toml", tmp_path)
    assert "`bin/storywatch --config there/storywatch.toml feeds add URL`" in shown.stdout
    refused = in_shell("bin/storywatch stories show s9 --config there/storywatch.toml", tmp_path)
    assert "`bin/storywatch --config there/storywatch.toml stories list`" in refused.stderr
    help_text = in_shell("bin/storywatch --config there/storywatch.toml feeds list --help", tmp_path).stdout
    assert "Example: bin/storywatch --config there/storywatch.toml feeds list --format json" in help_text
    assert "`storywatch" not in refused.stderr


def test_commands_are_short_where_the_program_is_found_by_name(tmp_path: Path) -> None:
    """On the search path only the name is printed."""
    program = programs(tmp_path)
    configure(tmp_path)
    shown = in_shell("PATH=$PWD/bin:$PATH storywatch status", tmp_path)
    assert program.exists()
    assert "`storywatch feeds add URL`" in shown.stdout


def test_the_commands_after_init_work_as_printed(tmp_path: Path) -> None:
    """They work from the folder to which the printed `cd` leads."""
    programs(tmp_path)
    written = in_shell("bin/storywatch init watch", tmp_path).stderr
    lines = [line.split("  ")[0] for line in written.partition("Next:")[2].strip().splitlines()]
    enter, *_, digest, doctor = [line.strip() for line in written.partition("Next:")[2].strip().splitlines()]
    assert lines
    for line in (digest, doctor):
        command = line.partition("   ")[0]
        ran = in_shell(f"{enter} && {command}", tmp_path)
        assert ran.returncode in {0, 1}, ran.stderr
        assert "not found" not in ran.stderr


def test_a_second_run_is_refused_before_the_daemon_is_imported(tmp_path: Path) -> None:
    """Neither the scheduler nor HTTP nor the topics are imported."""
    configure(tmp_path, "https://example.org/feed")
    assert spoken("status", folder=tmp_path).code == 0
    script = (
        "import sys; from monitor.cli import main; from storage.engine.file_lock import file_hold; from pathlib import Path\n"
        "sys.argv = ['storywatch', 'run']\n"
        "with file_hold(Path('storywatch.db')):\n"
        "    try:\n        main()\n"
        "    except SystemExit as ended:\n        code = ended.code\n"
        "heavy = {'apscheduler', 'httpx', 'feedparser', 'monitor.topics', 'monitor.matching', 'alerts.deliver'} & set(sys.modules)\n"
        "print(code, sorted(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment(PYTHONPATH=os.pathsep.join(sys.path)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "75 []\n", done.stderr


def test_a_command_that_is_interrupted_was_not_used_wrongly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C has an exit code of its own, as under any shell."""

    def interrupt(_: CommandContext) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(CommandContext, "settings", interrupt)
    assert spoken("status", folder=tmp_path).code == 130

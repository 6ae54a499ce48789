"""Rules for every command: help with an example, JSON output, one clear sentence for an error."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from shell import configure, spoken

from monitor.cli.command_line import storywatch
from monitor.cli.help.manual import command_pages

PAGES = dict(command_pages(storywatch, "storywatch"))
# What prints nothing on stdout, or prints what is a form of its own, and so needs no `--format`.
FORMLESS = {
    "storywatch alerts discard": "says on stderr what was done",
    "storywatch alerts replay": "says on stderr what was done",
    "storywatch channels resume": "says on stderr what was done",
    "storywatch channels test": "says on stderr what came of it",
    "storywatch channels schema": "prints a JSON Schema",
    "storywatch check": "says on stderr what it found",
    "storywatch completion": "prints a script",
    "storywatch config schema": "prints a JSON Schema",
    "storywatch db backup": "says on stderr what was done",
    "storywatch db move": "prints a table of counts for the one who waits",
    "storywatch db prune": "says on stderr what was done",
    "storywatch db restore": "says on stderr what was done",
    "storywatch db upgrade": "says on stderr what was done",
    "storywatch demo": "prints alerts as they are told",
    "storywatch feeds add": "says on stderr what was done",
    "storywatch feeds export": "prints OPML",
    "storywatch feeds import": "says on stderr what was done",
    "storywatch feeds pause": "says on stderr what was done",
    "storywatch feeds poll": "says on stderr what was done",
    "storywatch feeds remove": "says on stderr what was done",
    "storywatch feeds resume": "says on stderr what was done",
    "storywatch init": "says on stderr what was written",
    "storywatch mark": "says on stderr what changed",
    "storywatch mcp": "speaks the Model Context Protocol",
    "storywatch once": "prints alerts as channels of type console do",
    "storywatch pages link": "prints a link",
    "storywatch pages end-links": "says on stderr what was done",
    "storywatch pages revoke": "says on stderr what was done",
    "storywatch pages serve": "says on stderr where it serves",
    "storywatch pages token": "prints a token",
    "storywatch run": "prints alerts as channels of type console do",
    "storywatch stories merge": "says on stderr what was done",
    "storywatch stories split": "prints the id of the new story",
    "storywatch topics import": "prints a topic, which is TOML",
    "storywatch topics learn": "prints a rule, which is TOML",
    "storywatch unmute": "says on stderr what was done",
    "storywatch worker": "says on stderr what it does",
}
# Takes the name of something, and does not make it.
NAMING = {
    words for words, page in PAGES.items() if any(isinstance(one, click.Argument) for one in page.params)
} - {
    "storywatch init",
    "storywatch completion",
    "storywatch db backup",
    "storywatch items search",
    "storywatch pages token",
}
WITHOUT_CONFIGURATION = {
    "storywatch channels schema",
    "storywatch completion",
    "storywatch config schema",
    "storywatch licences",
    "storywatch manual",
}  # they describe storywatch itself


@pytest.mark.parametrize("words", PAGES)
def test_help_says_what_it_does_and_gives_an_example(tmp_path: Path, words: str) -> None:
    """`--help` exits with 0 and shows an example."""
    done = spoken(*words.split()[1:], "--help", folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    beyond = done.out.replace(f"Usage: {words}", "", 1)
    assert re.search(rf"{words}\b", " ".join(beyond.split())), "no example"


@pytest.mark.parametrize("words", PAGES)
def test_commands_that_print_have_a_json_format(words: str) -> None:
    """They have `--format json` or `jsonl`, or a listed reason."""
    options = {parameter.name: parameter.type for parameter in PAGES[words].params}
    form = options.get("form")
    if words in FORMLESS:
        assert form is None
    else:
        assert isinstance(form, click.Choice)
        assert set(form.choices) & {"json", "jsonl", "markdown"}


@pytest.mark.parametrize("words", sorted(PAGES.keys() - WITHOUT_CONFIGURATION))
def test_every_command_has_the_shared_options(words: str) -> None:
    """Every command accepts `--config`, `--database` and the options on logs and colour."""
    options = {option for parameter in PAGES[words].params for option in parameter.opts}
    assert options >= {"--config", "--database", "-v", "--no-color", "--log-format", "--debug"}


@pytest.mark.parametrize("words", PAGES)
def test_a_mistyped_option_is_a_usage_error(tmp_path: Path, words: str) -> None:
    """It exits with 2, names the option and has no traceback."""
    done = spoken(*words.split()[1:], "--nonsense", folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "--nonsense" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("words", PAGES)
def test_a_mistyped_command_suggests_the_right_one(tmp_path: Path, words: str) -> None:
    """Groups suggest their commands too."""
    *group, name = words.split()[1:]
    done = spoken(*group, f"{name}x", folder=tmp_path)
    assert done.code == 2
    assert f"'{name}'" in done.err.partition("Did you mean")[2]


@pytest.mark.parametrize("words", sorted(PAGES.keys() - {"storywatch init", "storywatch demo"}))
def test_without_a_configuration_the_remedy_is_named(tmp_path: Path, words: str) -> None:
    """A command exits with 2 and a fix, or works without a configuration."""
    done = spoken(*words.split()[1:], *_arguments(PAGES[words]), folder=tmp_path)
    assert "Traceback" not in done.err
    assert "storywatch itself" not in done.err
    assert done.code in {0, 2}
    if done.code == 2:
        assert "`storywatch init` writes one" in done.err or "nowhere" in done.err


@pytest.mark.parametrize("words", sorted(NAMING))
def test_an_unknown_thing_is_named(tmp_path: Path, words: str) -> None:
    """An unknown topic, feed, story, item, channel or file exits with 2, or with 1 in a search."""
    configure(tmp_path, "https://example.org/feed")
    done = spoken(*words.split()[1:], *_arguments(PAGES[words]), folder=tmp_path)
    assert done.code in {1, 2}
    assert "nowhere" in done.err
    assert "Traceback" not in done.err
    assert "storywatch itself" not in done.err


def test_examples_have_lines_of_their_own(tmp_path: Path) -> None:
    """The help keeps their line breaks and shows no formatting mark."""
    told = spoken("topics", "learn", "--help", folder=tmp_path).out
    assert "\n  storywatch topics learn tunnels articles/*.txt -o tunnels.toml\n" in told
    assert not [words for words, command in command_pages(storywatch) if "\\b" in (command.help or "")]


def _arguments(command: click.Command) -> list[str]:
    """Return a value for every argument that a command requires."""
    given = []
    for parameter in command.params:
        if isinstance(parameter.type, click.Choice) and isinstance(parameter, click.Argument):
            given.append(str(parameter.type.choices[0]))
        elif isinstance(parameter, click.Argument):
            given.append("nowhere")
        elif parameter.required:
            given += [parameter.opts[0], "postgresql+psycopg://nowhere.invalid/x"]
    return given

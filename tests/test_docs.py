"""The README's reference knows every command and every key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from monitor.cli.main import storywatch
from monitor.config import schema

PROJECT = Path(__file__).parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")
CODE = " ".join(re.findall(r"`([^`\n]+)`", README))


def commands(group: click.Group, *path: str) -> Iterator[str]:
    """Yield every command that can be called, as it is typed."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield " ".join((*path, name))


@pytest.mark.parametrize("command", list(commands(storywatch, "storywatch")))
def test_every_command_is_in_the_readme(command: str) -> None:
    """A command that exists is documented."""
    assert re.search(rf"{re.escape(command)}\b", CODE)


def test_every_documented_command_exists() -> None:
    """A command that is documented exists."""
    named = {" ".join(words) for words in re.findall(r"^\| `(storywatch) (\w+)", README, re.MULTILINE)}
    assert named <= {" ".join(command.split()[:2]) for command in commands(storywatch, "storywatch")}


@pytest.mark.parametrize(
    "key", sorted({key for table in ("", *schema.TABLES, *schema.LISTS) for key in schema.known_keys(table)})
)
def test_every_key_is_in_the_readme(key: str) -> None:
    """A configuration key that exists is documented."""
    assert re.search(rf"(?<![\w]){key}(?![\w])", CODE)


def test_each_decision_has_a_number_of_its_own() -> None:
    """The file's name, its heading and no other record share it; none is left out."""
    records = sorted((PROJECT / "docs" / "adr").glob("*.md"))
    numbers = [int(path.name.partition("-")[0]) for path in records]
    assert numbers == list(range(1, len(records) + 1))
    headings = [
        int(path.read_text(encoding="utf-8").removeprefix("# ").partition(".")[0]) for path in records
    ]
    assert headings == numbers

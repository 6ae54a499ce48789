"""`storywatch manual`: a man page or Markdown of every command and its options, generated from the commands."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

EXIT_CODES = (
    ("0", "done"),
    (
        "1",
        "some feeds or deliveries failed (they are named); a search found nothing; something needs attention",
    ),
    ("2", "wrong usage or configuration, or a database that cannot be used"),
    ("69", "the database or this machine cannot be used at the moment; trying again may help"),
    ("70", "an error in storywatch"),
    ("75", "another daemon or `once` holds the database"),
    ("130", "ended by Ctrl-C; `run` and `worker` end with 0"),
)
EVERYWHERE = ("config", "database", "now", "verbose", "no_color", "log_format", "debug")  # described once
FILES = "storywatch.toml, in the working directory, the user's configuration folder or /etc/storywatch."


@click.command()
@click.option("--format", "form", type=click.Choice(["roff", "markdown"]), default="roff", show_default=True)
def manual(form: str) -> None:
    """Print the manual of every command.

    \b
    storywatch manual > ~/.local/share/man/man1/storywatch.1
    storywatch manual | man -l -
    """
    from monitor.cli.command_line import storywatch

    lines = _roff(storywatch) if form == "roff" else _markdown(storywatch)
    click.echo("\n".join(lines))


def command_pages(group: click.Group, *path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its full name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from command_pages(command, *path, name)
        elif command is not None and not command.hidden:
            yield " ".join((*path, name)), command


def _usage(words: str, command: click.Command) -> str:
    context = click.Context(command, info_name=words)
    return f"{words} {' '.join(command.collect_usage_pieces(context))}"


def _options(command: click.Command) -> Iterator[tuple[str, str]]:
    context = click.Context(command)
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record and record[1] and parameter.name not in EVERYWHERE:
            yield record


def _options_everywhere(group: click.Group) -> Iterator[tuple[str, str]]:
    command = dict(command_pages(group))["status"]
    context = click.Context(command)
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record and parameter.name in EVERYWHERE:
            yield record


def _paragraphs(command: click.Command) -> Iterator[tuple[bool, str]]:
    """Yield each paragraph of a command's help, and whether its line breaks are kept."""
    text = inspect.cleandoc(command.help or "")
    for paragraph in re.split(r"\n\s*\n", text):
        verbatim = paragraph.startswith("\b")
        yield verbatim, paragraph.removeprefix("\b").strip("\n") if verbatim else " ".join(paragraph.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A command's part of the manual, independent of the form in which it is printed."""

    words: str
    usage: str
    paragraphs: tuple[tuple[bool, str], ...]
    options: tuple[tuple[str, str], ...]


def _entries(group: click.Group) -> Iterator[_Entry]:
    for words, command in command_pages(group, "storywatch"):
        yield _Entry(
            words=words,
            usage=_usage(words, command),
            paragraphs=tuple(_paragraphs(command)),
            options=tuple(_options(command)),
        )


def _markdown(group: click.Group) -> Iterator[str]:
    for entry in _entries(group):
        yield f"## {entry.words}\n\n```text\n{entry.usage}\n```\n"
        for verbatim, text in entry.paragraphs:
            yield f"```text\n{text}\n```\n" if verbatim else f"{text}\n"
        for names, help_ in entry.options:
            yield f"- `{names}` {help_}"
        yield ""
    yield "## Options of every command\n"
    for names, help_ in _options_everywhere(group):
        yield f"- `{names}` {help_}"
    yield "\n## Exit codes\n"
    for code, meaning in EXIT_CODES:
        yield f"- `{code}` {meaning}"


def _roff(group: click.Group) -> Iterator[str]:
    yield '.TH STORYWATCH 1 "" storywatch "User Commands"'
    yield ".SH NAME\nstorywatch \\- watch feeds for stories on your topics, with one alert per story"
    yield ".SH SYNOPSIS\n.B storywatch\n.I COMMAND\n[\\fIOPTION\\fR]..."
    yield ".SH DESCRIPTION"
    for _, text in _paragraphs(group):
        yield f".PP\n{_escaped(text)}"
    yield ".SH COMMANDS"
    for entry in _entries(group):
        yield f".SS {_escaped(entry.usage)}"
        for verbatim, text in entry.paragraphs:
            yield f".PP\n.nf\n{_escaped(text)}\n.fi" if verbatim else f".PP\n{_escaped(text)}"
        for names, help_ in entry.options:
            yield f".TP\n.B {_escaped(names)}\n{_escaped(help_)}"
    yield ".SH OPTIONS OF EVERY COMMAND"
    for names, help_ in _options_everywhere(group):
        yield f".TP\n.B {_escaped(names)}\n{_escaped(help_)}"
    yield ".SH EXIT STATUS"
    for code, meaning in EXIT_CODES:
        yield f".TP\n.B {code}\n{_escaped(meaning)}"
    yield f".SH FILES\n{_escaped(FILES)}"


def _escaped(text: str) -> str:
    """Escape what roff would interpret: backslashes, dashes, and dots or quotes at the start of a line."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(?=[.'])", r"\\&", escaped, flags=re.MULTILINE)

"""Prints rows as a table, as one JSON list, or as one JSON object per line."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

import click

from alerts.render.formats.columns import columns as columns_of
from alerts.render.formats.columns import fit, pad
from alerts.render.formats.escape import one_line
from monitor.cli.shared.streams import encodes_everything
from monitor.views.iso import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Rows = Sequence[Mapping[str, Any]]

__all__ = ["as_json", "format_option", "iso", "json_option", "minute", "show"]

format_option = click.option(
    "--format", "form", type=click.Choice(["text", "json", "jsonl"]), default="text", show_default=True
)

json_option = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)


def width_of_output() -> int:
    """Return the width of text on standard output in columns: that of the terminal now, or that of mails."""
    from alerts.render.formats.terminal import PLAIN_WIDTH, WIDEST

    return min(get_terminal_size((PLAIN_WIDTH, 24)).columns, WIDEST)


def show(rows: Rows, form: str, *, columns: Mapping[str, Callable[[Mapping[str, Any]], str]]) -> None:
    """Print rows in a form; `columns` maps each heading of the table to a function that returns the text of a row."""
    if form == "json":
        click.echo(as_json(list(rows), indent=2))
    elif form == "jsonl":
        _print_lines(map(as_json, rows))
    else:
        _table(rows, columns)


def _table(rows: Rows, columns: Mapping[str, Callable[[Mapping[str, Any]], str]]) -> None:
    cells = [list(columns), *([one_line(text(row)) for text in columns.values()] for row in rows)]
    widths = [max(columns_of(line[index]) for line in cells) for index in range(len(columns))]
    # Lines are cut to the width of a terminal, but not in a pipe.
    room = get_terminal_size().columns if sys.stdout.isatty() else None
    lines = ["  ".join(map(pad, line, widths)).rstrip() for line in cells]
    _print_lines(lines if room is None else (fit(line, room) for line in lines))


def _print_lines(lines: Iterable[str]) -> None:
    """Print lines at once: to write and flush each of 100,000 takes longer than to make it."""
    click.echo("".join(f"{line}\n" for line in lines), nl=False)


def as_json(value: Any, *, indent: int | None = None) -> str:
    """Return JSON with escapes for characters that a terminal would interpret, hide (R17) or fail to encode."""
    is_ascii = not encodes_everything(getattr(sys.stdout, "encoding", None) or "utf-8")
    text = json.dumps(value, ensure_ascii=is_ascii, indent=indent)
    return "\n".join(line if line.isprintable() else _escaped(line) for line in text.split("\n"))


def _escaped(line: str) -> str:
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def minute(moment: str) -> str:
    """Return a time from the JSON output in the form of tables, in the machine's zone."""
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"

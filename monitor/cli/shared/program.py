"""Completes the commands in messages so that they work when typed as printed.

Messages name commands as `storywatch status`. If the program is not found under that name, or uses a configuration
named by an option, that command would fail or read another database. `as_typed` adds the program's path and options.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli.commands import COMMANDS
from monitor.cli.shared.everywhere import kept

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "storywatch"
NAMED = ("config", "database")  # options that select the database a command reads
FAINT = "\x1b[2m"  # before a command in a coloured message
COMMAND = re.compile(
    rf"(?:(?<![\w./~-])|(?<={re.escape(FAINT)})){NAME} (?=(?:{'|'.join(sorted(COMMANDS))})\b(?!:))"
)


def as_typed(text: str, *, folder: Path = Path(), options: Mapping[str, object] | None = None) -> str:
    """Return a text with its commands in the form in which they must be typed in `folder`.

    `options` are the `config` and `database` to name; by default those of the running command.
    """
    if options is None:
        options = {name: kept(name) for name in NAMED}
    given = [(name, str(options[name])) for name in NAMED if options.get(name)]
    # A database's URL may hold a password, which is never printed.
    named = [word for name, value in given if "@" not in value for word in (f"--{name}", value)]
    words = " ".join([program(folder), *map(shlex.quote, named)])
    return text if words == NAME else COMMAND.sub(lambda _: f"{words} ", text)


def program(folder: Path = Path()) -> str:
    """Return `storywatch` if a shell finds this program by it, else the shorter of its two paths, quoted."""
    called = Path(sys.argv[0])
    if not called.is_file():  # run as a module or by a test
        return NAME
    found = shutil.which(NAME)
    if found is not None and Path(found).samefile(called):
        return NAME
    absolute = os.path.abspath(called)  # noqa: PTH100 - `resolve` would leave the virtual environment
    return shlex.quote(min(os.path.relpath(absolute, folder), absolute, key=len))

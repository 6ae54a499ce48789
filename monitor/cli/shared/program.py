"""The words that call this program from where the person stands.

Messages name commands as `storywatch status`. Where the program is not found under that name, or works on a
configuration named by an option, a command typed as printed would fail or read another database. `as_typed` puts in
what has to be typed.
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
NAMED = ("config", "database")  # options without which a command would read another database
FAINT = "\x1b[2m"  # before a command in a coloured message
COMMAND = re.compile(
    rf"(?:(?<![\w./~-])|(?<={re.escape(FAINT)})){NAME} (?=(?:{'|'.join(sorted(COMMANDS))})\b(?!:))"
)


def as_typed(text: str, *, folder: Path = Path(), options: Mapping[str, object] | None = None) -> str:
    """Return a text in which commands are as somebody in `folder` has to type them.

    `options` are the `config` and `database` that they have to name; by default those of the running command.
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
    if not called.is_file():  # called as a module or from a test
        return NAME
    found = shutil.which(NAME)
    if found is not None and Path(found).samefile(called):
        return NAME
    absolute = os.path.abspath(called)  # noqa: PTH100 - `resolve` would leave the virtual environment
    return shlex.quote(min(os.path.relpath(absolute, folder), absolute, key=len))

"""Folds console messages to the width of the terminal when they are printed, in colour or plain.

A console message is rendered as wide as its text is (`UNFOLDED`), since the terminal that shows it may have any width.
"""

from __future__ import annotations

import re

from alerts.render.formats.ansi import PLAIN, Style
from alerts.render.formats.columns import columns, wrap

UNFOLDED = 100_000  # columns; more than any text has
PLAIN_WIDTH = 72  # columns without a terminal, as in mails
WIDEST = 120  # columns; longer lines are hard to read
NARROWEST = 20  # columns; narrower terminals wrap lines by themselves
_TOPIC = re.compile(r"(\[[^\]\n]+\])(.*)")
_COMMAND = re.compile(r" *(?:[a-z ?]+  +)?storywatch [a-z].*")


def on_terminal(text: str, *, width: int = PLAIN_WIDTH, style: Style = PLAIN) -> str:
    """Return a message as a terminal of this width shows it: topic, headline and commands are set off.

    Commands and links stay whole, so that they can be copied.
    """
    shown: list[str] = []
    before = ""
    for line in text.split("\n"):
        if _COMMAND.fullmatch(line):
            shown.append(style.paint_faint(line))
        elif topic := _TOPIC.fullmatch(line):
            shown.append(style.paint_topic(topic[1]) + style.paint_faint(topic[2]))
        elif line and _TOPIC.fullmatch(before):
            shown += map(style.paint_headline, fold(line, width=width))
        else:
            shown += fold(line, width=width)
        before = line
    return "\n".join(shown)


def fold(line: str, *, width: int) -> list[str]:
    """Return a line in lines of at most `width` columns, the further ones below the first one's last column."""
    width = max(width, NARROWEST)
    if columns(line) <= width:
        return [line]
    indent = len(line) - len(line.lstrip(" "))
    gap = line.rstrip().rfind("  ")
    start = gap + 2 if indent <= gap < width // 2 else indent
    first, *rest = wrap(line[start:], width, indent=" " * columns(line[:start]))
    return [line[:start] + first.lstrip(" "), *rest]

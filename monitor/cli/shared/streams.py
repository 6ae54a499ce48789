"""Makes standard input, output and error usable: open, and able to print any character."""

from __future__ import annotations

import codecs
import os
import sys
from io import TextIOWrapper

STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))  # by file descriptor


def prepare_streams() -> None:
    """Open closed streams on the null device; let streams that are not UTF-8 replace characters they cannot encode.

    A cron line such as `storywatch once >&-` closes standard output. Python then sets `sys.stdout` to None, and the next
    file that is opened, such as the database, would take its descriptor.
    """
    _fill_closed_descriptors()
    for number, (name, mode) in enumerate(STREAMS):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - stays open
    if isinstance(sys.stdout, TextIOWrapper) and not encodes_everything(sys.stdout.encoding):
        sys.stdout.reconfigure(errors="replace")


def _fill_closed_descriptors() -> None:
    """Open the null device for each free descriptor below 3: the system always gives the lowest free one."""
    while (opened := os.open(os.devnull, os.O_RDWR)) < len(STREAMS):
        pass
    os.close(opened)


def encodes_everything(encoding: str) -> bool:
    """Return whether an encoding has every character."""
    return codecs.lookup(encoding).name.startswith("utf")

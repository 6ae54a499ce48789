"""The refusal that every action may raise."""

from __future__ import annotations


class ActionRefused(Exception):  # noqa: N818 - a refusal is an expected answer, not an error of the program
    """What the owner asked for cannot be done; the message names the thing, the cause and the fix.

    Commands print it and exit with 2; pages answer it as a conflict. Actions raise subclasses of it, one per reason that
    a caller may want to tell apart.
    """

"""The refusal that every action may raise."""

from __future__ import annotations


class ActionRefused(Exception):  # noqa: N818 - a refusal is an expected result, not an error of the program
    """The requested action cannot be done; the message names the thing, the cause and the fix.

    Commands print it and exit with 2; pages answer with a conflict. Actions raise a subclass for each reason that a
    caller may want to distinguish.
    """

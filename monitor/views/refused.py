"""The refusal that every view may raise."""

from __future__ import annotations


class ViewRefused(Exception):  # noqa: N818 - a refusal is an expected result, not an error of the program
    """The requested thing cannot be shown; the message names the thing, the cause and the fix.

    Commands print it and exit with 2; pages answer with "not found".
    """

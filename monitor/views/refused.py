"""The refusal that every view may raise."""

from __future__ import annotations

from monitor.config.errors import Refusal


class ViewRefused(Refusal):
    """The requested thing cannot be shown; the message names the thing, the cause and the fix.

    Commands print it and exit with 2; pages answer with "not found" and the cause.
    """

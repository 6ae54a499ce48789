"""The refusal that every action may raise."""

from __future__ import annotations

from monitor.config.errors import Refusal


class ActionRefused(Refusal):
    """The requested action cannot be done; the message names the thing, the cause and the fix.

    Commands print it and exit with 2; pages answer with a conflict and the cause. Actions raise a subclass for each reason that a
    caller may want to distinguish.
    """

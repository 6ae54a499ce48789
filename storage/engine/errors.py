"""Exceptions for a database that cannot be used."""

from __future__ import annotations


class DatabaseRefused(Exception):  # noqa: N818  # a refusal, not a fault of the code
    """The database cannot be used, and waiting does not help; the message names the cause and the fix."""


class AlreadyRunning(Exception):  # noqa: N818  # likewise
    """Another daemon or `once` holds the database."""


class DatabaseUnavailable(Exception):  # noqa: N818  # likewise
    """The database cannot be used at the moment: the disk is full, it is locked, or its server is down.

    The transaction was rolled back and can be repeated later.
    """

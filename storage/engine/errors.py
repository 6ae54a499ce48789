"""The answers of a database that cannot be used."""

from __future__ import annotations


class DatabaseRefused(Exception):  # noqa: N818  # it is an answer to the owner, not a fault of the code
    """The database cannot be used as it stands, and waiting does not help; the message says why and what to do."""


class AlreadyRunning(Exception):  # noqa: N818  # likewise
    """Another daemon or `once` holds the database."""


class LedgerAway(Exception):  # noqa: N818  # likewise
    """The database cannot be used at the moment: the disk is full, it is locked, or its server is away.

    The transaction was rolled back; its work is still to be done.
    """

"""What the ledger can refuse."""

from __future__ import annotations


class DatabaseRefused(Exception):  # noqa: N818  # it is an answer to the owner, not a fault of the code
    """The database cannot be used as it stands; the message says why and what to do."""


class AlreadyRunning(Exception):  # noqa: N818  # likewise
    """Another daemon or `once` holds the ledger."""


class LedgerAway(Exception):  # noqa: N818  # likewise
    """The ledger cannot be used at the moment: the disk is full, it is locked, or its server is away.

    Nothing of the transaction stands; what was to be done is still to be done.
    """

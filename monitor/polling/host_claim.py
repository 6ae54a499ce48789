"""The right to send requests to a host: always in a single process; with many workers, for the holder of its lease."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import Ledger
    from storage.model import Feed


class Claim(Protocol):
    """The right to request from hosts and to store the results, where several machines share a database."""

    def may_ask(self, host: str) -> bool:
        """Return whether this worker may send a request to a host, because no other worker does so meanwhile."""
        ...

    def may_store(self, ledger: Ledger, feeds: Sequence[Feed]) -> set[int]:
        """Return the ids of the feeds whose results may be stored in this transaction."""
        ...


class SoleClaim:
    """The claim of a process that uses the database alone."""

    def may_ask(self, host: str) -> bool:
        """Allow every host."""
        del host
        return True

    def may_store(self, ledger: Ledger, feeds: Sequence[Feed]) -> set[int]:
        """Allow every feed."""
        del ledger
        return {feed.id for feed in feeds}


SOLE_CLAIM = SoleClaim()

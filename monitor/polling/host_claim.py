"""The right to ask a host: of a single process always, of many workers only the one that holds the host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import Ledger
    from storage.model import Feed


class Claim(Protocol):
    """The right to ask hosts and to store what they answer, where several machines share a ledger."""

    def may_ask(self, host: str) -> bool:
        """Return whether no other asks this host while this request lasts."""
        ...

    def may_store(self, ledger: Ledger, feeds: Sequence[Feed]) -> set[int]:
        """Return the ids of those feeds whose answers are still wanted when this transaction ends."""
        ...


class SoleClaim:
    """The claim of one who works on the ledger alone."""

    def may_ask(self, host: str) -> bool:
        """Ask whatever is due."""
        del host
        return True

    def may_store(self, ledger: Ledger, feeds: Sequence[Feed]) -> set[int]:
        """Store whatever comes."""
        del ledger
        return {feed.id for feed in feeds}


ALONE = SoleClaim()

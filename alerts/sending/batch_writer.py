"""Commits the results of concurrent sends in one transaction."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from storage.shortage import resource_shortage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from storage.database import Database, Ledger

T = TypeVar("T")


class BatchWriter:
    """Commits changes in order; changes that arrive during a commit share the next one.

    A commit waits for the disk; without this, eight concurrent sends would wait for eight commits. Use it from one
    event loop.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Callable[[Ledger], Any], asyncio.Future[Any]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, change: Callable[[Ledger], T]) -> T:
        """Return the result of `change` once it is committed; raise the error that prevented its transaction."""
        written: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((change, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._commit_loop(), name="batch-writer")
        return await written

    async def _commit_loop(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting, []
            changes = [change for change, _ in taken]
            committing = asyncio.create_task(asyncio.to_thread(self._commit, changes))
            await asyncio.wait([committing])
            fault = committing.exception()
            fault = fault if fault is None else resource_shortage(fault) or fault
            for index, (_, written) in enumerate(taken):
                if written.done():
                    continue  # its caller was cancelled
                if fault is not None:
                    written.set_exception(fault)
                else:
                    written.set_result(committing.result()[index])

    def _commit(self, changes: Sequence[Callable[[Ledger], Any]]) -> list[Any]:
        with self._database.write() as ledger:
            return [change(ledger) for change in changes]

"""The ledger's door: open it, migrate it, and read or write in one transaction.

    with database.write() as ledger:      # BEGIN IMMEDIATE on SQLite: waits its turn, never fails half-way
        ledger.feeds.save_poll(...)
    with database.read() as ledger:
        ledger.stories.told_since(...)

Everything done on one `Ledger` is one transaction: it stands whole or not at all.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.exc import (
    OperationalError,
)

from storage.alerts import Alerts
from storage.channels import Channels
from storage.controls import Controls
from storage.copies import copy_whole, shrink
from storage.copies import faults as damages
from storage.corrections import Corrections
from storage.digests import Digests
from storage.engines import engine_of, first_line, parsed, refusals, shown, sqlite_path
from storage.errors import DatabaseRefused, LedgerAway
from storage.feeds import Feeds
from storage.items import Items
from storage.leases import Leases
from storage.letters import Letters
from storage.links import Links
from storage.lock import file_lock, server_lock
from storage.marks import Marks
from storage.matches import Matches
from storage.mutes import Mutes
from storage.outbox import Outbox
from storage.page_texts import PageTexts
from storage.pruning import Pruning
from storage.reports import Reports
from storage.search import Search
from storage.soundness import Soundness
from storage.stories import Stories
from storage.trail import Trail
from storage.versions import HEAD, current_revision, found, refuse_newer, upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True)
class Ledger:
    """The stores of one open transaction."""

    feeds: Feeds
    items: Items
    matches: Matches
    stories: Stories
    alerts: Alerts
    outbox: Outbox
    leases: Leases
    digests: Digests
    reports: Reports
    controls: Controls
    corrections: Corrections
    links: Links
    page_texts: PageTexts
    channels: Channels
    letters: Letters
    search: Search
    mutes: Mutes
    trail: Trail
    marks: Marks
    pruning: Pruning
    soundness: Soundness

    @classmethod
    def over(cls, connection: Connection) -> Ledger:
        """Return the stores that speak over `connection`."""
        return cls(
            feeds=Feeds(connection),
            items=Items(connection),
            matches=Matches(connection),
            stories=Stories(connection),
            alerts=Alerts(connection),
            outbox=Outbox(connection),
            leases=Leases(connection),
            digests=Digests(connection),
            reports=Reports(connection),
            controls=Controls(connection),
            corrections=Corrections(connection),
            links=Links(connection),
            page_texts=PageTexts(connection),
            channels=Channels(connection),
            letters=Letters(connection),
            search=Search(connection),
            mutes=Mutes(connection),
            trail=Trail(connection),
            marks=Marks(connection),
            pruning=Pruning(connection),
            soundness=Soundness(connection),
        )


class Database:
    """A ledger on SQLite (WAL, `synchronous=FULL`) or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> Database:
        """Open the ledger at `url`, creating or upgrading its tables.

        Raises:
            DatabaseRefused: the URL is wrong, the folder cannot be written, or what is there is corrupt,
                no ledger, or from a newer storywatch.
            AlreadyRunning: it must be upgraded, and a daemon of the former version holds it.
        """
        engine = engine_of(parsed(url))
        try:
            with refusals(engine.url):
                _bring_up(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    @staticmethod
    def is_there(url: str) -> bool:
        """Return whether opening `url` would find a file rather than create one; a server is always there.

        Raises:
            DatabaseRefused: the URL is wrong.
        """
        path = sqlite_path(parsed(url))
        return path is None or path.exists()

    @property
    def path(self) -> Path | None:
        """The file of a SQLite ledger; None for a server."""
        return sqlite_path(self._engine.url)

    @property
    def revision(self) -> str | None:
        """The schema revision the ledger stands at."""
        with self._engine.connect() as connection:
            return current_revision(connection)

    @contextmanager
    def write(self) -> Iterator[Ledger]:
        """Yield the stores of one write transaction; it is rolled back if the block raises.

        Raises:
            LedgerAway: the disk is full, another holds the ledger for too long, or its server is away.
        """
        writing = self._engine.execution_options(storywatch_begin="BEGIN IMMEDIATE")
        with self._away_named(), writing.begin() as connection:
            yield Ledger.over(connection)

    @contextmanager
    def read(self) -> Iterator[Ledger]:
        """Yield the stores of one read transaction: a single consistent moment.

        Raises:
            LedgerAway: as for `write`.
        """
        with self._away_named(), self._engine.begin() as connection:
            yield Ledger.over(connection)

    @contextmanager
    def _away_named(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            raise LedgerAway(
                f"database {shown(self._engine.url)} cannot be used now: {first_line(error)}"
            ) from error

    def hold(self) -> AbstractContextManager[None]:
        """Return a lock that keeps every other daemon and `once` away from this ledger.

        Raises:
            AlreadyRunning: on entering, when another holds it.
        """
        return _lock(self._engine)

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy of a SQLite ledger to a new file, while others write to the ledger.

        Raises:
            DatabaseRefused: the ledger stands on a server, which has tools of its own for this.
        """
        if self.path is None:
            raise DatabaseRefused("a ledger on PostgreSQL is not copied by storywatch; use pg_dump")
        copy_whole(self.path, path)

    def faults(self) -> list[str]:
        """Return what is damaged or breaks a promise, in words; an empty list for a sound ledger."""
        damaged = [] if self.path is None else list(damages(self.path))
        with self.read() as ledger:
            return [*damaged, *ledger.soundness.faults()]

    def give_back_space(self) -> None:
        """Let the file of a SQLite ledger shrink by what pruning has freed, a little at a time."""
        if self.path is not None:
            shrink(self.path)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _lock(engine: Engine) -> AbstractContextManager[None]:
    path = sqlite_path(engine.url)
    return server_lock(engine) if path is None else file_lock(path)


def _bring_up(engine: Engine) -> None:
    """Create or upgrade the tables; a ledger that is there is copied first, and nobody may be using it."""
    revision = found(engine)
    if revision == HEAD:
        return
    refuse_newer(revision)
    path = sqlite_path(engine.url)
    with nullcontext() if revision is None else _lock(engine):
        if revision is not None and path is not None:
            copy_whole(path, path.with_name(f"{path.name}.schema-{revision}"))
        upgrade(engine)

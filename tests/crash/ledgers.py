"""Ledgers for the runs of the harness: files on SQLite, databases of a server on PostgreSQL."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

from postgresql import administer


class Ledgers(Protocol):
    """Gives each run a copy of the database as it was before the new items."""

    def empty(self) -> str:
        """Return the URL of a new, empty ledger."""
        ...

    def copied(self, original: str, folder: Path) -> str:
        """Return the URL of a copy."""
        ...

    def dropped(self, url: str) -> None:
        """Delete a copy."""
        ...


class Files:
    """Ledgers on SQLite."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def empty(self) -> str:
        return f"sqlite:///{self._folder / 'original.db'}"

    def copied(self, original: str, folder: Path) -> str:
        path = shutil.copy(original.removeprefix("sqlite:///"), folder / "ledger.db")
        return f"sqlite:///{path}"

    def dropped(self, url: str) -> None:
        del url  # it is in the run's folder


class Servers:
    """Ledgers on PostgreSQL; `server` is a URL with `{name}` for the database's name."""

    def __init__(self, server: str) -> None:
        self._server = server

    def empty(self) -> str:
        return self._created("crash_original", "template1")

    def copied(self, original: str, folder: Path) -> str:
        return self._created(f"crash_{folder.name}", _name_in(original))

    def dropped(self, url: str) -> None:
        administer(self._server, f"DROP DATABASE {_name_in(url)} WITH (FORCE)")

    def _created(self, name: str, template: str) -> str:
        administer(self._server, f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._server.format(name=name)


def _name_in(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]

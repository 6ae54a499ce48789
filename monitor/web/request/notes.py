"""Notes of what an action did, shown once on the page that it leads to, with a way to undo it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

MAX_NOTES = 500  # kept at once; the oldest is forgotten first


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """A form whose button takes an action back."""

    path: str
    fields: tuple[tuple[str, str], ...] = ()
    label: str = "Undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One line about what was done; `is_problem` says that it was not."""

    text: str
    undo: Undo | None = None
    is_problem: bool = False


class Notes:
    """Notes by an address that cannot be guessed: a link of somebody else shows nothing."""

    def __init__(self) -> None:
        self._notes: dict[str, Note] = {}

    def keep(self, note: Note) -> str:
        """Keep a note and return its address."""
        name = secrets.token_urlsafe(9)
        self._notes[name] = note
        while len(self._notes) > MAX_NOTES:
            del self._notes[next(iter(self._notes))]
        return name

    def get(self, name: str) -> Note | None:
        """Return a note."""
        return self._notes.get(name)

"""Notes about the result of an action, shown once on the next page, with a way to undo the action."""

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
    """A line about the result of an action; `is_problem` says that the action failed."""

    text: str
    undo: Undo | None = None
    is_problem: bool = False


class Notes:
    """Notes by keys that cannot be guessed, so that a link made by somebody else shows no note."""

    def __init__(self) -> None:
        self._notes: dict[str, Note] = {}

    def keep(self, note: Note) -> str:
        """Store a note and return its key."""
        name = secrets.token_urlsafe(9)
        self._notes[name] = note
        while len(self._notes) > MAX_NOTES:
            del self._notes[next(iter(self._notes))]
        return name

    def get(self, name: str) -> Note | None:
        """Return a note."""
        return self._notes.get(name)

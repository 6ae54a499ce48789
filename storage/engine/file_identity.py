"""Notices that an open database file was deleted or replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from storage.engine.errors import DatabaseRefused
from storage.engine.file_lock import is_file_held
from storage.model.value import value

if TYPE_CHECKING:
    from pathlib import Path


@value
class FileIdentity:
    """The file that was at a path when the database was opened."""

    path: Path
    device: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """Return the identity of the file at a path."""
        found = path.stat()
        return cls(path=path, device=found.st_dev, inode=found.st_ino)

    def check(self) -> None:
        """Check that the same file is still in place.

        Raises:
            DatabaseRefused: it was deleted or replaced, so that writes would be lost.
        """
        try:
            found = self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            raise DatabaseRefused(_lost(self.path, "was deleted")) from None
        except OSError:
            return  # a folder that cannot be searched now, a file server that is away: the database says so itself
        if (found.st_dev, found.st_ino) != (self.device, self.inode):
            raise DatabaseRefused(_lost(self.path, "was replaced by another file"))


def refuse_vanished(path: Path) -> None:
    """Refuse to create a database where a running storywatch still has a deleted one open.

    Raises:
        DatabaseRefused: there is no file, and its lock is held.
    """
    if not path.exists() and is_file_held(path):
        raise DatabaseRefused(_lost(path, "was deleted"))


def _lost(path: Path, what: str) -> str:
    return (
        f"database {path} {what} while storywatch was running; the changes since then are lost. "
        "Stop storywatch, restore a backup with `storywatch db restore FILE`, and start it again"
    )

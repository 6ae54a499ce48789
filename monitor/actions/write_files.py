"""Writes configuration and rule files for pages: never over a version that the owner has not seen, and never in part."""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.actions.refused import ActionRefused
from storage.engine.replace_file import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BACKUP = ".bak"  # suffix of the previous version, which is kept beside the file
_ONE_AT_A_TIME = threading.Lock()  # two browsers may save at the same moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Text that the owner has to write by hand, and the file it belongs in."""

    path: Path
    text: str


class FileChanged(ActionRefused):
    """The file has changed since the owner began to edit it."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: was changed meanwhile; fix: look at it again, then repeat the edit")


class FileNotWritten(ActionRefused):
    """A file cannot be written; `pieces` are the texts that the owner can write there by hand."""

    def __init__(self, path: Path, reason: str, pieces: Sequence[Piece]) -> None:
        super().__init__(
            f"{path}: cannot be written ({reason}); fix: write the text below by hand, or make it writable"
        )
        self.pieces = tuple(pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEdit:
    """The new content of a file; `before` is the digest of the content it replaces, None for a new file."""

    path: Path
    text: str
    before: str | None


def digest_of(path: Path) -> str:
    """Return the digest of a file's present content, by which a change is noticed."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


@contextmanager
def editing_alone() -> Iterator[None]:
    """Keep other edits of this process waiting, so that a file does not change between reading and replacing it."""
    with _ONE_AT_A_TIME:
        yield


def write_edits(edits: Sequence[FileEdit], *, pieces: Sequence[Piece]) -> tuple[Path, ...]:
    """Replace files, all of them or none, and return the paths of the kept previous versions; use in `editing_alone`.

    Raises:
        FileChanged: a file is not what its edit began with, or a new one exists.
        FileNotWritten: a file cannot be written; the refusal carries `pieces`.
    """
    for edit in edits:
        if edit.path.exists() if edit.before is None else digest_of(edit.path) != edit.before:
            raise FileChanged(edit.path)
    kept = tuple(path for edit in edits if edit.before is not None and (path := _keep(edit.path)) is not None)
    written: list[tuple[Path, bytes | None]] = []
    for edit in edits:
        former = None if edit.before is None else edit.path.read_bytes()
        try:
            edit.path.parent.mkdir(exist_ok=True)
            replace_file(edit.path, edit.text.encode())
        except OSError as error:
            _take_back(written)
            raise FileNotWritten(edit.path, error.strerror or str(error), pieces) from None
        written.append((edit.path, former))
    return kept


def restore_kept(path: Path, *, before: str) -> Path:
    """Put back the version that the last edit of a file kept, and keep the present one in its place; return the file.

    `before` is the digest of the edit's result: a file that was changed since is not touched.

    Raises:
        FileChanged: the file was changed since, or no previous version is kept.
        FileNotWritten: the file cannot be written.
    """
    with editing_alone():
        try:
            former = _copy_of(path).read_bytes().decode()
        except OSError:
            raise FileChanged(path) from None
        write_edits([FileEdit(path=path, text=former, before=before)], pieces=[])
    return path


def _copy_of(path: Path) -> Path:
    target = path.resolve()
    return target.with_name(f"{target.name}{BACKUP}")


def take_back(edits: Sequence[FileEdit]) -> None:
    """Remove the new files among edits that were written."""
    _take_back([(edit.path, None) for edit in edits if edit.before is None])


def _keep(path: Path) -> Path | None:
    """Copy a file beside itself, with its permissions; None where the folder cannot be written."""
    target, copy = path.resolve(), _copy_of(path)
    try:
        if not copy.exists():
            copy.touch(mode=0o600)
        copy.chmod(target.stat().st_mode & 0o7777)
        replace_file(copy, target.read_bytes())
    except OSError:
        return None
    return copy


def _take_back(written: Sequence[tuple[Path, bytes | None]]) -> None:
    for path, former in reversed(written):
        with suppress(OSError):
            if former is None:
                path.unlink(missing_ok=True)
            else:
                replace_file(path, former)

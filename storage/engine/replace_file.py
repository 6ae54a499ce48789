"""Replaces a file atomically and durably, keeping its permissions."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from pathlib import Path

# The file is itself a mount point, or its folder is not writable.
IN_PLACE = frozenset({errno.EBUSY, errno.EACCES, errno.EPERM, errno.EROFS, errno.EXDEV})


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file's content in one step; a symbolic link stays a link.

    If the file is writable but its folder is not (a file mounted into a container, say), it is overwritten in place.
    A new file gets the permissions of the umask.

    Raises:
        OSError: it cannot be written; the former content stays, unless the file had to be overwritten in place.
    """
    target = path.resolve()
    try:
        _replace_whole(target, content)
    except OSError as error:
        if error.errno not in IN_PLACE or not target.is_file():
            raise
        with target.open("r+b") as file:
            file.write(content)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())


def _replace_whole(path: Path, content: bytes) -> None:
    """Write beside the file, sync, rename, sync the folder."""
    beside = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        with beside.open("xb") as file:
            with contextlib.suppress(FileNotFoundError):
                os.fchmod(file.fileno(), path.stat().st_mode & 0o7777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        with contextlib.suppress(OSError):  # the first error is reported
            beside.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

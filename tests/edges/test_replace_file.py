"""Files that storywatch rewrites: the configuration, feed lists, Atom files."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from storage.engine.replace_file import replace_file


def test_a_file_is_replaced_behind_its_link_with_its_permissions(tmp_path: Path) -> None:
    """The link stays a link, a private file stays private, and no temporary file is left."""
    target, link = tmp_path / "real.toml", tmp_path / "storywatch.toml"
    target.write_bytes(b"old")
    target.chmod(0o600)
    link.symlink_to(target)
    replace_file(link, b"new")
    assert (link.is_symlink(), target.read_bytes(), target.stat().st_mode & 0o777) == (True, b"new", 0o600)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["real.toml", "storywatch.toml"]


@pytest.mark.parametrize("fault", [errno.EBUSY, errno.EROFS, errno.EACCES])
def test_a_file_that_is_a_mount_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: int
) -> None:
    """A configuration mounted into a container cannot be replaced by a rename."""
    path = tmp_path / "storywatch.toml"
    path.write_bytes(b"an older, longer content")

    def refuse(*_: object) -> None:
        raise OSError(fault, os.strerror(fault))

    monkeypatch.setattr(Path, "replace", refuse)
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert [one.name for one in tmp_path.iterdir()] == ["storywatch.toml"]


def test_another_fault_leaves_the_former_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is an error, and the file is unchanged."""
    path = tmp_path / "storywatch.toml"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["storywatch.toml"]

"""Shared fixtures: watched feeds, and workers with their webhook."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fleet import Fleet, fleet_in
from shell import spoken
from tellers import Receiver, receiver
from watching import FIRST, Watched, watching


@pytest.fixture
def hook() -> Iterator[Receiver]:
    """A webhook that keeps everything."""
    with receiver() as opened:
        yield opened


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """A fleet without workers yet."""
    with fleet_in(tmp_path) as led:
        yield led


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """One feed that works, one that is missing; nothing polled yet."""
    with watching(tmp_path) as watch:
        yield watch


@pytest.fixture
def polled(watched: Watched) -> Watched:
    """The same after a first round."""
    spoken("once", "--now", FIRST, folder=watched.folder)
    return watched


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system of its own")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)

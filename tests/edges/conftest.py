"""Fixtures of several files: watched feeds, and workers with the webhook that they tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fleet import Fleet, fleet_in
from shell import storywatch
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
    storywatch("once", "--now", FIRST, folder=watched.folder)
    return watched

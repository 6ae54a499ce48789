"""What tests of many workers share: where they tell, and themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fleet import Fleet, fleet_in
from tellers import Receiver, receiver


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

"""One Chromium for all tests of pages; where there is none they are skipped, with the reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chromium import Browser, browsing, find_chromium
from looking import AXE


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A running browser."""
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium here (Debian: apt-get install chromium)")
    with browsing(program, tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, which finds barriers in pages."""
    if not AXE.exists():
        pytest.skip("no axe-core here (npm install --prefix tests/browser --no-save axe-core)")
    return AXE.read_text(encoding="utf-8")

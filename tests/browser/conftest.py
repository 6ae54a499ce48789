"""One Chromium for all tests of pages; where there is none they are skipped, with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from chromium import Browser, browsing, find_chromium
from looking import AXE, Onlooker
from served import app_of, configured, serving, with_news

from storage.database import Database


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
    """The script of axe-core, which finds accessibility problems."""
    if not AXE.exists():
        pytest.skip("no axe-core here (npm install --prefix tests/browser --no-save axe-core)")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def look(
    browser: Browser, axe: str, tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[Onlooker]:
    """A browser on pages with the demo's stories."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "ledger.db").write_bytes(sqlite_template.read_bytes())
    pictures = tmp_path_factory.getbasetemp() / "pages"
    with (
        closing(Database.open(f"sqlite:///{folder / 'ledger.db'}")) as database,
        serving(with_news(app_of(configured(folder), database))) as site,
    ):
        yield Onlooker(browser=browser, site=site, axe=axe, folder=pictures)

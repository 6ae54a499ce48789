"""The pages in a real browser: no violation of WCAG 2.2 A or AA, nothing wider than the window, nothing from elsewhere.

Pictures are left in pytest's temporary folder (`pages`), for those who want to look.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from chromium import Browser
from looking import TELEPHONE, WINDOWS, Onlooker, Window
from served import app_of, configured, serving, with_news

from storage.database import Database

PATHS = [
    "/",
    "/stories/s19",
    "/items/i15",
    "/feeds",
    "/feeds/4",
    "/alerts",
    "/digest/2026-03-04",
    "/status",
    "/nowhere",
]


@pytest.fixture(scope="module")
def look(
    browser: Browser, axe: str, tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[Onlooker]:
    """A browser before pages with the demo's stories."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "ledger.db").write_bytes(sqlite_template.read_bytes())
    pictures = tmp_path_factory.getbasetemp() / "pages"
    with (
        closing(Database.open(f"sqlite:///{folder / 'ledger.db'}")) as database,
        serving(with_news(app_of(configured(folder), database))) as site,
    ):
        yield Onlooker(browser=browser, site=site, axe=axe, folder=pictures)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_reads_well(look: Onlooker, path: str) -> None:
    """On a telephone in the dark; the slow suite looks through the other windows."""
    look.check(path, TELEPHONE)


@pytest.mark.slow
@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize("path", PATHS)
def test_a_page_reads_well_in_every_window(look: Onlooker, path: str, window: Window) -> None:
    """Every page at every width, light and dark."""
    look.check(path, window)


def test_the_sign_in_page_reads_well(look: Onlooker) -> None:
    """Before anybody is signed in."""
    look.check("/sign-in", TELEPHONE, signed_in=False)

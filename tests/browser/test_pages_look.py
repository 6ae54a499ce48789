"""The pages in a real browser: no violation of WCAG 2.2 A or AA, no horizontal scrolling, no external requests.

Pictures are left in pytest's temporary folder (`pages`), for those who want to look.
"""

from __future__ import annotations

import pytest
from looking import TELEPHONE, WINDOWS, Onlooker, Window

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


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_accessible(look: Onlooker, path: str) -> None:
    """It is checked at the width of a telephone in dark mode; the slow suite checks the other windows."""
    look.check(path, TELEPHONE)


@pytest.mark.slow
@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_accessible_in_every_window(look: Onlooker, path: str, window: Window) -> None:
    """Every page is checked at every width, light and dark."""
    look.check(path, window)


def test_the_sign_in_page_is_accessible(look: Onlooker) -> None:
    """It is checked without a session."""
    look.check("/sign-in", TELEPHONE, signed_in=False)

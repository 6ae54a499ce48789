"""The page modules, in the order of the navigation. A new subject is one module and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.web.pages import alerts, assets, digest, feeds, home, items, metrics, sign_in, status, stories

if TYPE_CHECKING:
    from monitor.web.request.page import Page

MODULES = (
    home,
    stories,
    items,
    feeds,
    alerts,
    digest,
    status,
    assets,
    metrics,
    sign_in,
)


def every_page() -> tuple[Page, ...]:
    """Return the pages of all modules."""
    return tuple(page for module in MODULES for page in module.PAGES)

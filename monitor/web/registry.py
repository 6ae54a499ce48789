"""The page modules, in the order of the navigation. A new subject is one module and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.web.pages import (
    alerts,
    answers,
    api,
    assets,
    digest,
    feeds,
    home,
    hub_callbacks,
    items,
    metrics,
    schemas,
    sign_in,
    status,
    stories,
    topic_feeds,
)
from monitor.web.pages.topics import (
    item_search,
    new_topic,
    topic_editor,
    topic_list,
    topic_marks,
    topic_page,
    undo_edit,
)

if TYPE_CHECKING:
    from monitor.web.request.page import Page

MODULES = (
    home,
    stories,
    items,
    topic_list,
    new_topic,  # before the page of a topic, whose address matches any name
    topic_editor,
    topic_marks,
    undo_edit,
    topic_page,
    feeds,
    alerts,
    digest,
    status,
    item_search,
    assets,
    metrics,
    schemas,
    sign_in,
    answers,
    topic_feeds,
    hub_callbacks,
    api,
    schemas,
)


def every_page() -> tuple[Page, ...]:
    """Return the pages of all modules."""
    return tuple(page for module in MODULES for page in module.PAGES)

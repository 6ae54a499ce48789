"""`/search`: a search for items, and a topic made from the search or from items found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.views.history.items import search_items
from monitor.views.refused import ViewRefused
from monitor.views.topics.item_texts import query_of_search
from monitor.web.request.page import get

if TYPE_CHECKING:
    from starlette.responses import Response

    from monitor.views.history.items import ItemRow
    from monitor.web.request.page_request import PageRequest

MOST = 100


async def show(ask: PageRequest) -> Response:
    """Show the items that match the words of the address."""
    words = ask.query.get("q", "").strip()
    problem = ""
    items: tuple[ItemRow, ...] = ()
    if words:
        try:
            items = await ask.read(
                lambda ledger: search_items(ledger, words, limit=MOST + 1, after=None, feed=None)
            )
        except ViewRefused:
            problem = "Name a word that must occur: a search of words that must not occur finds everything."
    return ask.page(
        "topics/search",
        words=words,
        items=items[:MOST],
        has_more=len(items) > MOST,
        problem=problem,
        query=query_of_search(words) if items else "",
    )


PAGES = (get("/search", show, nav="Search"),)

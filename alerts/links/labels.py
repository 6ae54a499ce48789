"""The labels of a story's links, in the order in which every message shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.model import Button

if TYPE_CHECKING:
    from storage.model import StoryLinks

OPEN = "Open"
YES = "Yes, this"
NO = "Not this"
MUTE = "Mute 7 days"


def labelled_links(links: StoryLinks | None) -> tuple[tuple[str, str], ...]:
    """Return the links of a story with their labels; empty if no pages are served."""
    if links is None:
        return ()
    return ((OPEN, links.open), (YES, links.yes), (NO, links.no), (MUTE, links.mute))


def buttons(links: StoryLinks | None) -> tuple[Button, ...]:
    """Return a story's links as buttons: three that respond, and one that opens the story's page."""
    if links is None:
        return ()
    return (
        Button(label=YES, url=links.yes),
        Button(label=NO, url=links.no),
        Button(label=MUTE, url=links.mute),
        Button(label=OPEN, url=links.open, posts=False),
    )

"""Writes the links of a message: those of its stories, and the one to unsubscribe."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.links.key import link_key
from alerts.links.token import LIFE_DAYS, LinkToken, write_token
from storage.model import LinkAction, StoryLinks
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.database import Ledger
    from storage.model import Story, StoryNews

MUTE_SPAN = timedelta(days=7)  # time for which a link mutes a story


@value
class LinkWriter:
    """Writes the links of one channel's messages. `pages` is the public address, without a slash at its end."""

    pages: str
    key: bytes
    channel: str
    expires_at: datetime

    def of_story(self, story: Story) -> StoryLinks:
        """Return the links of a story."""
        ident = f"s{story.id}"
        return StoryLinks(
            open=story_address(self.pages, story),
            yes=self._to(LinkAction.YES, ident, story.topic),
            no=self._to(LinkAction.NO, ident, story.topic),
            mute=self._to(LinkAction.MUTE, ident, story.topic),
        )

    def unsubscribe(self, delivery_id: str) -> str:
        """Return the link by which the recipient of a delivery unsubscribes from such messages."""
        return self._to(LinkAction.UNSUBSCRIBE, delivery_id, "")

    def _to(self, action: LinkAction, target: str, topic: str) -> str:
        token = LinkToken(
            action=action, target=target, topic=topic, channel=self.channel, expires_at=self.expires_at
        )
        return f"{self.pages}/a/{write_token(token, key=self.key)}"


def story_address(pages: str, story: Story) -> str:
    """Return the address of a story's page, which stays the same while the story grows or is merged."""
    return f"{pages}/stories/s{story.id}"


def link_writer(ledger: Ledger, pages: str | None, channel: str, *, now: datetime) -> LinkWriter | None:
    """Return the writer of links for a channel's messages; None if no pages are served or there is no key yet."""
    key = None if pages is None else link_key(ledger)
    if pages is None or key is None:
        return None
    return LinkWriter(pages=pages, key=key, channel=channel, expires_at=now + timedelta(days=LIFE_DAYS))


def with_links(stories: Sequence[StoryNews], writer: LinkWriter | None) -> list[StoryNews]:
    """Return stories with their links; unchanged if there is no writer."""
    if writer is None:
        return list(stories)
    return [replace(one, links=writer.of_story(one.story)) for one in stories]

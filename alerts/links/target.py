"""The story or recipient that a link refers to, read from the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerts.find_delivery import DeliveryNotFound, find_delivery
from alerts.links.token import LinkExpired
from storage.model import LinkAction

if TYPE_CHECKING:
    from alerts.links.token import LinkToken
    from storage.database import Ledger
    from storage.model import Story

DIGEST = "digest"  # the kind of message that covers all topics


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTarget:
    """The story or recipient that a link refers to, with the topics; no topics means all digests.

    `name` is the story's id or the recipient's address.
    """

    name: str
    topics: tuple[str, ...]
    story: Story | None = None


def target_of(ledger: Ledger, token: LinkToken) -> LinkTarget:
    """Return the target of a token; for a merged story, the story that holds its items now.

    Raises:
        LinkExpired: the target is no longer stored.
    """
    return _recipient(ledger, token) if token.action is LinkAction.UNSUBSCRIBE else _story(ledger, token)


def _story(ledger: Ledger, token: LinkToken) -> LinkTarget:
    number: int | None = int(token.target.removeprefix("s"))
    story: Story | None = None
    while number is not None:
        found = ledger.stories.get([number])
        story = found[0] if found else None
        number = None if story is None else story.merged_into
    if story is None:
        raise LinkExpired(f"story {token.target} is no longer stored, so there is nothing to answer")
    return LinkTarget(name=f"s{story.id}", topics=(story.topic,), story=story)


def _recipient(ledger: Ledger, token: LinkToken) -> LinkTarget:
    try:
        posting = find_delivery(ledger, token.target)
    except DeliveryNotFound:
        posting = None
    topics = () if posting is None else tuple(ledger.outbox.topics_of(posting.message.id))
    if posting is None or not (topics or posting.message.kind == DIGEST):
        raise LinkExpired("the message with this link is no longer stored; mute the topic on its page")
    # A digest that includes held alerts is still a digest.
    named = () if posting.message.kind == DIGEST else topics
    return LinkTarget(name=posting.delivery.recipient, topics=named)

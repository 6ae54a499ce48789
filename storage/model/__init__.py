"""The values that every part of storywatch uses: frozen, keyword-only, times in aware UTC.

A *publication* is an item as a feed gave it; an `Item` is the same after it was stored.
These are plain values: no input or output, no clock, no decisions.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.model.delivery_state import DISCARDED, DeliveryState
    from storage.model.feed_state import POLLED_STATES, SITEMAPS, TROUBLED, FeedKind, FeedState, ItemStatus
    from storage.model.linked import Button, LinkAction, LinkUse, RecipientMute, StoryLinks
    from storage.model.matched import (
        Growth,
        Mark,
        Match,
        MatchOutline,
        Reason,
        Story,
        StoryNews,
        Urgency,
        Verdict,
        Why,
    )
    from storage.model.messages import Delivery, Digest, HeldStory, Message, Phase
    from storage.model.polled import Feed, IndexEntry, Item, Publication, Validators
    from storage.model.routed import Channel, MessageForm, Mute, MuteKind, Policy, Route, Updates
    from storage.model.troubles import ChannelTrouble, FeedTrouble

# The module of each name, so that a command that reads a list does not import the values of messages.
_NAMES_BY_MODULE = {
    "delivery_state": ("DISCARDED", "DeliveryState"),
    "linked": ("Button", "LinkAction", "LinkUse", "RecipientMute", "StoryLinks"),
    "matched": (
        "Growth",
        "Mark",
        "Match",
        "MatchOutline",
        "Reason",
        "Story",
        "StoryNews",
        "Urgency",
        "Verdict",
        "Why",
    ),
    "feed_state": ("POLLED_STATES", "SITEMAPS", "TROUBLED", "FeedKind", "FeedState", "ItemStatus"),
    "polled": ("Feed", "IndexEntry", "Item", "Publication", "Validators"),
    "routed": ("Channel", "MessageForm", "Mute", "MuteKind", "Policy", "Route", "Updates"),
    "messages": ("Delivery", "Digest", "HeldStory", "Message", "Phase"),
    "troubles": ("ChannelTrouble", "FeedTrouble"),
}
_MODULE_OF = {name: module for module, names in _NAMES_BY_MODULE.items() for name in names}

__all__ = [
    "DISCARDED",
    "POLLED_STATES",
    "SITEMAPS",
    "TROUBLED",
    "Button",
    "Channel",
    "ChannelTrouble",
    "Delivery",
    "DeliveryState",
    "Digest",
    "Feed",
    "FeedKind",
    "FeedState",
    "FeedTrouble",
    "Growth",
    "HeldStory",
    "IndexEntry",
    "Item",
    "ItemStatus",
    "LinkAction",
    "LinkUse",
    "Mark",
    "Match",
    "MatchOutline",
    "Message",
    "MessageForm",
    "Mute",
    "MuteKind",
    "Phase",
    "Policy",
    "Publication",
    "Reason",
    "RecipientMute",
    "Route",
    "Story",
    "StoryLinks",
    "StoryNews",
    "Updates",
    "Urgency",
    "Validators",
    "Verdict",
    "Why",
]

if not TYPE_CHECKING:  # hidden from type checkers, so that an unknown name stays an error

    def __getattr__(name: str) -> object:
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
        globals()[name] = value
        return value

"""The values every part of storywatch speaks in: frozen, keyword-only, times in aware UTC.

A *publication* is an item as a feed gave it; an `Item` is the same once the ledger knows it.
Everything here is data: no input or output, no clock, no rules.
"""

from __future__ import annotations

from storage.model.matched import Growth, Mark, Match, Reason, Story, StoryNews, Verdict, Why
from storage.model.polled import Feed, FeedState, FeedTrouble, Item, Publication, Seen, Validators
from storage.model.routed import Channel, ChannelType, Mute, MuteKind, Policy, Route, Updates
from storage.model.told import (
    DISCARDED,
    ChannelTrouble,
    Delivery,
    DeliveryState,
    Digest,
    Held,
    Message,
    Phase,
)

__all__ = [
    "DISCARDED",
    "Channel",
    "ChannelTrouble",
    "ChannelType",
    "Delivery",
    "DeliveryState",
    "Digest",
    "Feed",
    "FeedState",
    "FeedTrouble",
    "Growth",
    "Held",
    "Item",
    "Mark",
    "Match",
    "Message",
    "Mute",
    "MuteKind",
    "Phase",
    "Policy",
    "Publication",
    "Reason",
    "Route",
    "Seen",
    "Story",
    "StoryNews",
    "Updates",
    "Validators",
    "Verdict",
    "Why",
]

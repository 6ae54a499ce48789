"""The feeds that are polled: the subscribed ones, and the children of subscribed sitemap indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from storage import schema
from storage.model import POLLED_STATES

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

_feeds = schema.feeds.c


def is_followed() -> ColumnElement[bool]:
    """Return the condition that a feed is subscribed, or is listed by an index that is polled."""
    index = schema.feeds.alias()
    polled = select(index.c.id).where(index.c.subscribed, index.c.state.in_(POLLED_STATES))
    return or_(_feeds.subscribed, and_(_feeds.parent_id.is_not(None), _feeds.parent_id.in_(polled)))


def is_polled() -> ColumnElement[bool]:
    """Return the condition that a feed is followed, and neither paused nor gone."""
    return and_(is_followed(), _feeds.state.in_(POLLED_STATES))

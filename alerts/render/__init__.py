"""What storywatch says, for each type of channel: pure functions from values to bytes."""

from alerts.render.alert import render_alert, render_stories
from alerts.render.digest import (
    digest_atom,
    digest_html,
    digest_json,
    digest_markdown,
    digest_subject,
    digest_text,
    render_digest,
)
from alerts.render.event import Event, EventKind, render_event
from alerts.render.rendered import Rendered
from alerts.render.style import COLOUR, PLAIN, Style

__all__ = [
    "COLOUR",
    "PLAIN",
    "Event",
    "EventKind",
    "Rendered",
    "Style",
    "digest_atom",
    "digest_html",
    "digest_json",
    "digest_markdown",
    "digest_subject",
    "digest_text",
    "render_alert",
    "render_digest",
    "render_event",
    "render_stories",
]

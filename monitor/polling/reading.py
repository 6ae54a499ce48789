"""A body read from end to end: decoded, parsed, identified. Pure, so that replay, tests and workers share it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.polling.identity import Identified, identify
from monitor.polling.outcome import ParseFailure
from monitor.polling.parse import parse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monitor.polling.document import FeedFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFeed:
    """A document read and its items identified, in document order; `truncated` further ones were left unread."""

    facts: FeedFacts
    items: tuple[Identified, ...]
    truncated: int = 0


def read_document(
    body: bytes, *, url: str, headers: Mapping[str, str], now: datetime
) -> ReadFeed | ParseFailure:
    """Return what a body holds, or why it holds nothing. Never raises for what a body holds.

    Runs in the caller's process: for archived bodies and tests. What comes from the network goes through
    `parsers.Parsers.read`, which can be stopped.
    """
    parsed = parse(body, url=url, headers=headers, now=now)
    if isinstance(parsed, ParseFailure):
        return parsed
    return ReadFeed(facts=parsed.facts, items=identify(parsed.items), truncated=parsed.truncated)

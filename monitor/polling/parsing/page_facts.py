"""The facts in the head of a page, and how much of a page is its head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime

HEAD_BYTES = 64_000  # of a page: enough for its head, including the scripts and styles before the description
END_OF_HEAD = b"</head"


@value
class PageHead:
    """The facts in a page's head: a description as an HTML fragment, which may be empty, and the time of publication."""

    description: str = ""
    published_at: datetime | None = None

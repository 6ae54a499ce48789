"""Stored marks in the form that rules learn from, and the effect of marks on past items."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from storage.model import Verdict
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.topics.learning.feedback import Marked
    from monitor.topics.vocabulary.document import Document
    from storage.model import Mark


def marked_of(mark: Mark) -> Marked:
    """Return a mark in the form that rules learn from."""
    from monitor.text.words import plain  # noqa: PLC0415  # few owners have marked anything
    from monitor.topics.learning.feedback import Marked  # noqa: PLC0415  # the same
    from monitor.topics.vocabulary.document import Document  # noqa: PLC0415  # the same

    text = f"{mark.title}\n{mark.summary}\n{mark.content}"
    return Marked(
        document=Document(
            id=str(mark.item_id), title=mark.title, summary=plain(mark.summary), text=plain(mark.content)
        ),
        meant=mark.verdict is Verdict.YES,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


def marks_of(topic: str, marks: Iterable[Mark]) -> list[Marked]:
    """Return a topic's marks for learning, in an order that does not depend on when they were made."""
    own = [mark for mark in marks if mark.topic == topic]
    return [marked_of(mark) for mark in sorted(own, key=lambda mark: mark.item_id)]


@value
class RuleEffect:
    """The documents that match by only one of two versions of a topic."""

    more: tuple[Document, ...]
    fewer: tuple[Document, ...]

    @property
    def items(self) -> int:
        """The number of documents in both."""
        return len(self.more) + len(self.fewer)

    def __str__(self) -> str:
        """Return `3 more, 11 fewer`."""
        return f"{len(self.more)} more, {len(self.fewer)} fewer"

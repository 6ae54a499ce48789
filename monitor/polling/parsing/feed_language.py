"""The language of a feed that gives none: the one that its items agree on.

A title alone is often too short to show its language; the titles around it are enough.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.text.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.model import Publication

GROUP = 5  # titles that are read together
GROUPS = 4  # groups that have to agree; a feed in several languages keeps its items as they are


def with_language(items: Sequence[Publication]) -> tuple[Publication, ...]:
    """Return items, those without a language in the one of the document's titles, if all of these agree on one."""
    if all(item.language for item in items):
        return tuple(items)
    titles = [item.title for item in items if not item.language]
    groups = [titles[place : place + GROUP] for place in range(0, min(len(titles), GROUP * GROUPS), GROUP)]
    found = {language_of(". ".join(group)) for group in groups if len(group) == GROUP}
    if len(found) != 1:
        return tuple(items)
    [language] = found
    return tuple(item if item.language else replace(item, language=language) for item in items)

"""Articles that kept their number and changed their slug: the same item though its id, link and title are others.

    /news/story14883-college-recovers-from-attack     the number stays, the words of the address follow the title
    /news/story14883-college-responds-to-attack

Pure. A number alone proves nothing (`20000-jobs-lost`): the addresses differ in their slug only, the number is the
same, and the titles share half of their words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor.polling.item_state.compare import republished
from monitor.polling.parsing.identity import canonical_link
from monitor.text.words import words
from storage.model import ItemStatus

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from monitor.polling.item_state.compare import Sighting
    from storage.stores.recent_links import RecentItem

MIN_SHARED = 2  # words of two titles of one article
MIN_WORD = 3  # letters; shorter words are in every title
_PARTS = re.compile(r"[-_.,]")
_NUMBER = re.compile(r"[a-z]{0,8}(\d{5,})|p[0-9][0-9a-z]{4}")  # `story14883`, `52359869`, `p54s2x`
_ROUND = re.compile(r"\d+000")  # 20,000 of something
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-3]\d)?")


def may_be_rewritten(sightings: Sequence[Sighting]) -> bool:
    """Whether any new item has a number by which an earlier address of it could be known."""
    return any(one.seen is ItemStatus.NEW and _numbers(one.item.publication.url) for one in sightings)


def as_rewritten(sightings: Sequence[Sighting], recent: Sequence[RecentItem]) -> list[Sighting]:
    """Return the sightings, with new items that are recent ones under a new slug called republished (P19).

    `recent` holds no item that stands in the document itself: side by side they are different items.
    """
    by_number: dict[str, list[RecentItem]] = {}
    for item in recent:
        for number in _numbers(item.url):
            by_number.setdefault(number, []).append(item)
    taken = {one.item_id for one in sightings}
    settled = []
    for one in sightings:
        former = _former(one, by_number, taken) if one.seen is ItemStatus.NEW else None
        if former is None:
            settled.append(one)
            continue
        taken.add(former.item_id)
        settled.append(
            republished(one, former.item_id, content_hash=former.content_hash, revisions=former.revisions)
        )
    return settled


def _former(
    one: Sighting, by_number: Mapping[str, list[RecentItem]], taken: Container[int | None]
) -> RecentItem | None:
    publication = one.item.publication
    candidates = (item for number in _numbers(publication.url) for item in by_number.get(number, ()))
    return next(
        (
            item
            for item in candidates
            if item.item_id not in taken
            and _differ_in_slug(publication.url, item.url)
            and _alike(publication.title, item.title)
        ),
        None,
    )


def _numbers(url: str | None) -> set[str]:
    """Return what looks like an article's number in an address: no date, no round sum."""
    if not url:
        return set()
    parts = (part for segment in urlsplit(url).path.lower().split("/") for part in _PARTS.split(segment))
    found = ((part, match[1] or "") for part in parts if (match := _NUMBER.fullmatch(part)))
    return {part for part, digits in found if not (_ROUND.fullmatch(digits) or _DATE.fullmatch(digits))}


def _differ_in_slug(url: str | None, other: str | None) -> bool:
    """Whether two addresses are the same but for one segment of words joined by hyphens."""
    here, there = canonical_link(url).split("/"), canonical_link(other).split("/")
    if len(here) != len(there):
        return False
    different: list[tuple[str, str]] = [pair for pair in zip(here, there, strict=True) if pair[0] != pair[1]]
    return len(different) == 1 and all(_is_slug(segment) for segment in different[0])


def _is_slug(segment: str) -> bool:
    parts: list[str] = _PARTS.split(segment.partition("?")[0])
    return sum(part.isalpha() for part in parts) > MIN_SHARED


def _alike(title: str, other: str) -> bool:
    here, there = _content_words(title), _content_words(other)
    shared = len(here & there)
    return shared >= MIN_SHARED and 2 * shared >= min(len(here), len(there))


def _content_words(title: str) -> set[str]:
    return {word for word in words(title) if len(word) >= MIN_WORD and not word.isdigit()}

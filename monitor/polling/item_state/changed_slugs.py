"""Recognises articles whose slug changed but not their number: the same item under another id, link and title.

    /news/story14883-college-recovers-from-attack     the number stays, the words of the address follow the title
    /news/story14883-college-responds-to-attack

Pure. A number alone proves nothing (`20000-jobs-lost`): the addresses must differ in the slug only, have the same
number, and the titles must share half of their words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor.polling.item_state.compare import mark_republished
from monitor.polling.sources.links import canonical_link
from monitor.text.identity_words import identity_words
from storage.model import ItemStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from monitor.polling.item_state.compare import ComparedItem
    from storage.stores.recent_links import RecentItem

MIN_SHARED = 2  # words of two titles of one article
MIN_WORD = 3  # letters; shorter words are in most titles
_PARTS = re.compile(r"[-_.,]")
_NUMBER = re.compile(r"[a-z]{0,8}(\d{5,})|p[0-9][0-9a-z]{4}")  # `story14883`, `52359869`, `p54s2x`
_ROUND = re.compile(r"\d+000")  # a quantity such as 20,000
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-3]\d)?")


def may_be_rewritten(compared: Sequence[ComparedItem]) -> bool:
    """Whether any new item has a number by which an earlier address could be recognised."""
    return any(one.seen is ItemStatus.NEW and _numbers(one.item.publication.url) for one in compared)


def as_rewritten(compared: Sequence[ComparedItem], recent: Sequence[RecentItem]) -> list[ComparedItem]:
    """Return the items, with new ones that are recent items under a new slug marked as republished (P19).

    `recent` must not hold items of the document itself: two items of one document are different.
    """
    by_number: dict[str, list[RecentItem]] = {}
    for item in recent:
        for number in _numbers(item.url):
            by_number.setdefault(number, []).append(item)
    taken = {one.item_id for one in compared}
    return mark_republished(compared, lambda one: _former(one, by_number), taken)


def _former(one: ComparedItem, by_number: Mapping[str, list[RecentItem]]) -> Iterator[RecentItem]:
    publication = one.item.publication
    for number in _numbers(publication.url):
        for item in by_number.get(number, ()):
            if _differ_in_slug(publication.url, item.url) and _similar_titles(publication.title, item.title):
                yield item


def _numbers(url: str | None) -> set[str]:
    """Return the parts of an address that look like an article's number, without dates and round sums."""
    if not url:
        return set()
    parts = (part for segment in urlsplit(url).path.lower().split("/") for part in _PARTS.split(segment))
    found = ((part, match[1] or "") for part in parts if (match := _NUMBER.fullmatch(part)))
    return {part for part, digits in found if not (_ROUND.fullmatch(digits) or _DATE.fullmatch(digits))}


def _differ_in_slug(url: str | None, other: str | None) -> bool:
    """Whether two addresses differ only in one segment of words joined by hyphens."""
    here, there = canonical_link(url).split("/"), canonical_link(other).split("/")
    if len(here) != len(there):
        return False
    different: list[tuple[str, str]] = [pair for pair in zip(here, there, strict=True) if pair[0] != pair[1]]
    return len(different) == 1 and all(_is_slug(segment) for segment in different[0])


def _is_slug(segment: str) -> bool:
    parts: list[str] = _PARTS.split(segment.partition("?")[0])
    return sum(part.isalpha() for part in parts) > MIN_SHARED


def _similar_titles(title: str, other: str) -> bool:
    here, there = _content_words(title), _content_words(other)
    shared = len(here & there)
    return shared >= MIN_SHARED and 2 * shared >= min(len(here), len(there))


def _content_words(title: str) -> set[str]:
    return {word for word in identity_words(title) if len(word) >= MIN_WORD and not word.isdigit()}

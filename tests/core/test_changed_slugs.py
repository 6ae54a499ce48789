"""An article with the same number and a changed slug is recognised; another article with that number is not."""

from __future__ import annotations

import pytest

from monitor.polling.item_state.changed_slugs import as_rewritten, may_be_rewritten
from monitor.polling.item_state.compare import ComparedItem
from monitor.polling.parsing.identity import identify
from storage.model import ItemStatus, Publication
from storage.stores.recent_links import RecentItem

BEFORE = "Harbour college recovers from malware attack"
AFTER = "Harbour college responds to encryption malware on its systems"


def new(url: str, title: str = AFTER) -> ComparedItem:
    [item] = identify([Publication(publisher_id=url, url=url, title=title)])
    return ComparedItem(seen=ItemStatus.NEW, item=item)


def settled(url: str, before: str, *, title: str = AFTER, title_before: str = BEFORE) -> ItemStatus:
    [found] = as_rewritten(
        [new(url, title)], [RecentItem(item_id=7, url=before, title=title_before, content_hash="")]
    )
    assert (found.item_id == 7) == (found.seen is ItemStatus.REPUBLISHED)
    return found.seen


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://a.example/news/story14883-college-recovers-from-attack", "https://a.example/news/story14883-college-responds-to-attack"),
        ("https://a.example/news/article-8311111/College-hit-by-attack.html", "https://a.example/news/article-8311111/College-now-fights-attack.html?x=1"),
        ("https://a.example/national/college-hit-by-attack-20200512-p54s2x.html", "http://www.a.example/national/college-fights-an-attack-20200512-p54s2x.html"),
        ("https://a.example/news/414672/college-hit-by-attack", "https://a.example/news/414672/college-fights-an-attack"),
    ],
)  # fmt: skip
def test_the_number_stays_and_the_slug_follows_the_title(before: str, after: str) -> None:
    """An item whose slug changed with its title while its number stayed is republished, not new (P19)."""
    assert may_be_rewritten([new(after)])
    assert settled(after, before) is ItemStatus.REPUBLISHED


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://a.example/20000-jobs-lost-at-college", "https://a.example/20000-beds-lost-at-college"),
        ("https://a.example/20200512/college-hit-by-attack", "https://a.example/20200512/college-fights-an-attack"),
        ("https://a.example/match/414672/preview", "https://a.example/match/414672/report"),
        ("https://a.example/uk/414672/college-hit-by-attack", "https://a.example/us/414672/college-fights-an-attack"),
        ("https://a.example/news/414672/college-hit-by-attack", "https://a.example/news/414673/college-fights-an-attack"),
        ("https://a.example/college-hit-by-attack", "https://a.example/college-fights-an-attack"),
    ],
)  # fmt: skip
def test_a_round_sum_a_date_or_another_page_is_no_number(before: str, after: str) -> None:
    """URLs that share only a date, a round figure or a page number are different articles."""
    assert settled(after, before) is ItemStatus.NEW


def test_a_shared_number_with_another_title_is_another_article() -> None:
    """A shared number counts only if the titles share at least half of their words."""
    before, after = (
        "https://a.example/414672/one-two-three-four",
        "https://a.example/414672/five-six-seven-eight",
    )
    assert settled(after, before, title="Ferry strike ends after talks") is ItemStatus.NEW
    assert settled(after, before, title="") is ItemStatus.NEW


def test_items_without_a_number_are_not_compared() -> None:
    """Only new items with a number in their URL are compared with earlier ones."""
    plain = new("https://a.example/college-fights-an-attack")
    assert not may_be_rewritten([plain])
    assert as_rewritten([plain], []) == [plain]

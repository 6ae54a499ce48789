"""The plan of the demo's month: complete, within its thirty days, and on the topic only where it says so."""

from __future__ import annotations

import itertools
from datetime import timedelta

from test_demo_feeds import FACE, POLICE, plain

from monitor.demo.month.plan import DAYS, FEED_ITEMS, INCIDENTS, month_outlets

OUTLETS = month_outlets()
ITEMS = [(outlet, item) for outlet in OUTLETS for item in outlet.items]


def test_every_item_appears_within_the_month_on_a_page_of_its_own() -> None:
    """The round of an item is the minute in which it appears, and its date is that minute."""
    assert len(ITEMS) >= 500
    assert all(0 <= item.round < DAYS * 24 * 60 for _, item in ITEMS)
    assert all(abs(timedelta(minutes=item.round) + item.age) <= timedelta(minutes=1) for _, item in ITEMS)
    assert len({item.id for _, item in ITEMS}) == len(ITEMS)
    assert len({(outlet.host, item.path) for outlet, item in ITEMS}) == len(ITEMS)


def test_every_day_has_news() -> None:
    """Each outlet publishes at least once in four days, and its feed shows the newest."""
    for outlet in OUTLETS:
        days = sorted({item.round // (24 * 60) for item in outlet.items})
        assert max(later - day for day, later in itertools.pairwise(days)) <= 4
        assert len(outlet.visible(DAYS * 24 * 60)) == FEED_ITEMS


def test_texts_are_filled_in() -> None:
    """No text has a gap for a word left, and no item outside a story is on the topic."""
    assert [item.id for _, item in ITEMS if set("{}") & set(item.title + item.summary)] == []
    both = [
        item.id
        for _, item in ITEMS
        if item.story is None and FACE.search(plain(item)) and POLICE.search(plain(item))
    ]
    assert both == []


def test_incidents_are_of_outlets_that_are_there() -> None:
    """An incident ends after it began, within the month."""
    hosts = {"", *(outlet.host for outlet in OUTLETS)}
    for incident in INCIDENTS:
        assert incident.host in hosts
        assert (
            timedelta(0) < incident.begins < (incident.ends or timedelta(days=DAYS)) <= timedelta(days=DAYS)
        )

"""The daily message about feeds, in every form for people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alerts.render.daily_message import HEADINGS, NAMED, render_daily
from alerts.render.event_kind import EventKind
from alerts.render.event_message import Event
from storage.model import MessageForm

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def an_event(kind: EventKind, name: str, *, hours_ago: int = 3, detail: str = "") -> Event:
    url = f"https://example.org/{name.lower()}"
    return Event(kind=kind, name=name, url=url, since=NOW - timedelta(hours=hours_ago), detail=detail)


def text_of(*events: Event) -> str:
    return render_daily(events, form=MessageForm.TEXT, now=NOW).body.decode()


def test_feeds_are_grouped_by_event() -> None:
    """Each feed has one line with the time and the cause; repeated events are one line."""
    told = text_of(
        an_event(EventKind.FEED_RECOVERED, "Tide", detail="it answered after 4 failed polls over 3 h"),
        an_event(EventKind.FEED_GAP, "Ticker", hours_ago=5),
        an_event(EventKind.FEED_GAP, "Ticker", hours_ago=1),
        an_event(EventKind.FEED_FAILING, "Harbour", hours_ago=20, detail="the server answered 500"),
    )
    assert told.splitlines()[0] == "[storywatch] feeds: 1 failing, 1 may have missed items, 1 working again"
    assert (
        "  - Harbour (since Sun 1 Mar 12:00): the server answered 500\n  https://example.org/harbour" in told
    )
    assert "  - Ticker (2 times, last 07:00)\n" in told
    assert told.index("Harbour") < told.index("Ticker") < told.index("Tide")


def test_very_many_feeds_are_counted_and_the_first_named() -> None:
    """A hundred feeds do not make a mail of many pages."""
    told = text_of(*(an_event(EventKind.FEED_FAILING, f"F{number}") for number in range(100)))
    assert "feeds: 100 failing" in told
    assert f"and {100 - NAMED} more" in told
    assert len(told.splitlines()) < 60


@pytest.mark.parametrize("form", [MessageForm.MAIL, MessageForm.ATOM, MessageForm.CHAT, MessageForm.TEXT])
def test_markup_in_names_stays_text(form: MessageForm) -> None:
    """A feed's title and error are escaped in each format."""
    event = an_event(EventKind.FEED_FAILING, "<b>Fat</b>", detail="<script>x</script>")
    told = render_daily([event], form=form, now=NOW)
    assert b"<script>" not in (told.html or b"")
    assert form is not MessageForm.ATOM or b"<b>" not in told.body


def test_every_event_about_feeds_has_a_heading() -> None:
    """A new kind of event needs a heading here."""
    assert {kind for kind in EventKind if kind.value.startswith("feed.")} == set(HEADINGS)

"""`/alerts`, `/digest/DATE` and `/status`: deliveries and their control, a day's digest, and findings."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import timedelta

import httpx
import pytest
from served import Served, follow, publish, tell, undo

from storage.model import DeliveryState, Publication

DAY = "/digest/2026-03-04"
HOSTILE = "Harbour <script>alert(1)</script> \u202egnp.exe \x1b[31mred"


def first_delivery(browser: httpx.Client) -> str:
    """Return the address of the newest delivery."""
    found = re.search(r'href="(/alerts/dlv_[0-9a-f]+)"', browser.get("/alerts").text)
    assert found is not None
    return found[1]


def state_of(served: Served, address: str) -> DeliveryState:
    with served.database.read() as ledger:
        [posting] = ledger.outbox.postings(starting=address.rpartition("/")[2])
    return posting.delivery.state


def test_deliveries_are_shown_and_filtered(owner: httpx.Client) -> None:
    """The page shows messages with state and recipient, and the channels with their waiting messages."""
    page = owner.get("/alerts").text
    assert "[police-face-recognition]" in page
    assert "19 waiting" in page
    assert "No delivery fits this" in owner.get("/alerts?state=dead").text
    assert "[harbour]" in owner.get("/alerts?state=nonsense&channel=terminal").text


def test_a_delivery_is_discarded_and_sent_after_all(owner: httpx.Client, served: Served) -> None:
    """The page of a delivery shows its message and every attempt; both actions can be undone."""
    address = first_delivery(owner)
    shown = owner.get(address).text
    assert "Not tried yet" in shown
    page = follow(owner, owner.post(f"{address}/discard"))
    assert state_of(served, address) is DeliveryState.DEAD
    undo(owner, page)
    assert state_of(served, address) is DeliveryState.PENDING
    follow(owner, owner.post(f"{address}/replay"))
    assert "There are no dead deliveries" in follow(owner, owner.post("/alerts/replay-dead"))
    assert owner.get("/alerts/none").status_code == 404
    assert owner.post("/alerts/none/replay").status_code == 409


def test_a_channel_is_tested(owner: httpx.Client, capsys: pytest.CaptureFixture[str]) -> None:
    """The page says whether the test message was accepted, or why not."""
    page = follow(owner, owner.post("/channels/terminal/test"))
    assert "was accepted" in page
    assert "test" in capsys.readouterr().out
    failed = follow(owner, owner.post("/channels/desk/test"))
    assert "was not accepted" in failed
    assert "due now" in follow(owner, owner.post("/channels/desk/resume"))
    assert owner.post("/channels/none/test").status_code == 409


def test_a_digest_page_has_the_stories_of_its_day(owner: httpx.Client) -> None:
    """Stories are listed by topic with outlets and reasons; links lead to the days before and after."""
    page = owner.get(DAY).text
    assert "Police union takes Port Allard&#39;s face recognition ban to court" in page
    assert "Meridian Wire" in page
    assert 'href="/digest/2026-03-03"' in page
    assert "The day after" not in page
    assert "No stories on this day" in owner.get("/digest/2020-01-01").text
    for day in ("someday", "0001-01-01", "1969-12-31", "9999-12-31"):
        assert owner.get(f"/digest/{day}").status_code == 404
    assert owner.get("/digest").headers["location"] == DAY


def test_the_status_says_what_needs_attention(owner: httpx.Client, served: Served) -> None:
    """One page shows the counts and the findings of `doctor` with their fixes."""
    page = owner.get("/status").text
    assert "of them in the last 24 h" in page
    assert "storywatch is not running" in page
    assert "storywatch has to be started on its machine." in page
    assert "For whoever looks after storywatch: <bdi>start <code>storywatch run</code>" in page
    with served.database.hold():
        assert "not running" not in owner.get("/status").text


def test_texts_from_feeds_are_escaped(bare: Served) -> None:
    """This holds for subjects, messages and digests."""
    publish(
        bare.app,
        (bare.app.settings.feeds[0].url, Publication(publisher_id="1", title=HOSTILE)),
        now=bare.now - timedelta(minutes=1),
    )
    tell(bare.app)
    with closing(bare.client()) as owner:
        pages = [owner.get(path).text for path in ("/alerts", first_delivery(owner), DAY, "/status")]
    for page in pages:
        assert "<script>alert" not in page
        assert not set("\u202e\x1b") & set(page)
    assert "&lt;script&gt;" in pages[2]


def test_a_reader_cannot_send(reader: httpx.Client, served: Served) -> None:
    """A reader sees the deliveries without buttons; a POST request is refused."""
    address = first_delivery(reader)
    assert "Send a test" not in reader.get("/alerts").text
    for path in (f"{address}/replay", f"{address}/discard", "/alerts/replay-dead", "/channels/desk/test"):
        assert reader.post(path).status_code == 403
    assert state_of(served, address) is DeliveryState.PENDING


def test_the_alert_pages_work_on_each_database(served_anywhere: Served) -> None:
    """SQLite and PostgreSQL give the same pages."""
    with closing(served_anywhere.client()) as owner:
        assert owner.get(first_delivery(owner)).status_code == 200
        assert "Meridian Wire" in owner.get(DAY).text
        assert "of them in the last 24 h" in owner.get("/status").text

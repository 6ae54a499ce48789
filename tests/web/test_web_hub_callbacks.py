"""`/push/PATH`: verifications and pushes from a hub, and requests from strangers."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from builders import DAY, NOON
from served import PATIENCE, Served

from monitor.polling.push import lease
from monitor.web.pages.hub_callbacks import PUSH_BYTES
from storage.model.pushed import HubOffer

TOPIC = "https://post.example/feed"
PATH = "/push/an-unguessable-path"
ATOM = "application/atom+xml"


@pytest.fixture
def hub(bare: Served) -> Iterator[httpx.Client]:
    """The hub of the first feed, which was asked to push it."""
    with bare.database.write() as ledger:
        feed = ledger.feeds.subscribed()[0]
        offer = HubOffer(hub="https://hub.example/", topic=TOPIC)
        ledger.hubs.offer({feed.id: offer})
        new = lease.new_subscription(
            feed.id, offer, pages=bare.url, path="an-unguessable-path", secret="s", now=NOON
        )
        ledger.hubs.save(lease.asked(new, now=NOON))
    with closing(httpx.Client(base_url=bare.url, timeout=PATIENCE)) as client:
        yield client


def question(**changes: str) -> dict[str, str]:
    asked = {"mode": "subscribe", "topic": TOPIC, "challenge": "<b>c</b>", "lease_seconds": "600", **changes}
    return {f"hub.{name}": value for name, value in asked.items()}


def signed(body: bytes) -> dict[str, str]:
    made = hmac.new(b"s", body, hashlib.sha1).hexdigest()
    return {"Content-Type": ATOM, "X-Hub-Signature": f"sha1={made}"}


def test_a_hub_verifies_and_pushes_without_signing_in(bare: Served, hub: httpx.Client) -> None:
    """The challenge is returned as plain text; signed pushes are stored, others are dropped with the same answer."""
    answer = hub.get(PATH, params=question())
    assert (answer.status_code, answer.text) == (200, "<b>c</b>")
    assert answer.headers["content-type"].startswith("text/plain")
    with bare.database.read() as ledger:
        assert ledger.hubs.named("an-unguessable-path").lease_until < NOON + DAY  # type: ignore[union-attr, operator]
    unsigned = hub.post(PATH, content=b"<feed/>", headers={"Content-Type": ATOM})
    with bare.database.read() as ledger:
        assert ledger.pushes.waiting(limit=9) == []
    taken = hub.post(PATH, content=b"<feed/>", headers=signed(b"<feed/>"))
    assert unsigned.status_code == taken.status_code == 202
    assert unsigned.text == taken.text
    with bare.database.read() as ledger:
        assert len(ledger.pushes.waiting(limit=9)) == 1


def test_strangers_learn_nothing(hub: httpx.Client) -> None:
    """An unknown callback is gone, whatever the request; a verification of another topic is not answered."""
    assert hub.get("/push/guess", params=question()).status_code == 410
    assert hub.post("/push/guess", content=b"x", headers=signed(b"x")).status_code == 410
    assert hub.get(PATH, params=question(topic="https://post.example/other")).status_code == 404
    assert hub.get(PATH).status_code == 404


def test_bodies_are_bounded(hub: httpx.Client) -> None:
    """A body beyond the bound is refused, and one for an unknown callback is not read."""
    assert hub.get(PATH, params=question()).status_code == 200
    assert hub.post(PATH, content=b"x" * (PUSH_BYTES + 1)).status_code == 413


def test_a_hub_that_floods_is_told_to_wait(hub: httpx.Client) -> None:
    """With 429, which hubs take as a reason to send later."""
    hub.get(PATH, params=question())
    answers = [
        hub.post(PATH, content=b"x", headers=signed(b"x")).status_code
        for _ in range(lease.PUSHES_A_MINUTE + 1)
    ]
    assert answers == [*[202] * lease.PUSHES_A_MINUTE, 429]


def test_the_page_of_a_feed_says_until_when_it_is_pushed(bare: Served, hub: httpx.Client) -> None:
    """With the hub's address."""
    hub.get(PATH, params=question())
    with closing(bare.client()) as owner:
        with bare.database.read() as ledger:
            number = ledger.feeds.subscribed()[0].id
        page = owner.get(f"/feeds/{number}").text
    assert "active until" in page
    assert "https://hub.example/" in page

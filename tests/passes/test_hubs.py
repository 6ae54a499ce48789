"""Subscriptions at hubs (WebSub), with a hub that a test controls."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from builders import DAY, HOUR, MINUTE, SECOND
from fakes import NOW, fetched, subscribe
from pushing import FEED, HUB, PAGES, FakeHub, PushedFeed, a_pushed_feed

from monitor.actions.feeds.receive_push import (
    CallbackUnknown,
    NotAskedFor,
    Push,
    PushOutcome,
    confirm_subscription,
    receive_push,
)
from monitor.polling.http.outcome import PostAnswer, PostFailed
from monitor.polling.push import lease
from monitor.polling.push.subscribe import HubRequests
from storage.database import Database
from storage.model.pushed import HubOffer, HubState


def test_a_hub_is_asked_once_and_again_before_the_lease_ends(pushed: PushedFeed) -> None:
    """The request names callback, topic, mode and secret; the renewal is for the same callback."""
    assert pushed.ask() == 1
    assert pushed.ask() == 0
    [(url, form)] = pushed.hub.posts
    assert url == HUB
    assert (form["hub.mode"], form["hub.topic"]) == ("subscribe", FEED)
    assert form["hub.callback"].startswith(f"{PAGES}/push/")
    assert len(pushed.path) >= 40
    pushed.confirm()
    assert pushed.ask(NOW + DAY / 2) == 0
    assert pushed.ask(NOW + DAY * lease.RENEW_AFTER) == 1
    assert pushed.hub.posts[1][1]["hub.callback"] == form["hub.callback"]


def test_without_a_public_address_no_hub_is_asked(pushed: PushedFeed) -> None:
    """The offer is kept for when there is one."""
    pushed.pages = None
    assert pushed.ask() == 0
    pushed.pages = PAGES
    assert pushed.ask() == 1


@pytest.mark.parametrize(
    "changes",
    [{"topic": "https://example.org/other"}, {"mode": "unsubscribe"}, {"mode": "x"}, {"challenge": ""}],
)
def test_a_question_about_what_was_not_asked_for_is_refused(
    pushed: PushedFeed, changes: dict[str, str]
) -> None:
    """Another topic, another mode, or no challenge."""
    pushed.ask()
    with pytest.raises(NotAskedFor):
        pushed.confirm(**changes)
    assert pushed.subscription is not None
    assert pushed.subscription.state is HubState.ASKED


def test_an_unknown_callback_is_refused(pushed: PushedFeed) -> None:
    """For questions and for pushes."""
    with pytest.raises(CallbackUnknown):
        confirm_subscription(pushed.database, "guess", {"hub.topic": FEED}, now=NOW)
    with pytest.raises(CallbackUnknown):
        receive_push(pushed.database, "guess", Push(body=b""), now=NOW)


def test_a_denied_subscription_is_asked_for_a_day_later(active: PushedFeed) -> None:
    """A hub may deny at any time; the reason is kept, and nothing more is taken."""
    assert active.confirm(mode="denied", reason="not\x00 yours", challenge="") == ""
    one = active.subscription
    assert one is not None
    assert one.state is HubState.DENIED
    assert "not yours" in (one.error or "")
    assert active.push("new") is PushOutcome.IGNORED
    assert active.ask(NOW + HOUR) == 0
    assert active.ask(NOW + DAY) == 1


@pytest.mark.parametrize("status", [307, 308])
def test_a_hub_that_moved_is_followed(pushed: PushedFeed, status: int) -> None:
    """The same request goes to the new address; a circle is given up with a reason."""
    moved = PostAnswer(status=status, headers={"location": "/new"}, body=b"")
    pushed.hub.answers.insert(0, moved)
    pushed.ask()
    assert [url for url, _ in pushed.hub.posts] == [HUB, f"{HUB}new"]
    assert pushed.hub.posts[0][1] == pushed.hub.posts[1][1]
    pushed.hub.answers = [moved]
    pushed.ask(NOW + DAY)
    assert len(pushed.hub.posts) == 2 + 4
    assert "redirects" in (((one := pushed.subscription) and one.error) or "")


@pytest.mark.parametrize(
    "answer",
    [PostAnswer(status=400, headers={}, body=b"no  such\ntopic"), PostFailed("no such topic", sent=False)],
)
def test_a_hub_that_refuses_is_asked_later(pushed: PushedFeed, answer: PostAnswer | PostFailed) -> None:
    """Its words are kept for `feeds show`; polling goes on."""
    pushed.hub.answers = [answer]
    pushed.ask()
    assert "no such topic" in (((one := pushed.subscription) and one.error) or "")
    assert pushed.ask(NOW + MINUTE) == 0
    assert pushed.ask(NOW + lease.ANSWER_WAIT) == 1


def test_a_feed_whose_lease_ended_is_polled(active: PushedFeed) -> None:
    """The hub did not verify the renewal."""
    active.push("new", "old")
    active.read()
    active.ask(NOW + DAY * lease.RENEW_AFTER)
    with active.database.write() as ledger:
        ledger.feeds.save([replace(active.feed, next_poll=NOW + 3 * DAY)])
    active.ask(NOW + DAY)
    assert active.feed.next_poll == NOW + DAY
    assert active.push("late", now=NOW + DAY) is PushOutcome.IGNORED


@pytest.mark.parametrize("what", ["the feed", "the pages", "the offer", "another address"])
def test_a_subscription_ends_with_its_feed_or_the_pages(database: Database, what: str) -> None:
    """The hub is asked to end it, may verify that, and then the callback is unknown."""
    active = a_pushed_feed(database)
    active.ask()
    active.confirm()
    later = NOW + MINUTE
    match what:
        case "the feed":
            subscribe(active.database, "https://other.example/feed", now=later)
        case "the pages":
            active.pages = None
        case "another address":
            active.pages = "https://new.example"
        case _:
            active.fetcher.answers[FEED] = fetched(("old", "old"), ("b", "b"))
            asyncio.run(active.polling.poll([active.feed], now=later))
    active.ask(later)
    last = [form for _, form in active.hub.posts if form["hub.mode"] == "unsubscribe"]
    assert [form["hub.callback"] for form in last] == [active.hub.posts[0][1]["hub.callback"]]
    with pytest.raises(CallbackUnknown):
        active.push("new", now=later)
    assert active.confirm(mode="unsubscribe", now=later) == "c"
    with pytest.raises(CallbackUnknown):
        active.confirm(mode="unsubscribe", now=later)


def test_a_hub_that_never_ends_a_subscription_is_left_alone(active: PushedFeed) -> None:
    """Three requests are sent; then the lease expires by itself."""
    active.pages = None
    asked = [active.ask(NOW + days * DAY) for days in range(8)]
    assert sum(asked) == lease.END_ATTEMPTS


def _offered(database: Database, *numbers: int) -> None:
    """Subscribe to feeds, each of which names a hub."""
    subscribe(database, *(url := {n: f"https://example.org/{n}" for n in range(5)}).values())
    with database.write() as ledger:
        ids = {feed.url: feed.id for feed in ledger.feeds.named(list(url.values()))}
        ledger.hubs.offer({ids[url[n]]: HubOffer(hub=HUB, topic=url[n]) for n in numbers})


def test_many_offers_are_taken_up_in_short_transactions(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each round begins a part of the subscriptions and asks for them."""
    monkeypatch.setattr("monitor.polling.push.subscribe.CHANGED_AT_ONCE", 2)
    _offered(database, *range(5))
    requests = HubRequests(database=database, poster=FakeHub(), pages=PAGES)
    assert [asyncio.run(requests.run(now=NOW)) for _ in range(4)] == [2, 2, 1, 0]


def test_many_offers_are_compared_more_rarely(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new offer is seen once the pause is over, which grows with the offers; due requests do not wait for it."""
    monkeypatch.setattr("monitor.polling.push.subscribe.COMPARED_A_SECOND", 1)
    _offered(database, 0, 1)
    requests = HubRequests(database=database, poster=FakeHub(), pages=PAGES)
    assert [asyncio.run(requests.run(now=NOW)) for _ in range(2)] == [2, 0]
    _offered(database, 2)
    assert not requests.has_work(now=NOW + SECOND)
    assert requests.has_work(now=NOW + 2 * SECOND)
    assert asyncio.run(requests.run(now=NOW + 2 * SECOND)) == 1

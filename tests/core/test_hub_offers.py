"""Which hub a feed offers, what a signature proves, and how a subscription goes on."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

import pytest
from builders import DAY, HOUR, NOON

from monitor.polling.parsing.feed_parser import parse_xml
from monitor.polling.parsing.jsonfeed import parse_json
from monitor.polling.parsing.parsed_feed import FeedFacts, ParsedFeed
from monitor.polling.push import lease
from monitor.polling.push.offer import is_topic, offer_of
from monitor.polling.push.signature import METHODS, is_signed
from storage.model.pushed import HubOffer, HubState, HubSubscription

URL = "https://post.example/feed"
HUB = HubOffer(hub="https://hub.example/", topic="https://post.example/own")
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title>'
    '<link rel="hub" href="https://hub.example/"/><link rel="self" href="/own"/></feed>'
)
RSS = (
    '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>F</title>'
    '<atom:link rel="hub" href="https://hub.example/"/><atom:link rel="self" href="https://post.example/own"/>'
    "<item><title>A</title></item></channel></rss>"
)
JSON = (
    '{"version": "https://jsonfeed.org/version/1.1", "title": "F", "feed_url": "https://post.example/own", '
    '"hubs": [{"type": "WebSub", "url": "https://hub.example/"}], "items": []}'
)


@pytest.mark.parametrize("document", [ATOM, RSS, JSON])
def test_a_hub_is_found_in_the_document(document: str) -> None:
    """Atom's links, those of Atom in RSS, and the hubs of JSON Feed."""
    parse = parse_json if document is JSON else parse_xml
    parsed = parse(document, url=URL, now=NOON)
    assert isinstance(parsed, ParsedFeed)
    assert offer_of(url=URL, headers={}, facts=parsed.facts) == HUB


def test_the_header_comes_before_the_document() -> None:
    """A `Link` header with a hub decides alone; a feed that does not say its address is its own topic."""
    facts = FeedFacts(hub_urls=("https://other.example/",), self_url="https://other.example/feed")
    both = {"link": '<https://hub.example/>; rel="hub", </own>; title="a"; rel="alternate SELF"'}
    assert offer_of(url=URL, headers=both, facts=facts) == HUB
    alone = {"link": "<https://hub.example/>; rel=hub"}
    assert offer_of(url=URL, headers=alone, facts=facts) == HubOffer(hub=HUB.hub, topic=URL)
    assert offer_of(url=URL, headers={}, facts=FeedFacts()) is None


@pytest.mark.parametrize(
    "header",
    [
        "<",
        "<>" * 9_000,
        "<<<<" * 9_000,
        "<javascript:x>; rel=hub",
        "<http://[>; rel=hub",
        '<a>; rel="',
        "<a>;rel=hubs",
    ],
)
def test_a_header_without_a_hubs_address_offers_nothing(header: str) -> None:
    """Neither other schemes nor broken addresses, other relations or a long header."""
    assert offer_of(url=URL, headers={"link": header}, facts=FeedFacts()) is None


def test_a_topic_is_compared_without_scheme_and_last_slash() -> None:
    """Hubs and publishers write one address in several ways; another path is another topic."""
    assert is_topic("http://post.example/own/", HUB.topic)
    assert not is_topic("https://post.example/other", HUB.topic)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_a_signature_is_recognised_by_the_method_that_it_names(method: str) -> None:
    """The four methods of the recommendation; another secret, body, method or length is no signature."""
    made = hmac.new(b"secret", b"body", getattr(hashlib, method)).hexdigest()
    assert is_signed(b"body", f"{method}={made}", secret="secret")
    assert is_signed(b"body", f"{method.upper()}={made.upper()}", secret="secret")
    wrong = (
        f"{method}={made[:-1]}",
        f"{method}=",
        made,
        "",
        f"md5={made}",
        f"new={made}",
        f"{method}=é{made}",
    )
    assert not any(is_signed(b"body", header, secret="secret") for header in wrong)
    assert not is_signed(b"body ", f"{method}={made}", secret="secret")
    assert not is_signed(b"body", f"{method}={made}", secret="other")


def a_subscription() -> HubSubscription:
    return lease.new_subscription(1, HUB, pages="https://w.example", path="p", secret="s", now=NOON)


def test_a_lease_is_renewed_before_it_ends_and_lapses_without_an_answer() -> None:
    """The hub says how long it is; while the hub does not answer, the subscription holds until its end."""
    active = lease.verified(lease.asked(a_subscription(), now=NOON), lease=DAY, now=NOON)
    assert (active.state, active.lease_until) == (HubState.ACTIVE, NOON + DAY)
    assert NOON < active.next_at < NOON + DAY
    again = lease.asked(active, now=active.next_at)
    assert again.is_live(active.next_at)
    assert again.next_at <= NOON + DAY
    lapsed = lease.asked(again, now=NOON + DAY)
    assert (lapsed.state, lapsed.lease_until) == (HubState.ASKED, None)


@pytest.mark.parametrize("given", [None, timedelta(days=40_000), timedelta(0)])
def test_a_lease_without_or_beyond_measure_is_bounded(given: timedelta | None) -> None:
    """A hub that gives no lease, a century or nothing gets one that is renewed."""
    one = lease.verified(a_subscription(), lease=given, now=NOON)
    assert one.lease_until is not None
    assert NOON < one.lease_until <= NOON + lease.LONGEST_LEASE


def test_a_hub_that_does_not_answer_is_asked_ever_more_rarely() -> None:
    """After an hour, then after twice as long, up to a day."""
    one, waits = a_subscription(), []
    for _ in range(12):
        after = lease.asked(one, now=one.next_at)
        waits.append(after.next_at - one.next_at)
        one = after
    assert waits[:3] == [HOUR, 2 * HOUR, 4 * HOUR]
    assert waits[-1] == DAY


def test_pushes_of_a_minute_are_bounded() -> None:
    """The next minute begins a new count."""
    one: HubSubscription | None = a_subscription()
    for _ in range(lease.PUSHES_A_MINUTE):
        assert one is not None
        one = lease.pushed(last := one, now=NOON)
    assert one is not None
    assert lease.pushed(one, now=NOON) is None
    assert lease.pushed(one, now=NOON + lease.MINUTE) is not None
    assert last.counted == lease.PUSHES_A_MINUTE - 1

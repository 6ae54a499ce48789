"""URLs are normalised, secrets are removed from them, and forbidden addresses are refused."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.polling.http.address import Forbidden, Target, normalise, parse_target, redacted
from monitor.polling.http.network_rules import NetworkRules, forbidden, port_refused, user_agent
from monitor.polling.http.outcome import FetchRequest
from monitor.polling.http.request import get_request, post_request

LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.mark.parametrize(
    ("given_url", "written"),
    [
        ("HTTP://Example.ORG:80/Feed.xml#top", "http://example.org/Feed.xml"),
        ("https://example.org:443", "https://example.org/"),
        ("https://example.org:8443/a b?q=ä", "https://example.org:8443/a%20b?q=%C3%A4"),
        ("  https://example.org./x%20y  ", "https://example.org/x%20y"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://例え.テスト/feed", "https://xn--r8jz45g.xn--zckzah/feed"),
        ("feed://example.org/rss", "http://example.org/rss"),
        ("feed:https://example.org/rss", "https://example.org/rss"),
        ("https://user:pass@example.org/rss", "https://example.org/rss"),
        ("http://[0:0::1]:80/", "http://[::1]/"),
        ("http://under_score.example/", "http://under_score.example/"),
    ],
)
def test_urls_are_normalised(given_url: str, written: str) -> None:
    """Scheme and host become lower case; default port, fragment and credentials go; the path keeps its case."""
    assert normalise(given_url) == written


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/xml,<rss/>",
        "ftp://example.org/",
        "//example.org/",
        "example.org/feed",
        "http://",
        "http:///feed",
        "http://example.org:0/",
        "http://example.org:99999/",
        "http://exa\nmple.org/",
        "http://example.org\\@127.0.0.1/",
        "http://[::1%25eth0]/",
        "http://[::1/",
        "http://exa mple.org/",
        "http://" + "a" * 64 + ".org/",
        "https://example.org/" + "a" * 9_000,
        "http://999.1.1.1/",
        "http://xn--a/",
        "",
    ],
)
def test_other_addresses_are_refused_with_a_reason(url: str) -> None:
    """Only http and https URLs with a readable host are accepted; the error says what is wrong."""
    target = parse_target(url)
    assert isinstance(target, Forbidden)
    assert len(target.words) > 10


def test_credentials_are_split_off_and_never_shown() -> None:
    """User and password of a URL are decoded for use and appear in no repr and no URL."""
    target = parse_target("https://anna:p%40ss@example.org/private.xml")
    assert isinstance(target, Target)
    assert target.credentials is not None
    assert (target.credentials.username, target.credentials.password) == ("anna", "p@ss")
    assert target.url == "https://example.org/private.xml"
    assert "p@ss" not in repr(target)
    assert "anna" not in repr(target)


@pytest.mark.parametrize(
    "url", ["http://u:secret@h/", "nonsense://u:secret@h/?x=1", "http://u:se@cret@h:xx/"]
)
def test_redaction_works_on_invalid_urls(url: str) -> None:
    """The secret of a URL is not printed even where the URL is invalid."""
    assert "secret" not in redacted(url)
    assert "cret" not in redacted(url)
    assert "secret" not in normalise(url)


def test_a_host_is_its_name_and_port() -> None:
    """Two ports of one machine are two hosts; the default port equals no port."""
    keys = [
        parse_target(url)
        for url in ("http://a.org/", "http://A.org:80/x", "http://a.org:81/", "https://a.org/")
    ]
    assert [target.host_key for target in keys if isinstance(target, Target)] == [
        "a.org:80",
        "a.org:80",
        "a.org:81",
        "a.org:443",
    ]


@given(
    st.one_of(
        st.text(max_size=60),
        st.builds("http://{}".format, st.text(max_size=40)),
        st.builds(
            "https://a.org/{}?{}#{}".format, st.text(max_size=20), st.text(max_size=20), st.text(max_size=9)
        ),
    )
)
def test_normalising_is_idempotent(url: str) -> None:
    """Normalising a normalised URL changes nothing, for any input."""
    once = normalise(url)
    assert normalise(once) == once


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.31.255.255",
        "192.0.0.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0:127.0.0.1",
        "::ffff:0:8.8.8.8",
        "2600::5efe:127.0.0.1",
        "2600::200:5efe:10.0.0.1",
        "1::1",
        "4000::1",
        "8000::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "2002:7f00:1::",
        "2001::1",
        "fc00::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_special_addresses_are_forbidden(address: str) -> None:
    """No spelling of a loopback, private or other special address may be connected to."""
    assert forbidden(address) is not None


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "2600::5efe:8.8.8.8"],
)
def test_public_addresses_are_allowed(address: str) -> None:
    """Public addresses stay reachable, also when written as IPv4-mapped IPv6."""
    assert forbidden(address) is None


def test_the_operator_may_allow_a_network() -> None:
    """Allowing a network opens only that network; allowing loopback includes its IPv6 counterpart."""
    assert forbidden("127.0.0.1", allow_networks=LOOPBACK) is None
    assert forbidden("::ffff:127.0.0.1", allow_networks=LOOPBACK) is None
    assert forbidden("::1", allow_networks=LOOPBACK) is None
    assert "polling.allow_networks" in str(forbidden("10.0.0.1", allow_networks=LOOPBACK))


def test_only_allowed_ports_are_used() -> None:
    """Only web ports are allowed by default; an empty list allows every port."""
    rules = NetworkRules(user_agent="t")
    assert port_refused(443, rules) is None
    assert "polling.allow_ports" in str(port_refused(22, rules))
    assert port_refused(22, NetworkRules(user_agent="t", allow_ports=frozenset())) is None


def test_the_user_agent_says_name_version_and_contact() -> None:
    """The User-Agent names program, version and contact, and a contact cannot break the header."""
    assert user_agent("1.2", None) == "storywatch/1.2"
    assert user_agent("1.2", "https://example.org/bot") == "storywatch/1.2 (+https://example.org/bot)"
    assert user_agent("1.2", "a\r\nX: 1ß") == "storywatch/1.2 (+aX:1)"


@pytest.mark.parametrize(
    "url",
    [
        "http://999.1.1.1/",
        "http://08.1.1.1/",
        "http://xn--a/",
        "http://xn--zz.example/",
        "https://e.example/" + "\N{GRINNING FACE}" * 8000,
    ],
)
def test_a_url_that_no_request_can_carry_is_refused(url: str) -> None:
    """Broken IPv4 addresses, broken encoded names, and URLs that grow too long when they are encoded."""
    assert isinstance(parse_target(url), Forbidden)


@given(
    st.one_of(
        st.text(max_size=60),
        st.builds("http://{}/{}".format, st.text(max_size=30), st.text(max_size=30)),
        st.from_regex(r"https?://[0-9a-fx.:\[\]-]{1,30}(:[0-9]{1,5})?/[^/]*", fullmatch=True),
    )
)
def test_every_accepted_target_makes_a_request(url: str) -> None:
    """A URL that passes the check makes a valid request, for feeds and webhooks, to the host that was checked."""
    target = parse_target(url)
    if isinstance(target, Target):
        rules = NetworkRules(user_agent="t")
        get = get_request(FetchRequest(url=url), target, first=target, rules=rules)
        post = post_request(target, body=b"", headers={}, rules=rules)
        assert get.url.host == post.url.host
        assert get.url.raw_host.decode("ascii").strip("[]") == target.host

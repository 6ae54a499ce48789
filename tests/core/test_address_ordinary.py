"""The fast path of `parse_target` gives the same results as the full one."""

from __future__ import annotations

from ipaddress import IPv4Address

from hypothesis import given
from hypothesis import strategies as st

from monitor.polling.http.address import _parsed_target, ordinary_target

WORDS = "http https :// // : / ? # @ a Z - _ . 80 443 0 70000 %41 \u00e9 [ ] ::1 | \\ feed: user:pw@ example.org 127.0.0.1 & = ~"
PARTS = st.lists(st.sampled_from([*WORDS.split(" "), " ", "\t", "\n"]), max_size=12).map("".join)


@given(url=PARTS | PARTS.map(lambda rest: f"http://example.org{rest}") | st.text(max_size=30))
def test_the_fast_path_gives_the_same_target(url: str) -> None:
    """A URL that takes the fast path of `parse_target` is already in normal form."""
    ordinary = ordinary_target(url)
    assert ordinary is None or ordinary == _parsed_target(url)


def test_ordinary_urls_take_the_fast_path() -> None:
    """URLs with or without port, path and query take the fast path; URLs that must be rewritten do not."""
    for url in (
        "http://a.example/",
        "https://a.example:8443/x/y.xml?a=1&b=%20",
        "http://127.0.0.1:9/f/1.xml",
    ):
        assert ordinary_target(url)
    for url in (
        "http://a.example",
        "http://a.example:80/",
        "http://u@a.example/",
        "http://A.example/",
        "http://a/?",
    ):
        assert ordinary_target(url) is None


@given(octets=st.lists(st.text("0123456789", min_size=1, max_size=3), min_size=4, max_size=4))
def test_addresses_are_those_of_the_standard_library(octets: list[str]) -> None:
    """A host of four numbers is accepted exactly if `ipaddress` accepts it."""
    host = ".".join(octets)
    try:
        IPv4Address(host)
    except ValueError:
        assert ordinary_target(f"http://{host}/") is None
    else:
        assert ordinary_target(f"http://{host}/") is not None

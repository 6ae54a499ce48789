"""The paths and delays that robots.txt allows (RFC 9309)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.polling.http.robots import CLOSED, LONGEST_DELAY, OPEN, Robots

US = "storywatch"


def test_the_group_of_our_name_beats_the_one_for_everybody():
    """A group for storywatch replaces the general one, whether stricter or looser."""
    said = b"User-agent: *\nDisallow: /\n\nUser-agent: storywatch\nDisallow: /private\nCrawl-delay: 7\n"
    robots = Robots.read(said, US)
    assert robots.allow("https://a.example/news/1", US)
    assert not robots.allow("https://a.example/private/1", US)
    assert not robots.allow("https://a.example/news/1", "otherbot")
    assert robots.delay == timedelta(seconds=7)


def test_a_delay_has_a_bound():
    """A crawl delay of an hour is reduced to the bound, because the page would be too late anyway."""
    assert Robots.read(b"User-agent: *\nCrawl-delay: 3600\n", US).delay == LONGEST_DELAY


@pytest.mark.parametrize("said", [b"", b"\xff\xfe\x00", b"Disallow: /\n", b"<html>not found</html>"])
def test_unreadable_rules_forbid_nothing(said):
    """Lines that are no rules are ignored."""
    assert Robots.read(said, US).allow("https://a.example/", US)


def test_missing_robots_allows_and_a_broken_server_forbids():
    """Without robots.txt every page may be read; after a server error none."""
    assert OPEN.allow("https://a.example/", US)
    assert not CLOSED.allow("https://a.example/", US)


@pytest.mark.parametrize(
    "line",
    [
        "Crawl-delay: ²",
        "Crawl-delay: %C2%B2",
        "Crawl-delay: " + "9" * 400,
        "Crawl-delay: " + "9" * 5000,
        "Request-rate: ²/²",
        "Request-rate: 1/" + "9" * 5000,
        "Disallow: //[x",
        "Allow: http://[",
        "Disallow: http://%5B",
    ],
)
def test_an_unreadable_value_drops_only_its_line(line):
    """The other rules of the group apply, and no delay is longer than the bound."""
    robots = Robots.read(f"User-agent: *\n{line}\nDisallow: /private\n".encode(), US)
    assert robots.allow("https://a.example/news", US)
    assert not robots.allow("https://a.example/private/1", US)
    assert robots.delay in (timedelta(0), LONGEST_DELAY)

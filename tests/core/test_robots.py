"""The paths and delays that robots.txt allows (RFC 9309)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.polling.http.robots import CLOSED, LONGEST_DELAY, OPEN, Robots

US = "storywatch"


def test_the_group_of_our_name_beats_the_one_for_everybody():
    """A site may let us read what it keeps from others, and the other way round."""
    said = b"User-agent: *\nDisallow: /\n\nUser-agent: storywatch\nDisallow: /private\nCrawl-delay: 7\n"
    robots = Robots.read(said, US)
    assert robots.allow("https://a.example/news/1", US)
    assert not robots.allow("https://a.example/private/1", US)
    assert not robots.allow("https://a.example/news/1", "otherbot")
    assert robots.delay == timedelta(seconds=7)


def test_a_delay_has_a_bound():
    """An hour between two pages is bounded: the page is then too late anyway."""
    assert Robots.read(b"User-agent: *\nCrawl-delay: 3600\n", US).delay == LONGEST_DELAY


@pytest.mark.parametrize("said", [b"", b"\xff\xfe\x00", b"Disallow: /\n", b"<html>not found</html>"])
def test_what_says_nothing_forbids_nothing(said):
    """Rubbish is no rule."""
    assert Robots.read(said, US).allow("https://a.example/", US)


def test_open_and_closed():
    """No robots.txt lets everything be read; a broken server nothing."""
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
def test_a_value_that_cannot_be_read_costs_its_line_alone(line):
    """The other rules of the group hold, and no delay is longer than the bound."""
    robots = Robots.read(f"User-agent: *\n{line}\nDisallow: /private\n".encode(), US)
    assert robots.allow("https://a.example/news", US)
    assert not robots.allow("https://a.example/private/1", US)
    assert robots.delay in (timedelta(0), LONGEST_DELAY)

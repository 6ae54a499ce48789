"""`[pages]`: accepted values, and addresses that `check` refuses because others could read the traffic."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config.errors import ConfigErrors
from monitor.config.load import parse_settings
from monitor.config.settings import Settings

TOKEN = "a-token-of-these-tests"
HTTPS = 'url = "https://watch.example"'


def read(*lines: str) -> Settings:
    return parse_settings("\n".join(["[pages]", *lines]), Path("storywatch.toml"), environ={"TOKEN": TOKEN})


def test_nothing_is_served_unless_it_is_asked_for() -> None:
    """Without the table, and with a table that has no address."""
    assert read().pages.listen is None
    assert parse_settings("", Path("storywatch.toml"), environ={}).pages.listen is None


def test_every_key_is_read() -> None:
    """Secrets from the environment, networks, an address without its slash."""
    pages = read(
        'listen = "[::1]:8765"',
        'url = "https://Watch.example/"',
        'token = {env = "TOKEN"}',
        'reader_token = "another-of-these-tests"',
        'trusted_header = "X-Forwarded-User"',
        'trusted_proxies = ["127.0.0.1/32"]',
    ).pages
    assert (pages.listen, pages.url, pages.token) == (("::1", 8765), "https://watch.example", TOKEN)
    assert TOKEN not in repr(pages)


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        (['listen = "8765"'], "is not an address with a port"),
        (['listen = "example.org:80"'], "is not an address with a port"),
        (['listen = "0.0.0.0:8765"', f'token = "{TOKEN}"'], "without encryption"),
        (['listen = "0.0.0.0:8765"', f'token = "{TOKEN}"', 'url = "http://box:8765"'], "without encryption"),
        (['listen = "0.0.0.0:8765"', f'token = "{TOKEN}"', "insecure = true"], "needs 'url'"),
        (['listen = "192.0.2.7:8765"', HTTPS], "needs 'token'"),
        (['token = "short"'], "at least 16"),
        (['token = "a token with blanks in it"'], "at least 16"),
        ([f'token = "{TOKEN}"', f'reader_token = "{TOKEN}"'], "is the owner's token"),
        (['url = "watch.example"'], "is not a web address"),
        (['url = "https://watch.example/storywatch"'], "more than a host and a port"),
        (['url = "https://me:secret@watch.example"'], "more than a host and a port"),
        (['trusted_proxies = ["localhost"]'], "is not a network"),
        (['trusted_header = "X User"'], "is not a header name"),
    ],
)
def test_what_is_unsafe_or_useless_is_refused_with_the_way_out(lines: list[str], refusal: str) -> None:
    """The error stands at the key and says what to write."""
    with pytest.raises(ConfigErrors, match=refusal):
        read(*lines)


@pytest.mark.parametrize(
    "lines",
    [
        ['listen = "0.0.0.0:8765"', f'token = "{TOKEN}"', HTTPS],
        ['listen = "0.0.0.0:8765"', f'token = "{TOKEN}"', 'url = "http://box:8765"', "insecure = true"],
        [
            'listen = "192.0.2.7:8765"',
            HTTPS,
            'trusted_header = "X-Forwarded-User"',
            'trusted_proxies = ["192.0.2.1/32"]',
        ],
    ],
)
def test_other_machines_may_reach_what_is_protected(lines: list[str]) -> None:
    """By https at a proxy, or where the owner says that it need not be."""
    assert read(*lines).pages.listen is not None


def test_a_header_without_proxies_is_warned_of() -> None:
    """Anybody could send it, so it is ignored."""
    assert any("is ignored" in str(one) for one in read('trusted_header = "X-Forwarded-User"').warnings)

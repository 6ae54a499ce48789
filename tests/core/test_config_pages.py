"""`[pages]`: accepted values, and addresses that `check` refuses because others could read the traffic."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config.errors import ConfigErrors
from monitor.config.load import parse_settings
from monitor.config.settings import PagesSettings, Settings

TOKEN = "a-token-of-these-tests"
HTTPS = 'url = "https://watch.example"'


def read(*lines: str) -> Settings:
    return parse_settings("\n".join(["[pages]", *lines]), Path("storywatch.toml"), environ={"TOKEN": TOKEN})


def test_pages_are_off_by_default() -> None:
    """No page is served without the table, or with a table that has no address."""
    assert read().pages.listen is None
    assert parse_settings("", Path("storywatch.toml"), environ={}).pages.listen is None


def test_every_key_is_read() -> None:
    """Secrets are read from the environment, networks are parsed, and the URL loses its trailing slash."""
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
def test_unsafe_settings_are_refused_with_a_fix(lines: list[str], refusal: str) -> None:
    """The error names the key and says what to write."""
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
def test_other_machines_need_protection(lines: list[str]) -> None:
    """Other machines may connect behind an https proxy, or if the owner explicitly allows plain http."""
    assert read(*lines).pages.listen is not None


def test_a_user_header_without_proxies_is_a_warning() -> None:
    """Without trusted proxies anybody could send the header, so it is ignored with a warning."""
    assert any("is ignored" in str(one) for one in read('trusted_header = "X-Forwarded-User"').warnings)


@pytest.mark.parametrize(("listen", "served"), [(("127.0.0.1", 8080), "https://watch.example"), (None, None)])
def test_hubs_are_given_the_public_address_of_served_pages_only(
    listen: tuple[str, int] | None, served: str | None
) -> None:
    """A public address without pages behind it answers no hub."""
    assert PagesSettings(listen=listen, url="https://watch.example").served_url == served

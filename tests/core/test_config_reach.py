"""Warnings about feeds that the network rules forbid."""

from pathlib import Path

import pytest

from monitor.config.load import parse_settings

PATH = Path("/srv/desk/storywatch.toml")


def settings_of(text):
    """Return the settings of a configuration text located in /srv/desk."""
    return parse_settings(text, PATH, environ={})


WATCHED = "[[topics]]\nname = 'a'\nquery = 'x'\n"
UNREACHABLE = [
    (
        "http://10.0.0.5/feed",
        "10.0.0.5 is a private address; to poll it, add its network to polling.allow_networks",
    ),
    (
        "http://a.example:8080/feed",
        "port 8080 is not among the allowed ports (80, 443); add it to polling.allow_ports",
    ),
    ("a.example/feed", "the URL has no scheme; start it with https://"),
    ("http://999.1.1.1/", "the URL names no valid host; check the part after //"),
]


@pytest.mark.parametrize(("url", "reason"), UNREACHABLE)
def test_a_feed_that_can_never_be_polled_is_a_warning(url, reason):
    """`check` warns with the feed's line before any poll fails; rules that allow the address silence the warning."""
    text = f"[[feeds]]\nurl = '{url}'\n"
    (warning,) = [str(each) for each in settings_of(text + WATCHED).warnings]
    assert warning.startswith(f"{PATH}:1: ")
    assert reason in warning


def test_a_feed_that_the_rules_allow_is_no_warning():
    """The networks and ports of `[polling]` apply to the check as they apply to polls."""
    rules = "[polling]\nallow_networks = '10.0.0.0/8'\nallow_ports = []\n"
    for url in ("http://10.0.0.5/feed", "http://a.example:8080/feed"):
        assert settings_of(f"{rules}[[feeds]]\nurl = '{url}'\n{WATCHED}").warnings == ()

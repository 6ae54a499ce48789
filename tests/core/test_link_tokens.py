"""Tokens of links: they say what was signed, and nothing that was changed, cut or made by another is taken."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from builders import NOON
from hypothesis import given
from hypothesis import strategies as st

from alerts.links.token import (
    MAX_TOKEN,
    LinkExpired,
    LinkForged,
    LinkToken,
    read_token,
    token_id,
    write_token,
)
from storage.model import LinkAction

KEY = bytes(range(32))
NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=100)


def a_token(**given: Any) -> LinkToken:
    ordinary = {
        "action": LinkAction.NO,
        "target": "s12",
        "topic": "police-face-recognition",
        "channel": "desk",
        "expires_at": NOON + timedelta(days=30),
    }
    return LinkToken(**{**ordinary, **given})


@given(
    action=st.sampled_from(LinkAction),
    target=st.from_regex(r"s[1-9][0-9]{0,17}", fullmatch=True),
    topic=NAMES,
    channel=NAMES,
)
def test_a_token_read_back_is_the_same(action: LinkAction, target: str, topic: str, channel: str) -> None:
    """Tokens survive any names, and need no escaping in a URL."""
    token = a_token(action=action, target=target, topic=topic, channel=channel)
    text = write_token(token, key=KEY)
    assert read_token(text, key=KEY, now=NOON) == token
    assert re.fullmatch(r"[A-Za-z0-9_-]+", text)


def test_the_longest_names_can_be_read_back() -> None:
    """A hundred characters of four bytes are kept, and a longer name is cut."""
    token = a_token(topic="\U00020000" * 100, channel="\U00020000" * 100)
    assert read_token(write_token(token, key=KEY), key=KEY, now=NOON) == token
    longer = write_token(replace(token, topic=token.topic * 9), key=KEY)
    assert read_token(longer, key=KEY, now=NOON) == token


def test_an_ordinary_token_is_short() -> None:
    """Its address fits a line of a mail."""
    assert len(write_token(a_token(), key=KEY)) < 90


@pytest.mark.parametrize("at", range(0, 80, 3))
def test_a_token_with_one_other_character_is_refused(at: int) -> None:
    """A change at any position is detected."""
    text = write_token(a_token(), key=KEY)
    other = "A" if text[at] != "A" else "B"
    with pytest.raises(LinkForged):
        read_token(f"{text[:at]}{other}{text[at + 1 :]}", key=KEY, now=NOON)


@pytest.mark.parametrize("key", [None, b"", bytes(32)])
def test_a_token_of_another_key_is_refused(key: bytes | None) -> None:
    """A new key invalidates all links."""
    with pytest.raises(LinkForged, match="ended all links"):
        read_token(write_token(a_token(), key=KEY), key=key, now=NOON)


@given(text=st.text(max_size=200))
def test_any_text_is_refused(text: str) -> None:
    """Any text in an address is refused without an exception."""
    with pytest.raises(LinkForged):
        read_token(text, key=KEY, now=NOON)


@pytest.mark.parametrize("spelling", ["{}=", "{}==", " {}", "{}\n", "{}A", "{}%3D", ""])
def test_a_token_has_one_spelling(spelling: str) -> None:
    """An action done once cannot be repeated under another spelling of its token."""
    text = write_token(a_token(target="s1"), key=KEY)
    with pytest.raises(LinkForged):
        read_token(spelling.format(text), key=KEY, now=NOON)


def test_a_token_of_any_length_is_refused_quickly() -> None:
    """A token that is too long is not decoded."""
    with pytest.raises(LinkForged):
        read_token("A" * (MAX_TOKEN + 1), key=KEY, now=NOON)


def test_a_token_expires() -> None:
    """It expires to the second, and the error names the day."""
    text = write_token(a_token(), key=KEY)
    ends = NOON + timedelta(days=30)
    assert read_token(text, key=KEY, now=ends - timedelta(seconds=1)) == a_token()
    with pytest.raises(LinkExpired, match=f"{ends:%Y-%m-%d}"):
        read_token(text, key=KEY, now=ends)


def test_two_tokens_have_two_ids() -> None:
    """The id identifies the link that was used."""
    one = write_token(a_token(), key=KEY)
    for other in (
        replace(a_token(), action=LinkAction.YES),
        replace(a_token(), channel="hook"),
        replace(a_token(), expires_at=datetime(2027, 1, 1, tzinfo=UTC)),
    ):
        assert token_id(write_token(other, key=KEY)) != token_id(one)

"""Hostile text in every renderer and channel is harmless and still delivered (R15 to R18).

Renderers are found in the package and channels in their type: one that is added without a check fails here.
"""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module
from itertools import cycle
from pathlib import Path

import pytest
from hostile_checks import PRINTED, RENDERERS, assert_harmless, assert_harmless_digest
from hostile_words import HOSTILE, LINKS, TEXTS, URLS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import alerts.render
from alerts.channels.registry import CHANNEL_TYPES
from alerts.render.event_kind import EventKind

CASES = list(zip(HOSTILE.values(), cycle(LINKS)))  # every text, with every link beside one of them


def test_every_renderer_is_tested() -> None:
    """Every function that renders a message or a digest is in one of the tables above."""
    found = {
        function
        for module in pkgutil.iter_modules(alerts.render.__path__, "alerts.render.")
        for name, function in inspect.getmembers(import_module(module.name), inspect.isfunction)
        if function.__module__ == module.name
        and not name.startswith("_")
        and (
            "Rendered" in str(function.__annotations__.get("return"))
            or name.startswith(("render_", "digest_"))
        )
    }
    assert found == RENDERERS | PRINTED


@pytest.mark.parametrize("kind", CHANNEL_TYPES)
def test_nothing_hostile_comes_out_of_a_channel(kind: str, tmp_path: Path) -> None:
    """Messages of all kinds are harmless in the bytes the channel sends, whatever their fields hold."""
    for turn, (text, url) in enumerate(CASES):
        assert_harmless(kind, text, url, tmp_path, turn=turn)


@pytest.mark.parametrize("kind", CHANNEL_TYPES)
@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=TEXTS, url=URLS, turn=st.integers(0, len(EventKind) - 1))
def test_no_random_text_comes_out_hostile(kind: str, tmp_path: Path, text: str, url: str, turn: int) -> None:
    """Messages are harmless for any text and any address."""
    assert_harmless(kind, text, url, tmp_path, turn=turn)


def test_nothing_hostile_comes_out_of_a_printed_digest() -> None:
    """Text, Markdown, HTML, JSON and Atom are harmless, whatever the fields hold."""
    for text, url in CASES:
        assert_harmless_digest(text, url)


@settings(max_examples=3, deadline=None)
@given(text=TEXTS, url=URLS)
def test_no_random_text_comes_out_of_a_digest_hostile(text: str, url: str) -> None:
    """Digests are harmless for any text and any address."""
    assert_harmless_digest(text, url)

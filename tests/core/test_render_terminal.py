"""A console message is wrapped to the width of the terminal."""

from __future__ import annotations

import pytest
from builders import NOON, news_of

from alerts.deciding.routing import form_of
from alerts.render.alert_message import render_alert, render_stories
from alerts.render.formats.ansi import COLOUR
from alerts.render.formats.columns import columns
from alerts.render.formats.terminal import fold, on_terminal
from storage.model import Channel

CONSOLE = form_of(Channel(name="screen", type="console"))
OUTLETS = ("Harbour Post", "Tide", "Ferry News")
LONG = "The council voted to stop the police from using face recognition " * 4


def message(*, several: bool = False) -> str:
    news = news_of(OUTLETS, title=LONG)
    rendered = (
        render_stories([news] * 3, form=CONSOLE, now=NOON)[0]
        if several
        else render_alert(news, form=CONSOLE, now=NOON)
    )
    return rendered.body.decode()


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("width", [40, 72, 100, 120])
def test_a_message_fits_the_terminal(width: int, several: bool) -> None:  # noqa: FBT001 (a parameter)
    """Only the topic, commands and links may be wider; colour does not change the words."""
    text = message(several=several)
    shown = on_terminal(text, width=width)
    long = [line for line in shown.splitlines() if columns(line) > width]
    assert all(line.startswith("[") or "storywatch " in line or "://" in line for line in long)
    assert shown.split() == text.split()
    assert max(map(columns, text.splitlines())) > 72


def test_a_wrapped_line_is_indented_to_its_last_column() -> None:
    """Labels and outlets stay aligned beside wrapped text, unless the column is too far right."""
    first, second, *_ = fold("why          " + LONG, width=60)
    assert first.startswith("why          The council")
    assert second.startswith(" " * 13 + "face recognition")
    assert fold("    " + LONG + "  tail", width=60)[1].startswith("    recognition")
    assert fold("short", width=60) == ["short"]


def test_every_line_of_a_headline_is_coloured() -> None:
    """Each line starts and ends its own colour."""
    shown = on_terminal(f"[topic] new story\n{LONG}\nhttps://a.example/1\n", width=50, style=COLOUR)
    _, *headline, link, _ = shown.split("\n")
    assert len(headline) > 3
    assert all(line.startswith(COLOUR.headline) and line.endswith(COLOUR.end) for line in headline)
    assert link == "https://a.example/1"

"""Mails and digests in a browser: at phone and desktop width, in light and dark mode.

Pictures are left in pytest's temporary folder (`pictures`), for those who want to look.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import (
    NOON,
    a_digest,
    a_match,
    a_story,
    a_trouble,
    an_email_channel,
    an_item,
    news_of,
    some_news,
)
from chromium import Browser

from alerts.deciding.routing import form_of
from alerts.links.writer import LinkWriter, with_links
from alerts.render.alert_message import render_alert, render_stories
from alerts.render.digest_message import digest_html
from alerts.render.event_kind import EventKind
from alerts.render.event_message import Event, render_event
from alerts.render.parts.held_and_gaps import Gap, HeldNotice
from storage.model import Growth, Reason, StoryNews

MAIL = an_email_channel()
OUTLETS = ["The Allard Ledger", "Meridian Wire", "Plain Sight", "Harbour Courier", "Radio Four"]
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3, for text of ordinary size

# Every piece of text with its colour, the colour behind it, and how far it reaches; links with what they lead to.
LOOK = """
(() => {
  const parse = text => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const light = colour => {
    const [r, g, b] = colour.map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    if (!walker.currentNode.data.trim() || !box.width || style.display === 'none') continue;
    const [one, other] = [parse(style.color).slice(0, 3), behind(element)].map(light).sort((a, b) => b - a);
    texts.push({
      text: walker.currentNode.data.trim().slice(0, 60),
      contrast: (one + 0.05) / (other + 0.05),
      size: parseFloat(style.fontSize),
    });
  }
  return {
    texts,
    wide: document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth,
    links: [...document.querySelectorAll('a')].map(a => a.href),
    behind: light(behind(document.body)),
    loaded: performance.getEntriesByType('resource').length,
  };
})()
"""


def a_growing_story() -> StoryNews:
    brings = Growth(outlets=tuple(OUTLETS[1:]), terms=("injunction", "Marlow", "Corvatec"))
    news = news_of(OUTLETS, title="Port Allard council votes to bar its police from face recognition")
    return replace(news, reason=Reason.GREW, brings=brings)


def a_trying_story() -> StoryNews:
    """A story in which every part is as long, unbroken and foreign as possible."""
    item = an_item(
        title="Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2,
        feed="https://a-feed-without-a-title.example/and/a/very/long/path/that/never/ends?with=query&and=more",
        summary="人脸识别" * 60 + " <script>alert(1)</script> " + "x" * 300,
        url="https://xn--e1afmkfd.example/" + "path/" * 60,
    )
    story = a_story(title=item.title, url=item.url, topic="a-topic-whose-name-is-as-long-as-names-get" * 2)
    return some_news(story=story, matches=[a_match(item=item)])


def alert_mail() -> bytes:
    gap = Gap(since=NOON - timedelta(days=2), until=NOON, feeds=("Meridian Wire",))
    return (
        render_alert(
            a_growing_story(),
            form=form_of(MAIL),
            now=NOON,
            held=HeldNotice(7, NOON + timedelta(hours=1)),
            gap=gap,
        ).html
        or b""
    )


def trying_mail() -> bytes:
    return render_alert(a_trying_story(), form=form_of(MAIL), now=NOON).html or b""


def stories_mail() -> bytes:
    many = [
        news_of(OUTLETS[: 1 + n % 5], number=n, title=f"Story number {n} of a busy hour") for n in range(40)
    ]
    [mail] = render_stories([*many, a_trying_story()], form=form_of(MAIL), now=NOON, held=HeldNotice(3))
    return mail.html or b""


def event_mail() -> bytes:
    event = Event(
        kind=EventKind.FEED_FAILING,
        name="Harbour Courier",
        url="https://harbour-courier.example/feeds/" + "deep/" * 20,
        since=NOON - timedelta(hours=3),
        detail="the server answered 503: " + "busy-" * 30,
    )
    return render_event(event, form=form_of(MAIL), now=NOON).html or b""


def digest_page() -> bytes:
    many = [
        news_of(OUTLETS[: 1 + n % 5], number=n, title=f"Story number {n} of a long day") for n in range(30)
    ]
    return digest_html(
        a_digest(stories=[a_growing_story(), a_trying_story(), *many], held=4, troubles=(a_trouble(),))
    )


def foreign_page() -> bytes:
    """A digest in scripts of several directions, and without blanks."""
    arabic = news_of(
        ["الجزيرة نت", "Radio Four"], number=2, title="مجلس المدينة يحظر على الشرطة التعرف على الوجوه 2026"
    )
    japanese = news_of(
        ["朝日新聞"], number=3, title="警察による顔認識技術の使用、都議会が禁止条例案を可決" * 2
    )
    return digest_html(a_digest(stories=[arabic, japanese]))


def with_answers(*stories: StoryNews) -> list[StoryNews]:
    writer = LinkWriter(
        pages="https://watch.example.org", key=bytes(32), channel="desk", expires_at=NOON + timedelta(days=30)
    )
    return with_links(stories, writer)


def linked_mail() -> bytes:
    [news] = with_answers(a_growing_story())
    return (
        render_alert(news, form=form_of(MAIL), now=NOON, held=HeldNotice(7, NOON + timedelta(hours=1))).html
        or b""
    )


def linked_stories_mail() -> bytes:
    many = [news_of(OUTLETS[: 1 + n % 5], number=n, title=f"Story number {n} of a day") for n in range(20)]
    [mail] = render_stories(with_answers(a_trying_story(), *many), form=form_of(MAIL), now=NOON)
    return mail.html or b""


PAGES: dict[str, Callable[[], bytes]] = {
    "alert": alert_mail,
    "trying": trying_mail,
    "stories": stories_mail,
    "event": event_mail,
    "digest": digest_page,
    "foreign": foreign_page,
    "linked": linked_mail,
    "linked stories": linked_stories_mail,
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures", numbered=False)


def looked_at(browser: Browser, pictures: Path, name: str, *, width: int, dark: bool) -> dict[str, Any]:
    path = pictures / f"{name}.html"
    path.write_bytes(PAGES[name]())
    browser.show(path, width=width, dark=dark)
    seen = browser.evaluate(LOOK)
    browser.photograph(pictures / f"{name}-{width}-{'dark' if dark else 'light'}.png")
    return dict(seen)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [320, 600, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_fits_and_can_be_read(
    browser: Browser, pictures: Path, name: str, width: int, scheme: str
) -> None:
    """Nothing is wider than the window, every text has enough contrast, and nothing is loaded."""
    seen = looked_at(browser, pictures, name, width=width, dark=scheme == "dark")
    assert seen["wide"] <= 0
    assert seen["texts"]
    faint = [text for text in seen["texts"] if text["contrast"] < LEAST_CONTRAST]
    assert faint == []
    assert min(text["size"] for text in seen["texts"]) >= 12
    assert (seen["behind"] < 0.1) is (scheme == "dark"), "dark mode is dark"
    assert seen["loaded"] == 0


def test_links_lead_where_they_should(browser: Browser, pictures: Path) -> None:
    """Headline and outlets link to the publishers' own addresses only."""
    seen = looked_at(browser, pictures, "alert", width=600, dark=False)
    wanted = [match.item.url for match in a_growing_story().matches]
    assert set(seen["links"]) == set(wanted)
    assert len(seen["links"]) == len(wanted) + 1


def test_right_to_left_text_is_set_right_to_left(browser: Browser, pictures: Path) -> None:
    """A headline follows its own letters, and numbers beside a topic keep their place."""
    looked_at(browser, pictures, "foreign", width=600, dark=False)
    directions = "[...document.querySelectorAll('h3')].map(one => getComputedStyle(one).direction)"
    assert browser.evaluate(directions) == ["rtl", "ltr"]

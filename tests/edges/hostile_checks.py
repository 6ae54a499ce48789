"""Messages and digests full of hostile text, and checks that every rendered form is harmless."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import lru_cache, partial
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import markdown
from builders import (
    NOON,
    a_channel,
    a_delivery,
    a_digest,
    a_match,
    a_story,
    a_trouble,
    an_email_channel,
    an_item,
)
from hostile_words import (
    assert_inert,
    assert_json,
    assert_link,
    assert_page,
    assert_visible,
    elements,
)

from alerts.channels.console import ConsoleSender
from alerts.channels.interface import Accepted
from alerts.channels.mime import mail_bytes
from alerts.channels.registry import sender_for
from alerts.deciding.routing import as_message, form_of
from alerts.links.writer import LinkWriter, with_links
from alerts.render.alert_message import render_alert, render_stories
from alerts.render.daily_message import render_daily
from alerts.render.digest_message import (
    digest_atom,
    digest_html,
    digest_json,
    digest_markdown,
    digest_subject,
    digest_text,
    render_digest,
)
from alerts.render.event_kind import EventKind
from alerts.render.event_message import Event, render_event
from alerts.render.formats.ansi import COLOUR, PLAIN
from alerts.render.formats.terminal import on_terminal
from alerts.render.parts.held_and_gaps import Gap, HeldNotice
from alerts.render.rendered import Rendered
from storage.model import (
    Channel,
    Digest,
    FeedState,
    Growth,
    HeldStory,
    LinkAction,
    LinkUse,
    Match,
    Message,
    MessageForm,
    Reason,
    Story,
    StoryNews,
    Why,
)

ORDINARY, LINK = "An ordinary headline", "https://news.example/1"
ATOM = "{http://www.w3.org/2005/Atom}"
PAINT = re.compile(r"\x1b\[\d+m")
MAIL_HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted", "MIME-Version", "Content-Type",
}  # fmt: skip


def words_everywhere(text: str, url: str) -> StoryNews:
    """A story in which all text from feeds is this: items, outlets, reasons, and the topic's name."""
    return StoryNews(
        story=_story(text, url),
        matches=tuple(_match(number, text, url) for number in range(1, 4)),
        reason=Reason.GREW,
        brings=Growth(outlets=(text, text + "2"), terms=(text,)),
        continues=_story(text, url),
    )


def _story(text: str, url: str) -> Story:
    return a_story(title=text, url=url, topic=text or "t", sources=3, size=3)


def _match(number: int, text: str, url: str) -> Match:
    item = an_item(
        id=number,
        title=text,
        summary=text,
        content=f"{text}. {text}",
        url=url,
        feed=f"{text}{number}",
        author=text,
    )
    return a_match(id=number, item=item, why=(Why(term=text, weight=0.7, where=text),))


def digest_of(text: str, url: str) -> Digest:
    """A digest with held stories, failing feeds, and so many stories that some have one line."""
    news = words_everywhere(text, url)
    stories = [replace(news, story=replace(news.story, id=number), reason=None) for number in range(1, 20)]
    held = HeldStory(story=news.story, channel=text, reason="cap", until=NOON)
    trouble = a_trouble(title=text, url=url, error=text, state=FeedState.FAILING)
    use = LinkUse(token="1", action=LinkAction.NO, target=text, topics=(text,), channel=text, done_at=NOON)
    return a_digest(stories=stories, held=2, holding=(held,), troubles=(trouble,), link_uses=(use,))


def told(text: str, url: str, channel: Channel, *, turn: int = 0) -> Iterator[Rendered]:
    """A message of each renderer for a channel, with everything it can contain; reasons and events vary."""
    beside: dict[str, Any] = {"form": form_of(channel), "now": NOON}
    gap = Gap(since=NOON, until=NOON, feeds=(text,))
    reason = (None, *Reason)[turn % 3]
    yield render_alert(
        replace(words_everywhere(text, url), reason=reason), held=HeldNotice(3, NOON), gap=gap, **beside
    )
    if turn % 4 == 0:
        linked = with_links([words_everywhere(text, url)] * 2, WRITER)
        yield render_alert(linked[0], **beside)
        yield from render_stories(linked, **beside)
    yield from render_stories([words_everywhere(text, url)] * 3, held=HeldNotice(3), gap=gap, **beside)
    yield from render_digest(digest_of(text, url), **beside)
    kind = list(EventKind)[turn % len(EventKind)]
    event = Event(kind=kind, name=text, url=url, since=NOON, detail=text)
    yield render_event(event, **beside)
    if beside["form"] is not MessageForm.JSON:
        yield render_daily([replace(event, kind=EventKind.FEED_FAILING)], **beside)


WRITER = LinkWriter(pages="https://watch.example", key=bytes(32), channel="desk", expires_at=NOON)
RENDERERS = {render_alert, render_stories, render_digest, render_event, render_daily}  # all of them in `told`
PRINTED = {
    digest_subject,
    digest_text,
    digest_html,
    digest_markdown,
    digest_json,
    digest_atom,
}  # in the last test


def assert_mail(message: Message, ordinary: Message) -> None:
    """The parsed mail has exactly our headers, its text is visible, and its page has only our elements."""
    raw = mail_bytes(message, a_delivery(), channel=an_email_channel())
    mail = message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    threaded = {"In-Reply-To", "References"} if message.thread else set()
    names = [name for name in mail.keys() if name != "Content-Transfer-Encoding"]  # noqa: SIM118  with repetitions
    assert sorted(names) == sorted(MAIL_HEADERS | threaded)
    assert mail.defects == []
    assert_visible(mail["Subject"])
    assert "=?" not in mail["Subject"]
    assert (mail["To"], mail["From"]) == ("desk@news.example", "storywatch@news.example")
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert_visible(_unix(text.get_content()), also="\n")
    assert ordinary.html is not None
    assert_page(_unix(page.get_content()), like=ordinary.html.decode())


def _unix(text: str) -> str:
    """Return text with Unix line ends."""
    return text.replace("\r\n", "\n")


def assert_webhook(message: Message, ordinary: Message) -> None:
    """A body under 20 kB of visible strings."""
    del ordinary
    assert len(message.body) < 20_000
    assert_json(message.body)


def assert_console(message: Message, ordinary: Message) -> None:
    """The printed text is visible, and its only escapes are our colours."""
    del ordinary
    for paint in (on_terminal, partial(on_terminal, style=COLOUR)):
        out = StringIO()
        sender = ConsoleSender(out, paint=paint)
        assert isinstance(asyncio.run(sender.send(message, a_delivery(), now=NOON)), Accepted)
        assert_visible(PAINT.sub("", out.getvalue()), also="\n")


def assert_chat(message: Message, ordinary: Message) -> None:
    """Subject and text contain no mention."""
    del ordinary
    assert_inert(message.subject)
    assert_inert(message.body.decode())


def assert_atom(body: bytes, like: bytes) -> None:
    """Entries have only our elements, safe links, and content that is harmless when unescaped."""
    found, ordinary = ET.fromstring(body), ET.fromstring(like)
    assert {one.tag for one in found.iter()} <= {one.tag for one in ordinary.iter()}
    contents = [one.text or "" for one in ordinary.iter(f"{ATOM}content")]
    assert_visible("".join(found.itertext()), also="\n\xa0")
    for one in found.iter():
        for name, value in one.attrib.items():
            assert_visible(value)
            if name == "href":
                assert_link(value)
        if one.tag == f"{ATOM}content":
            assert_page(one.text or "", like="".join(contents))


def assert_feed(message: Message, ordinary: Message, folder: Path) -> None:
    """The written file is Atom with one entry for each message."""
    for one, name in ((ordinary, "ordinary"), (message, "hostile")):
        channel = a_channel("feed", path=str(folder / f"{name}.xml"))
        sender = sender_for(channel, http=None, stdout=StringIO())  # type: ignore[arg-type]  # nothing is posted
        assert isinstance(asyncio.run(sender.send(one, a_delivery(), now=NOON)), Accepted)
    written = (folder / "hostile.xml").read_bytes()
    assert len(ET.fromstring(written).findall(f"{ATOM}entry")) == 1
    assert_atom(written, (folder / "ordinary.xml").read_bytes())
    for name in ("ordinary", "hostile"):
        (folder / f"{name}.xml").unlink()


CHECKS: dict[str, Callable[[Message, Message], None] | Callable[[Message, Message, Path], None]] = {
    "email": assert_mail,
    "webhook": assert_webhook,
    "command": assert_webhook,
    "console": assert_console,
    "apprise": assert_chat,
    "feed": assert_feed,
}


def channel_of(kind: str) -> Channel:
    return an_email_channel() if kind == "email" else a_channel(kind)


@lru_cache
def ordinary_messages(kind: str) -> dict[tuple[str, bool], Message]:
    """A message of each kind about ordinary things, with and without links."""
    channel = channel_of(kind)
    ordinary = [one for turn, _ in enumerate(EventKind) for one in told(ORDINARY, LINK, channel, turn=turn)]
    return {(one.kind, is_linked(one)): as_message(one, channel, now=NOON) for one in ordinary}


def is_linked(rendered: Rendered) -> bool:
    """Whether a message has links to pages."""
    return WRITER.pages.encode() in rendered.body


def assert_harmless(kind: str, text: str, url: str, folder: Path, *, turn: int) -> None:
    """Every message about these words is as harmless as one about ordinary things."""
    channel, like, check = channel_of(kind), ordinary_messages(kind), CHECKS[kind]
    more = (folder,) if kind == "feed" else ()
    for rendered in told(text, url, channel, turn=turn):
        check(as_message(rendered, channel, now=NOON), like[rendered.kind, is_linked(rendered)], *more)


@lru_cache
def ordinary_digest() -> tuple[str, bytes]:
    """An ordinary digest's page and feed."""
    ordinary = digest_of(ORDINARY, LINK)
    return digest_html(ordinary).decode(), digest_atom(ordinary)


def assert_harmless_digest(text: str, url: str) -> None:
    """A digest about these words is as harmless as one about ordinary things."""
    digest, (page, feed) = digest_of(text, url), ordinary_digest()
    assert_visible(digest_subject(digest))
    assert_visible(digest_text(digest, width=72, style=PLAIN), also="\n")
    assert_visible(PAINT.sub("", digest_text(digest, width=40, style=COLOUR)), also="\n")
    assert_json(digest_json(digest))
    assert_page(digest_html(digest).decode(), like=page)
    assert_atom(digest_atom(digest), feed)
    assert_markdown(digest_markdown(digest))


def assert_markdown(written: str) -> None:
    """Rendered by another library, it has only our elements."""
    assert_visible(written, also="\n")
    shown = elements(markdown.markdown(written))
    assert shown.tags <= {"h1", "h2", "h3", "p", "ul", "li", "a", "code", "blockquote", "strong"}
    for url in shown.links:
        assert_link(url)

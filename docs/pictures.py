"""Draw the pictures of the documentation from the demo's invented news.

    python docs/pictures.py

An alert over each type of channel, a digest as mail, and web pages. Mails and pages need a Chromium: the browser of the tests.
"""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from xml.dom import minidom

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from alerts.render.rendered import Rendered

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "browser")]

from chromium import Browser, browsing, find_chromium  # noqa: E402 - the tests' folder goes on the path first
from rich.console import Console, Group  # noqa: E402
from rich.panel import Panel  # noqa: E402
from rich.syntax import Syntax  # noqa: E402
from rich.text import Text  # noqa: E402
from served import Served, app_of, configured, serving, with_news  # noqa: E402

from alerts.render.alert_message import render_alert  # noqa: E402
from alerts.render.digest_message import digest_html  # noqa: E402
from alerts.render.formats.ansi import COLOUR  # noqa: E402
from alerts.render.formats.terminal import on_terminal  # noqa: E402
from monitor.config.starter import seeded_rule  # noqa: E402
from monitor.demo.outlets import DemoItem, Outlet, load_outlets  # noqa: E402
from monitor.matching.item_document import document_of  # noqa: E402
from monitor.topics.judging.matcher import Matcher  # noqa: E402
from monitor.topics.rules.parse import parse_rule  # noqa: E402
from storage.database import Database  # noqa: E402
from storage.model import Digest, Item, Match, MessageForm, Reason, Story, StoryNews  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
TOPIC = "police-face-recognition"
START = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
COLUMNS = 80
MAIL_WIDTH = 680  # pixels
STORIES = 3  # of the digest
ATOM_LINES = 22
THEME = "ansi_dark"
PROGRAM = """\
import json, sys
data = json.load(sys.stdin)["data"]
print(data["story"]["title"], data["story"]["url"], sep="\\n")
"""
PAGES = {  # name of the picture: path, width, whether its reader prefers dark
    "stories": ("/", 900, False),
    "story": ("/stories/{story}", 900, False),
    "story-phone": ("/stories/{story}", 390, True),
    "feed": ("/feeds/4", 900, False),
}
WINDOW = 1100  # pixels of a page that are shown; pages are longer
LEAD = "Police union takes Port Allard"
FONT_FACES = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)  # would be loaded from another site


def demo_news() -> list[StoryNews]:
    """Return the stories of the demo's second round, the largest first."""
    by_story: dict[str, list[tuple[Outlet, DemoItem]]] = {}
    for outlet in load_outlets():
        for item in outlet.items:
            if item.story and item.round == 2:  # noqa: PLR2004 - what is published after the first look
                by_story.setdefault(item.story, []).append((outlet, item))
    found = [_story(number, members) for number, members in enumerate(by_story.values(), start=3)]
    return sorted(found, key=lambda news: -len(news.matches))


def _story(number: int, members: list[tuple[Outlet, DemoItem]]) -> StoryNews:
    matches = tuple(_matches(number, members))
    first = matches[0].item
    story = Story(
        id=number,
        topic=TOPIC,
        title=first.title,
        url=first.url,
        first_seen=first.first_seen,
        last_seen=matches[-1].item.first_seen,
        sources=len(matches),
        size=len(matches),
    )
    return StoryNews(story=story, matches=matches, reason=Reason.NEW)


def _matches(number: int, members: list[tuple[Outlet, DemoItem]]) -> Iterator[Match]:
    matcher = Matcher({TOPIC: parse_rule(seeded_rule(), "topic.toml")})
    for at, (outlet, published) in enumerate(sorted(members, key=lambda member: -member[1].age)):
        url = f"https://{outlet.host}{published.path}"
        item = Item(
            id=number * 10 + at,
            feed_id=at + 1,
            feed=outlet.title,
            publisher_id=published.id,
            title=published.title,
            summary=published.summary,
            content="",
            url=url,
            published_at=published.published_at(start=START),
            first_seen=published.published_at(start=START),
            outlet=outlet.host,
            outlet_name=outlet.title,
        )
        judged = matcher.judge(document_of(item))[TOPIC]
        yield Match(
            id=item.id,
            item=item,
            topic=TOPIC,
            score=judged.score,
            why=judged.why,
            rule_version=1,
            matched_at=START,
        )


def terminal(title: str, shown: RenderableType, *, ident: str) -> str:
    """Return what a terminal or an editor shows, as SVG that loads nothing."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(shown)
    return FONT_FACES.sub("", console.export_svg(title=title, unique_id=ident))


def rendered(form: MessageForm) -> Rendered:
    """Return the alert about the demo's largest story in a form."""
    return render_alert(demo_news()[0], form=form, now=START)


def alert_svg() -> str:
    """Return the demo's largest story as a coloured terminal shows its alert."""
    alert = on_terminal(rendered(MessageForm.TEXT).body.decode(), width=COLUMNS, style=COLOUR)
    return terminal("storywatch run", Text.from_ansi(alert.rstrip()), ident="alert")


def webhook_svg() -> str:
    """Return the beginning of a webhook's body."""
    body = json.loads(rendered(MessageForm.JSON).body)
    body["data"]["items"] = body["data"]["items"][:1]
    body["data"]["items"][0]["why"] = body["data"]["items"][0]["why"][:1]
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return terminal("POST /hook", Syntax(text, "json", theme=THEME, word_wrap=True), ident="webhook")


def command_svg() -> str:
    """Return a program of three lines and what it prints for an alert."""
    done = subprocess.run(  # noqa: S603  # our own text
        [sys.executable, "-c", PROGRAM],
        input=rendered(MessageForm.JSON).body,
        capture_output=True,
        check=True,
    )
    shown = Group(
        Text("$ cat notify", style="bold"),
        Syntax(f"#!/usr/bin/env python3\n{PROGRAM.rstrip()}", "python", theme=THEME),
        Text("\n$ journalctl -t notify", style="bold"),
        Text(done.stdout.decode().rstrip()),
    )
    return terminal("a program", shown, ident="command")


def atom_svg() -> str:
    """Return the beginning of an entry of the Atom file."""
    entry = rendered(MessageForm.ATOM).body.decode()
    pretty = minidom.parseString(entry).toprettyxml(indent="  ").partition("\n")[2]  # noqa: S318  # our own
    lines = [
        line if len(line) < COLUMNS else f"{line[: COLUMNS - 2]}…"
        for line in pretty.splitlines()
        if line.strip()
    ]
    return terminal("alerts.xml", Syntax("\n".join(lines[:ATOM_LINES]), "xml", theme=THEME), ident="atom")


def chat_svg() -> str:
    """Return the text that chat and push services get."""
    text = rendered(MessageForm.CHAT).body.decode().rstrip()
    return terminal("a chat", Panel(Text(text), title="storywatch", title_align="left"), ident="chat")


SVGS = {
    "alert.svg": alert_svg,
    "channels/webhook.svg": webhook_svg,
    "channels/command.svg": command_svg,
    "channels/atom.svg": atom_svg,
    "channels/chat.svg": chat_svg,
}  # drawn without a browser: the same on every machine


def alert_page() -> bytes:
    """Return an alert as a mail shows it."""
    html = rendered(MessageForm.MAIL).html
    assert html is not None
    return html


def digest_page() -> bytes:
    """Return a digest of the demo's stories as a mail shows it."""
    news = tuple(demo_news()[:STORIES])
    return digest_html(Digest(since=START - timedelta(days=1), until=START, stories=news))


def photograph(browser: Browser, html: bytes, path: Path, *, width: int = MAIL_WIDTH) -> None:
    """Write a picture of a mail as WebP, a fifth of the size of a PNG."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "mail.html"
        page.write_bytes(html)
        browser.show(page, width=width, dark=False)
        shot = browser.call("Page.captureScreenshot", format="webp", quality=80, captureBeyondViewport=True)
    path.write_bytes(base64.b64decode(shot["data"]))


def photograph_pages(browser: Browser, folder: Path) -> None:
    """Write pictures of the web pages, as the owner sees them."""
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        with (
            closing(Database.open(f"sqlite:///{place / 'ledger.db'}")) as database,
            serving(with_news(app_of(configured(place), database))) as site,
        ):
            story = _sign_in(browser, site)
            for picture, (path, width, dark) in PAGES.items():
                browser.open(site.url + path.format(story=story), width=width, dark=dark)
                clip = {"x": 0, "y": 0, "width": width, "height": WINDOW, "scale": 1}
                shot = browser.call("Page.captureScreenshot", format="webp", quality=80, clip=clip)
                (folder / f"{picture}.webp").write_bytes(base64.b64decode(shot["data"]))


def _sign_in(browser: Browser, site: Served) -> str:
    """Sign the owner in, and return the id of the largest story."""
    with closing(site.client()) as client:
        for cookie in client.cookies.jar:
            browser.call("Network.setCookie", name=cookie.name, value=cookie.value, url=site.url)
        found = re.search(rf'/stories/(s\d+)">{LEAD}', client.get(f"/?topic={TOPIC}").text)
    assert found is not None
    return found[1]


def main() -> None:
    """Write all pictures."""
    (PICTURES / "channels").mkdir(exist_ok=True)
    for name, draw in SVGS.items():
        (PICTURES / name).write_text(draw(), encoding="utf-8")
    program = find_chromium()
    if program is None:
        raise SystemExit("docs/pictures.py: no Chromium found; fix: apt-get install chromium")
    with tempfile.TemporaryDirectory() as profile, browsing(program, Path(profile)) as browser:
        photograph(browser, digest_page(), PICTURES / "digest.webp")
        photograph(browser, alert_page(), PICTURES / "channels" / "mail.webp")
        photograph_pages(browser, PICTURES / "pages")


if __name__ == "__main__":
    main()

"""The pages of topics in a real browser, and the whole way from pasted texts to an alert without a terminal."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from builders import DAY, NOON
from chromium import Browser
from dock_strike import STRIKE
from looking import TELEPHONE, WINDOWS, Onlooker, Window
from served import SEEDED
from shell import PATIENCE, configure, line_of, rss, serving, started

from monitor.views.topics import backtest
from storage.model import Verdict

PAY = """Velmont dock workers strike for a second week

The strike of the dock workers at Velmont harbour goes into its second week. Ships wait outside the port, and the
dockers' union says that crane drivers will not return before wages rise.
"""
PATHS = [
    "/topics",
    f"/topics/{SEEDED}",
    f"/topics/{SEEDED}/edit",
    f"/topics/{SEEDED}/trial",
    "/topics/harbour/edit",
    "/topics/new",
    "/search?q=harbour",
]


@pytest.fixture(autouse=True)
def _few_meanings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials read the meaning of two items: forty take seconds."""
    monkeypatch.setattr(backtest, "PREVIEWED_BY_MEANING", 2)


@pytest.mark.parametrize("path", [f"/topics/{SEEDED}", f"/topics/{SEEDED}/edit", "/topics/new"])
def test_a_page_of_topics_is_accessible(look: Onlooker, path: str) -> None:
    """It is checked at the width of a telephone in dark mode."""
    look.check(path, TELEPHONE)


@pytest.mark.slow
@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize("path", PATHS)
def test_a_page_of_topics_is_accessible_in_every_window(look: Onlooker, path: str, window: Window) -> None:
    """Every page is checked at every width, light and dark."""
    look.check(path, window)


@pytest.mark.slow
@pytest.mark.parametrize("window", [WINDOWS[1], WINDOWS[4]], ids=str)
def test_pages_after_forms_are_accessible(look: Onlooker, window: Window) -> None:
    """They are a learnt rule with its trial, a refusal, the effect of an edit, and a mistake in a query."""
    browser = look.browser
    look.open("/topics/new", window)
    browser.fill({"example-1": STRIKE})
    browser.press("button[value=try]")
    look.check_result(f"topics-new-tried-{window}")
    browser.fill({"name": "harbour"})
    browser.press("button[value=save]")
    look.check_result(f"topics-new-refused-{window}")
    look.open(f"/topics/{SEEDED}/edit", window)
    browser.fill({"should": "", "term-0": "0.5"})
    browser.press("button[value=try]")
    look.check_result(f"topics-edit-tried-{window}")
    look.open("/topics/harbour/edit", window)
    browser.fill({"query": "harbour OR (port"})
    browser.press("button[value=try]")
    look.check_result(f"topics-query-refused-{window}")


@pytest.mark.slow
@pytest.mark.parametrize("window", [WINDOWS[1], WINDOWS[4]], ids=str)
def test_what_marks_would_change_reads_well(look: Onlooker, window: Window) -> None:
    """The marks that the rule has not learnt from, and their effect."""
    with look.site.database.write() as ledger:
        story = ledger.stories.since(NOON - DAY, topics=[SEEDED])[0]
        ledger.marks.add(SEEDED, ledger.matches.of_story(story.id)[0].item, Verdict.NO, now=NOON)
    look.check(f"/topics/{SEEDED}/marks", window)


@pytest.mark.slow
def test_pasted_texts_become_a_topic_that_alerts_without_a_terminal(browser: Browser, tmp_path: Path) -> None:
    """Sign in by the printed link, paste two texts, look, save; what appears then is alerted. The times are kept in a file."""
    began = time.monotonic()
    with serving(feed=rss("Roses bloom in the park", "Council meets on Monday")) as site:
        config = configure(tmp_path, f"{site.url}/feed")
        text = config.read_text(encoding="utf-8").replace(
            'title = "Feed 1"', 'title = "Feed 1"\ninterval = "1s"'
        )
        config.write_text(f'{text}\n[pages]\nlisten = "127.0.0.1:0"\n', encoding="utf-8")
        daemon = started("run", folder=tmp_path)
        try:
            link = line_of(daemon, "sign in with this link").rpartition(" ")[2].strip()
            line_of(daemon, "next poll")
            ready = time.monotonic()
            _walk(browser, link)
            saved = time.monotonic()
            line_of(daemon, "configuration reloaded")
            site.pages["/feed"] = (200, rss("Dock workers strike at Velmont harbour: crane drivers join"))
            alert = _printed(daemon, "crane drivers join")
            told = time.monotonic()
        finally:
            daemon.kill()
            daemon.communicate()
    assert "velmont docks" in config.read_text(encoding="utf-8")
    assert alert
    steps = f"run {ready - began:.1f} s, topic saved after {saved - ready:.1f} s, alert after {told - saved:.1f} s\n"
    (tmp_path / "walk.txt").write_text(steps, encoding="utf-8")


def _walk(browser: Browser, link: str) -> None:
    base = link.partition("/sign-in")[0]
    browser.call("Network.clearBrowserCookies")
    browser.open(link, width=360, dark=False)
    browser.press("main button")
    browser.open(f"{base}/topics", width=360, dark=False)
    browser.press("a[href='/topics/new']")
    browser.fill({"example-1": STRIKE, "example-2": PAY})
    browser.press("button[value=try]")
    assert "The last 30 days" in browser.evaluate("document.body.innerText")
    browser.fill({"name": "velmont docks"})
    browser.press("button[value=save]")
    assert "velmont docks is saved" in browser.evaluate("document.body.innerText")


def _printed(daemon: object, words: str) -> str:
    """Return the line of standard output that holds these words."""
    patience = threading.Timer(PATIENCE, daemon.kill)  # type: ignore[attr-defined]
    patience.start()
    try:
        return next((line for line in daemon.stdout if words in line), "")  # type: ignore[attr-defined]
    finally:
        patience.cancel()

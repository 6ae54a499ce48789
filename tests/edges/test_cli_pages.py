"""`storywatch pages`: links and tokens let people in, and the pages are served without a daemon."""

from __future__ import annotations

import json
import signal
import time
from contextlib import closing
from pathlib import Path

import httpx
from served import BROWSER, PATIENCE
from shell import configure, line_of, spoken, started

from alerts.links.key import link_key
from monitor.config.load import load_settings
from storage.database import Database

LISTEN = '\n[pages]\nlisten = "127.0.0.1:8765"\n'


def test_tokens_are_made_listed_and_revoked(tmp_path: Path) -> None:
    """A token is printed once on stdout; the list has names, roles and times only."""
    configure(tmp_path, more=LISTEN)
    made = spoken("pages", "token", "dashboard", "--read-only", folder=tmp_path)
    assert made.out.startswith("sw_")
    assert "dashboard may read everything" in made.err
    again = spoken("pages", "token", "dashboard", folder=tmp_path)
    assert again.code == 2
    assert "there is a token 'dashboard' already" in again.err
    listed = spoken("pages", "tokens", "--format", "json", folder=tmp_path)
    [row] = json.loads(listed.out)
    assert (row["name"], row["role"], row["last_used_at"]) == ("dashboard", "reader", None)
    assert made.out.strip() not in spoken("pages", "tokens", folder=tmp_path).out
    assert spoken("pages", "revoke", "dashboard", folder=tmp_path).code == 0
    gone = spoken("pages", "revoke", "dashboard", folder=tmp_path)
    assert gone.code == 2
    assert "pages tokens` lists them" in gone.err


def test_a_link_leads_to_the_configured_address(tmp_path: Path) -> None:
    """It uses the public address if there is one; without an address the error names the fix."""
    config = configure(tmp_path, more=LISTEN)
    link = spoken("pages", "link", folder=tmp_path).out
    assert link.startswith("http://127.0.0.1:8765/sign-in?token=")
    config.write_text(config.read_text(encoding="utf-8") + 'url = "https://watch.example"\n')
    assert spoken("pages", "link", folder=tmp_path).out.startswith("https://watch.example/sign-in?token=")
    configure(tmp_path)
    for words in (("pages", "link"), ("pages",), ("pages", "serve")):
        refused = spoken(*words, folder=tmp_path)
        assert refused.code == 2
        assert "set " in refused.err
        assert "listen" in refused.err


def test_pages_can_be_served_by_a_process_of_their_own(tmp_path: Path) -> None:
    """It works beside workers or a daemon, reloads its configuration, and ends on SIGTERM despite connections."""
    config = configure(tmp_path, more=LISTEN.replace("8765", "0"))
    served = started("pages", folder=tmp_path)
    try:
        link = line_of(served, "sign in with this link").rpartition(" ")[2].strip()
        base, _, token = link.partition("/sign-in?token=")
        with httpx.Client(base_url=base, headers=BROWSER, timeout=PATIENCE) as browser:
            assert browser.post("/sign-in", data={"token": token}).status_code == 303
            assert "Start with feeds" in browser.get("/").text
            answer = browser.post("/feeds/add", data={"url": "https://quay.example/feed", "title": "Quay"})
            assert answer.status_code == 303
            line_of(served, "configuration reloaded: 1 feed")
            until = time.monotonic() + PATIENCE
            while "xmlUrl" not in browser.get("/feeds/export.opml").text:
                assert time.monotonic() < until
            config.write_text("nonsense = 1\n", encoding="utf-8")
            served.send_signal(signal.SIGHUP)
            line_of(served, "configuration not reloaded")
            assert "Quay" in browser.get("/feeds").text
            served.send_signal(signal.SIGTERM)
            _, err = served.communicate(timeout=PATIENCE)
    finally:
        served.kill()
        served.communicate()
    assert served.returncode == 0
    assert "pages ended" in err
    assert "Traceback" not in err


def test_end_links_invalidates_all_links(tmp_path: Path) -> None:
    """The key that signs links is replaced."""
    settings = load_settings(configure(tmp_path), environ={})
    keys = []
    for _ in range(2):
        done = spoken("pages", "end-links", folder=tmp_path)
        assert (done.code, done.out) == (0, "")
        with closing(Database.open(settings.database)) as database, database.read() as ledger:
            keys.append(link_key(ledger))
    assert None not in keys
    assert keys[0] != keys[1]

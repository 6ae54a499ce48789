"""The daemon as a process that serves its pages: sign-in link, reload, end."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import httpx
import pytest
from served import BROWSER, OWNER, PATIENCE
from shell import configure, line_of, rss, serving, started


def test_a_daemon_serves_its_pages_until_it_ends(tmp_path: Path) -> None:
    """It prints a sign-in link, uses a changed token after SIGHUP, and ends on SIGTERM while a browser is connected."""
    with serving(feed=rss("Police halt trial")) as site:
        config = configure(tmp_path, f"{site.url}/feed")
        with config.open("a", encoding="utf-8") as written:
            written.write('\n[pages]\nlisten = "127.0.0.1:0"\n')
        daemon = started("run", folder=tmp_path)
        try:
            link = line_of(daemon, "sign in with this link").rpartition(" ")[2].strip()
            line_of(daemon, "next poll")
            base, _, token = link.partition("/sign-in?token=")
            with httpx.Client(base_url=base, headers=BROWSER, timeout=PATIENCE) as browser:
                assert browser.post("/sign-in", data={"token": token}).status_code == 303
                assert "Police halt trial" in browser.get("/").text
                moved = f'listen = "127.0.0.2:0"\ntoken = "{OWNER}"'
                text = config.read_text(encoding="utf-8").replace('listen = "127.0.0.1:0"', moved)
                config.write_text(text, encoding="utf-8")
                daemon.send_signal(signal.SIGHUP)
                base = line_of(daemon, "pages: http://127.0.0.2:").split()[1]
                assert httpx.get(f"{base}healthz", timeout=PATIENCE).text == "ok\n"
                with pytest.raises(httpx.ConnectError):
                    httpx.get(f"{browser.base_url}/healthz", timeout=PATIENCE)
                signed_in = httpx.post(
                    f"{base}sign-in", data={"token": OWNER}, headers=BROWSER, timeout=PATIENCE
                )
                assert signed_in.status_code == 303
                daemon.send_signal(signal.SIGTERM)
                _, err = daemon.communicate(timeout=120)
        finally:
            daemon.kill()
            daemon.communicate()
    assert daemon.returncode == 0
    assert "nothing is lost" in err
    assert "Traceback" not in err


def test_a_feed_that_is_added_on_a_page_is_polled_at_once(tmp_path: Path) -> None:
    """The daemon reloads the configuration, the browser stays signed in, and the status page shows that it is running."""
    with serving(feed=rss("Police halt trial"), other=rss("Police begin another trial")) as site:
        config = configure(tmp_path, f"{site.url}/feed")
        with config.open("a", encoding="utf-8") as written:
            written.write(f'\n[pages]\nlisten = "127.0.0.1:0"\ntoken = "{OWNER}"\n')
        daemon = started("run", folder=tmp_path)
        try:
            base = line_of(daemon, "pages: http://").split()[1]
            line_of(daemon, "next poll")
            with httpx.Client(base_url=base, headers=BROWSER, timeout=PATIENCE) as browser:
                assert browser.post("/sign-in", data={"token": OWNER}).status_code == 303
                added = browser.post("/feeds/add", data={"url": f"{site.url}/other", "title": "Other"})
                assert added.status_code == 303
                line_of(daemon, "configuration reloaded: 2 feeds")
                assert "does not run" not in browser.get("/status").text
                until = time.monotonic() + PATIENCE
                while "Police begin another trial" not in browser.get(added.headers["location"]).text:
                    assert time.monotonic() < until
            daemon.send_signal(signal.SIGTERM)
            _, err = daemon.communicate(timeout=PATIENCE)
        finally:
            daemon.kill()
            daemon.communicate()
    assert daemon.returncode == 0
    assert "Traceback" not in err

"""No secret appears in any output, log, traceback, database or process list (R10, R22)."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from shell import NETWORK, TOPIC, line_of, rss, serving, spoken, started, storywatch

CANARY = "c4n4ry"
SIGNING = "whsec_" + base64.b64encode(f"{CANARY}-signing-secret-24".encode()).decode()
CONFIG = """
[[feeds]]
url = "{with_password}/feed"
title = "Open"
[[feeds]]
url = "{url}/closed"
title = "Closed"
username = {{env = "FEED_USER"}}
password = {{file = "feed.secret"}}
headers = {{"X-Api-Key" = {{env = "FEED_KEY"}}}}
[[channels]]
name = "hook"
type = "webhook"
url = {{file = "hook.secret"}}
secret = {{env = "HOOK_SECRET"}}
[[channels]]
name = "desk"
type = "email"
to = "desk@news.example"
from = "storywatch@news.example"
host = "127.0.0.1"
port = {dead_port}
security = "none"
username = "desk"
password = {{env = "SMTP_PASSWORD"}}
[[routes]]
topics = ["*"]
group_wait = "0s"
"""
ENVIRONMENT = {
    "FEED_USER": f"{CANARY}-user",
    "FEED_KEY": f"{CANARY}-key",
    "HOOK_SECRET": SIGNING,
    "SMTP_PASSWORD": f"{CANARY}-smtp",
}
LOOKING = [
    ("check",),
    ("status",),
    ("status", "--format", "json"),
    ("doctor",),
    ("feeds", "list", "--format", "json"),
    ("feeds", "show", "Open"),
    ("feeds", "show", "Closed"),
    ("feeds", "export"),
    ("channels", "list"),
    ("channels", "list", "--format", "json"),
    ("channels", "test", "hook", "desk"),
    ("alerts", "list", "--format", "json"),
    ("digest", "--since", "24h"),
    ("stories", "list"),
    ("once", "-vv", "--debug"),
]


def sings(text: str | bytes) -> bool:
    """Whether a text contains a secret, plain or in one of its encoded forms."""
    raw = text.encode() if isinstance(text, str) else text
    key = base64.b64decode(SIGNING.removeprefix("whsec_"))
    return any(one in raw for one in (CANARY.encode(), SIGNING[6:].encode(), base64.b64encode(key)))


def test_no_secret_is_shown_or_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Feeds and channels with secrets fail, and no command prints and no table stores one."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with serving(feed=rss("Nothing yet"), closed=(401, b"no"), hook=(500, b"oops")) as site:
        (tmp_path / "feed.secret").write_text(f"{CANARY}-password\n", encoding="utf-8")
        (tmp_path / "hook.secret").write_text(f"{site.url}/{CANARY}-token", encoding="utf-8")
        with_password = site.url.replace("http://", f"http://anna:{CANARY}-in-url@")
        config = CONFIG.format(url=site.url, with_password=with_password, dead_port=9)
        (tmp_path / "storywatch.toml").write_text(NETWORK + TOPIC + config, encoding="utf-8")
        said = [storywatch("once", "-vv", folder=tmp_path, **ENVIRONMENT)]
        site.pages["/feed"] = (200, rss("Police halt trial of cameras", "Nothing yet"))
        said.append(
            storywatch("once", "-vv", "--now", "2031-01-01T00:00:00Z", folder=tmp_path, **ENVIRONMENT)
        )
        said += [spoken(*words, folder=tmp_path) for words in LOOKING]
        said.append(
            storywatch("alerts", "list", "--database", "sqlite:////nowhere/x.db", "--debug", folder=tmp_path)
        )
        alerts = json.loads(spoken("alerts", "list", "--format", "json", folder=tmp_path).out)
        said += [spoken("alerts", "show", row["id"], folder=tmp_path) for row in alerts]
    assert len(alerts) >= 2, "an alert for each channel"
    assert any("Traceback" in one.err for one in said), "a traceback is among what was looked at"
    assert [one for one in said if sings(one.out) or sings(one.err)] == []
    assert [path.name for path in tmp_path.glob("storywatch.db*") if sings(path.read_bytes())] == []


def test_no_secret_is_in_the_process_list(tmp_path: Path) -> None:
    """Secrets from files are in no argument and no environment of the daemon and its workers."""
    with serving(feed=rss("Nothing yet")) as site:
        (tmp_path / "hook.secret").write_text(f"{site.url}/{CANARY}-token", encoding="utf-8")
        channel = '[[channels]]\nname = "hook"\ntype = "webhook"\nurl = {file = "hook.secret"}\n'
        feed = f'[[feeds]]\nurl = "{site.url}/feed"\n'
        (tmp_path / "storywatch.toml").write_text(NETWORK + feed + TOPIC + channel, encoding="utf-8")
        daemon = started("run", folder=tmp_path)
        try:
            line_of(daemon, "first poll of")
            seen = [Path(f"/proc/{pid}/{name}").read_bytes() for pid in family(daemon.pid) for name in SHOWN]
        finally:
            daemon.terminate()
            daemon.communicate()
    assert len(seen) >= 2
    assert not any(sings(one) for one in seen)


SHOWN = ("cmdline", "environ")


def family(pid: int) -> list[int]:
    """Return a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    return [pid, *map(int, children)]

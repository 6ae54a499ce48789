"""The command line as a subprocess, a configuration folder for it, and a small site in a thread."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from answering import answered_by

from monitor.cli import main

PATIENCE = 180.0  # seconds until a daemon prints something, on a busy machine
COMMAND = [sys.executable, "-c", "from monitor.cli import main; main()"]
NETWORK = """
[polling]
host_delay = "0s"
interval = "1h"
min_interval = "1s"
allow_networks = ["127.0.0.0/8"]
allow_ports = []
"""
TOPIC = """
[[topics]]
name = "police"
query = "police"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundResult:
    """What a command came to."""

    code: int
    out: str
    err: str


def environment(**given: str) -> dict[str, str]:
    """Return this environment without what may lead to another configuration, and with these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("STORYWATCH", "XDG"))}
    return {**kept, "HOME": "/nonexistent", "TZ": "UTC", "PYTHONWARNINGS": "default", **given}


def storywatch(*arguments: str, folder: Path, stdin: str | None = None, **given: str) -> RoundResult:
    """Run a command in a folder."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        check=False,
        cwd=folder,
        env=environment(**given),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return RoundResult(code=done.returncode, out=done.stdout, err=done.stderr)


def spoken(*arguments: str, folder: Path) -> RoundResult:
    """Run a command in this process, ten times as fast, for commands that end at once."""
    out, err = (TextIOWrapper(BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    given = sys.argv
    sys.argv = ["storywatch", *arguments]
    try:
        with chdir(folder), redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main()
    finally:
        sys.argv = given
    printed = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
    return RoundResult(code=int(ended.value.code or 0), out=printed[0], err=printed[1])


def started(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    """Start a command and leave it running."""
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def configure(folder: Path, *feeds: str, more: str = "", topic: str = TOPIC) -> Path:
    """Write a configuration that watches these feeds and alerts at once."""
    route = '[[routes]]\ntopics = ["*"]\ngroup_wait = "0s"\n'
    listed = "".join(
        f'[[feeds]]\nurl = "{url}"\ntitle = "Feed {number}"\n' for number, url in enumerate(feeds, 1)
    )
    config = folder / "storywatch.toml"
    config.write_text(NETWORK + listed + topic + (more or route), encoding="utf-8")
    return config


def rss(*titles: str) -> bytes:
    """Return a feed of items with these titles, newest first."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{title}</guid><title>{title}</title></item>" for title in titles
    )
    return f"<rss version='2.0'><channel><title>Feed</title>{items}</channel></rss>".encode()


@dataclass(slots=True)
class Site:
    """Answers paths with (status, body); keeps every request with the time it began and ended."""

    url: str = ""
    pages: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    spans: list[tuple[float, float]] = field(default_factory=list)
    slow: float = 0.0
    before: Callable[[], None] = lambda: None
    arrived: threading.Event = field(default_factory=threading.Event)

    @property
    def accepted(self) -> bool:
        """Whether a request has come, answered or not."""
        return self.arrived.is_set()


@contextmanager
def serving(**pages: bytes | tuple[int, bytes]) -> Iterator[Site]:
    """Serve `/name` for each page until the block ends."""
    site = Site(
        pages={f"/{name}": page if isinstance(page, tuple) else (200, page) for name, page in pages.items()}
    )

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            began = time.monotonic()
            self.rfile.read(int(self.headers.get("content-length", "0")))
            status, body = site.pages.get(self.path, (404, b""))
            site.arrived.set()
            site.before()
            threading.Event().wait(site.slow)
            site.requests.append(self.path)
            site.spans.append((began, time.monotonic()))
            self.send_response(status)
            for name, value in {**site.headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815  # the name that http.server looks for

        def log_message(self, *_: Any) -> None:
            pass

    with answered_by(Answering) as site.url:
        yield site


def fill(disk: Path) -> Path:
    """Fill the disk to the last byte."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return ballast


def line_of(process: subprocess.Popen[str], words: str) -> str:
    """Return the first line of stderr that holds these words; fail when the process ends or hangs without it."""
    assert process.stderr is not None
    patience = threading.Timer(PATIENCE, process.kill)
    patience.start()
    try:
        for line in process.stderr:
            if words in line:
                return line
    finally:
        patience.cancel()
    raise AssertionError(f"ended with {process.wait()} and never said {words!r}")

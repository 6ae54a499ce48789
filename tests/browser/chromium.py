"""A headless Chromium driven over its DevTools pipe (file descriptors 3 and 4): no port, no driver, no dependency."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 60.0  # seconds for one answer, on a busy machine
# The browser reads from 3 and writes to 4; ours may have any numbers, those two among them.
PLUMBING = """
import fcntl, os, sys
hear, speak = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(hear, 3)
os.dup2(speak, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def find_chromium() -> str | None:
    """Return the program of a Chromium of this machine."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@dataclass
class Browser:
    """A running browser with one page; `call` speaks the DevTools protocol."""

    to: int
    answers: int
    session: str | None = None
    _number: int = 0
    _rest: bytes = b""
    _events: list[dict[str, Any]] = field(default_factory=list)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Return the result of a command; raise on an error or without an answer in time."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": params}
        if self.session is not None:
            asked["sessionId"] = self.session
        os.write(self.to, json.dumps(asked).encode() + b"\0")
        while (answer := self._read()).get("id") != self._number:
            self._events.append(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return dict(answer["result"])

    def wait(self, event: str) -> None:
        """Return at the next event of this kind that was not waited for before."""
        while True:
            for at, seen in enumerate(self._events):
                if seen.get("method") == event:
                    del self._events[: at + 1]
                    return
            self._events.append(self._read())

    def _read(self) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self.answers], [], [], max(until - time.monotonic(), 0))
            got = os.read(self.answers, 1 << 16) if ready else b""
            if not got:
                raise TimeoutError("the browser does not answer")
            self._rest += got
        line, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(line))

    def show(self, path: Path, *, width: int, dark: bool) -> None:
        """Open a file in a window of this width, in dark or light mode."""
        self.open(path.as_uri(), width=width, dark=dark)

    def open(self, url: str, *, width: int, dark: bool) -> None:
        """Open an address in a window of this width, in dark or light mode."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,  # then the page's own viewport counts, as on a telephone
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self._events.clear()
        self.call("Page.navigate", url=url)
        self.wait("Page.loadEventFired")

    def evaluate(self, script: str, *, wait: bool = False) -> Any:
        """Return the value of an expression on the page; `wait` awaits a promise."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=wait)
        if "exceptionDetails" in found:
            raise RuntimeError(str(found["exceptionDetails"]))
        return found["result"].get("value")

    def fill(self, fields: Mapping[str, str]) -> None:
        """Type into fields of the page's forms, by their names."""
        for name, text in fields.items():
            self.evaluate(
                f"document.querySelector({json.dumps(f'[name={json.dumps(name)}]')}).value = {json.dumps(text)}"
            )

    def press(self, selector: str) -> None:
        """Press a button that leads to another page, and return once it is loaded."""
        self._events.clear()
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")
        self.wait("Page.loadEventFired")

    def photograph(self, path: Path) -> None:
        """Write a screenshot of the whole page."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def browsing(program: str, profile: Path) -> Iterator[Browser]:
    """Run a browser with a profile folder of its own until the block ends."""
    hear, to = os.pipe()
    answers, speak = os.pipe()
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    offline = ["--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    command = [program, *options, *offline, f"--user-data-dir={profile}", "--remote-debugging-pipe"]
    process = subprocess.Popen(
        [sys.executable, "-c", PLUMBING, str(hear), str(speak), *command],
        pass_fds=(hear, speak),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(hear)
    os.close(speak)
    try:
        browser = Browser(to=to, answers=answers)
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.call("Target.attachToTarget", targetId=target, flatten=True)
        browser.session = attached["sessionId"]
        browser.call("Page.enable")
        browser.call("Emulation.setScrollbarsHidden", hidden=True)
        yield browser
    finally:
        os.close(to)
        process.kill()
        process.wait()
        os.close(answers)

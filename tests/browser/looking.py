"""Checks of served pages: by measurement and by axe-core."""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chromium import Browser
from served import Served

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = "axe.run(document, {runOnly: %s}).then(found => JSON.stringify(found.violations))"
# How far the page is wider than the window, every address it loaded, and what is too small to hit.
LAYOUT = """({
  wide: document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth,
  loaded: performance.getEntriesByType('resource').map(one => one.name),
  small: [...document.querySelectorAll('button, input:not([type=hidden]), select, nav a')]
    .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
    .filter(([_, box]) => box.width && (box.width < 24 || box.height < 24)).map(([html]) => html),
})"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A browser window: its width in pixels, and dark or light mode."""

    width: int
    dark: bool

    def __str__(self) -> str:
        """Return a word for the names of tests and screenshots."""
        return f"{self.width}-{'dark' if self.dark else 'light'}"


WINDOWS = [Window(width=width, dark=dark) for width in (320, 768, 1280) for dark in (False, True)]
TELEPHONE = WINDOWS[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Onlooker:
    """A browser that opens the pages of a site, keeps screenshots in a folder, and runs axe-core."""

    browser: Browser
    site: Served
    axe: str
    folder: Path

    def check(self, path: str, window: Window, *, signed_in: bool = True) -> None:
        """Open a page, take a screenshot, and fail on accessibility problems."""
        self.open(path, window, signed_in=signed_in)
        self.check_open_page()

    def open(self, path: str, window: Window, *, signed_in: bool = True) -> None:
        """Open a page as the owner, or without signing in, and take a screenshot."""
        self.browser.call("Network.clearBrowserCookies")
        if signed_in:
            self._sign_in()
        self.browser.open(self.site.url + path, width=window.width, dark=window.dark)
        self.folder.mkdir(exist_ok=True)
        name = re.sub(r"\W+", "-", path).strip("-") or "home"
        self.browser.photograph(self.folder / f"{name}-{window}.png")

    def check_result(self, name: str) -> None:
        """Take a screenshot of the page after a form, and fail on accessibility problems."""
        self.browser.photograph(self.folder / f"{name}.png")
        self.check_open_page()

    def check_open_page(self) -> None:
        """Fail on accessibility problems of the open page."""
        layout = self.browser.evaluate(LAYOUT)
        assert layout["wide"] <= 0, "wider than the window"
        assert [one for one in layout["loaded"] if not one.startswith(self.site.url)] == []
        assert layout["small"] == []
        self.browser.evaluate(f"{self.axe};0")
        found = json.loads(self.browser.evaluate(RUN % json.dumps(RULES), wait=True))
        assert [_in_words(one) for one in found] == []

    def _sign_in(self) -> None:
        with closing(self.site.client()) as client:
            for cookie in client.cookies.jar:
                self.browser.call(
                    "Network.setCookie",
                    name=cookie.name,
                    value=cookie.value,
                    url=self.site.url,
                    httpOnly=True,
                )


def _in_words(violation: dict[str, Any]) -> str:
    where = "; ".join(node["html"][:120] for node in violation["nodes"][:3])
    return f"{violation['id']}: {violation['help']}: {where}"

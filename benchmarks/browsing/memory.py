"""The memory of a daemon with and without pages."""

from __future__ import annotations

import time
from pathlib import Path

from browsing.ask import running, signed_in
from browsing.ledger import PORT
from pollers.meter import pss_megabytes

SETTLING_SECONDS = 15.0
PATHS = ("/", "/stories/s30", "/items/i300", "/feeds", "/feeds/7", "/alerts", "/status", "/digest")
ROUNDS = 20


def memory(config: Path) -> None:
    """Print the memory of `run` without pages, with them, and after many requests."""
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("listen", "# listen"), encoding="utf-8")
    with running("run", config=config) as process:
        time.sleep(SETTLING_SECONDS)
        without = pss_megabytes(process.pid)
    config.write_text(text, encoding="utf-8")
    with running("run", config=config) as process, signed_in(PORT) as browser:
        time.sleep(SETTLING_SECONDS)
        idle = pss_megabytes(process.pid)
        for _ in range(ROUNDS):
            for path in PATHS:
                browser.get(path, follow_redirects=True)
        used = pss_megabytes(process.pid)
    print(
        f"\nmemory of `run`: {without:.1f} MB without pages, {idle:.1f} MB with them, {used:.1f} MB after use"
    )
    print(f"more: {used - without:.1f} MB (goal: 20)", flush=True)

"""The CPU of reading one body: whole, and parsed by each of the two readers of XML feeds."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime

from pollers.contest import ITEMS, farm_of

from monitor.polling.parsing.decode import decode
from monitor.polling.parsing.fast.reader import read_well_formed
from monitor.polling.parsing.feed_parser import parse_xml
from monitor.polling.parsing.read_body import read_news

FEEDS = 60
TIMES = 5  # of which the fastest counts
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def show_reading(port: int) -> None:
    """Print the CPU milliseconds of a first body, RSS and Atom mixed as on the farm."""
    with farm_of(FEEDS, port=port) as farm:
        bodies = {url: urllib.request.urlopen(url).read() for url in farm.urls()}
    texts = {url: decode(body, "") for url, body in bodies.items()}
    size = sum(map(len, bodies.values())) / len(bodies) / 1000
    print(f"\n{FEEDS} first bodies of {ITEMS} items, {size:.0f} kB: CPU of one")
    rows: dict[str, Callable[[str], object]] = {
        "read and identified": lambda url: read_news(bodies[url], url=url, content_type="", now=NOW),
        "parsed by the fast reader": lambda url: read_well_formed(texts[url], url=url, now=NOW),
        "parsed by feedparser": lambda url: parse_xml(texts[url], url=url, now=NOW),
    }
    for name, read in rows.items():
        print(f"{name:28} {min(_milliseconds(read, list(bodies)) for _ in range(TIMES)):6.2f} ms", flush=True)


def _milliseconds(read: Callable[[str], object], urls: list[str]) -> float:
    started = time.process_time()
    for url in urls:
        read(url)
    return (time.process_time() - started) / len(urls) * 1000

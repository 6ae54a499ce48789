"""The demo's aggregator: an alert feed on the demo's topic, whose links lead to the outlets through a redirect. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from monitor.demo.formats import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from monitor.demo.outlets import DemoItem, Outlet

TITLE = "Alert: police face recognition"
HOST = "alerts.example"
PATH = "/alerts/feeds/1/1"
ATOM = {"xmlns": "http://www.w3.org/2005/Atom"}
CONTENT_TYPE = "application/atom+xml; charset=utf-8"
LATER = timedelta(minutes=3)  # that an aggregator finds an article after its outlet has it
SNIPPET_WORDS = 18  # of an article's text, as such feeds give


def alert_feed(outlets: Iterable[Outlet], addresses: Mapping[str, str], *, upto: int, now: datetime) -> bytes:
    """Return the feed as of a round: an entry for each item on the topic, with a link such as Google Alerts gives."""
    entries = [
        (outlet, item)
        for outlet in outlets
        if not outlet.markup
        for item in outlet.visible(upto)
        if item.story is not None
    ]
    entries.sort(key=lambda entry: (entry[1].age, entry[1].id))
    root = ET.Element("feed", ATOM)
    _put(root, "id", f"tag:{HOST},2024:alerts/1")
    _put(root, "title", TITLE)
    _put(root, "updated", rfc3339(now))
    for outlet, item in entries:
        _entry(root, item, addresses[outlet.host] + item.path, now=now)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _entry(root: ET.Element, item: DemoItem, address: str, *, now: datetime) -> None:
    entry = _put(root, "entry")
    _put(entry, "id", f"tag:{HOST},2024:alerts/{item.id}")
    _put(entry, "title", _in_bold(item.title)).set("type", "html")
    redirect = "https://www.google.com/url?" + urlencode({"rct": "j", "sa": "t", "url": address, "ct": "ga"})
    _put(entry, "link").set("href", redirect)
    found = item.age - LATER if item.age < timedelta(0) else max(item.age - LATER, timedelta(0))
    _put(entry, "published", rfc3339(now - found))
    snippet = " ".join(item.summary.split()[:SNIPPET_WORDS])
    _put(entry, "content", f"{_in_bold(snippet)} ...").set("type", "html")


def _in_bold(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("police", "<b>police</b>")


def _put(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    child = ET.SubElement(parent, name)
    child.text = text
    return child

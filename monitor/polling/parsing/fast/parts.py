"""Links, enclosures and authors as feedparser stores them, in an item or a feed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from monitor.polling.parsing.fast.doubt import Doubt
from monitor.polling.parsing.fast.elements import DOUBTFUL, as_stored, attributes_of, text_of
from monitor.polling.parsing.fast.names import XML

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

    from monitor.polling.parsing.fast.names import Names

_XML_BASE = f"{{{XML}}}base"
_ENTITY = re.compile(r"&([A-Za-z0-9_]+);")
_PAGES = frozenset({"text/html", "html", "application/xhtml+xml", "xhtml"})
_PERSON = frozenset({"name", "email", "uri", "url", "homepage"})


def base_of(root: Element) -> str:
    """Return the base of a document's addresses, an empty text if it has none.

    Raises:
        Doubt: an element inside the root has a base, or the base is unusual.
    """
    with_base = [
        element
        for element in root.iter()
        if element.attrib and any(name[-4:].lower() == "base" for name in element.attrib)
    ]
    if not with_base:
        return ""
    base = root.get(_XML_BASE, "")
    if with_base != [root] or not base.startswith(("https://", "http://")) or _joined(base, base) != base:
        raise Doubt
    return base


def resolver(base: str) -> Callable[[str], str]:
    """Return the function that makes an address absolute."""

    def resolved(address: str) -> str:
        if ":///" in address:  # feedparser repairs these
            raise Doubt
        return _joined(base, address) if base and address else address

    return resolved


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        raise Doubt from None


def add_link(element: Element, context: dict[str, Any], resolved: Callable[[str], str]) -> None:
    """Add a link; its address is an attribute as in Atom, or the text as in RSS."""
    attributes = attributes_of(element)
    href = _href(attributes)
    rel = attributes.get("rel", "alternate")
    link = {"rel": rel}
    context.setdefault("links", []).append(link)
    if href is None:
        text = _ENTITY.sub(r"&\1", resolved(text_of(element)).replace("&amp;", "&"))
        context["link"] = link["href"] = text
        return
    if not href or len(element):
        raise Doubt
    link["href"] = resolved(href)
    if rel == "alternate" and attributes.get("type", "text/html") in _PAGES:
        context["link"] = link["href"]


def add_enclosure(element: Element, context: dict[str, Any]) -> None:
    """Add a file that belongs to an item."""
    if len(element):
        raise Doubt
    link = {"rel": "enclosure", "href": _href(attributes_of(element)) or ""}
    context.setdefault("links", []).append(link)


def _href(attributes: dict[str, str]) -> str | None:
    return attributes.get("url", attributes.get("uri", attributes.get("href")))


def put_author(element: Element, entry: dict[str, Any], names: Names) -> None:
    """Store an author, who is plain text in RSS and has a name and an e-mail address in Atom; the last one counts."""
    texts = [element.text or ""]
    known: dict[str, str] = {}
    for child in element:
        name = names[child.tag]
        if len(child) or name in DOUBTFUL or (child.text and name not in _PERSON):
            raise Doubt
        known[name] = (child.text or "").strip()
        texts.append(child.tail or "")
    former = entry.get("author")
    if former and len(element) and ("@" in former or "name" not in known):
        raise Doubt  # feedparser mixes two authors
    name, email = known.get("name", ""), known.get("email", "")
    both = f"{name} ({email})" if name and email else ""
    entry["author"] = both or name or email or as_stored("".join(texts))

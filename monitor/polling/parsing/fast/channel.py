"""A feed's own elements as the dictionary that feedparser makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.polling.parsing.fast.doubt import Doubt
from monitor.polling.parsing.fast.elements import (
    DOUBTFUL,
    guessed,
    skip,
    text_of,
    type_of,
)
from monitor.polling.parsing.fast.parts import add_link, resolver

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element

    from monitor.polling.parsing.fast.names import Names

_UNTOUCHED = frozenset(
    {
        "dc_date", "dcterms_created", "dcterms_issued", "dcterms_modified", "description", "image", "itunes_author",
        "itunes_summary", "lastbuilddate", "managingeditor", "media_description", "modified", "pubdate",
        "published", "updated", "author", "dc_creator", "dc_description", "textinput", "cc_license",
        "creativecommons_license",
    }
)  # fmt: skip
_INSIDE = {
    "image": frozenset({"title", "link", "description", "url", "width", "height"}),
    "textinput": frozenset({"title", "link", "description", "name"}),
}
_VALUES = frozenset({"ttl", "sy_updateperiod", "sy_updatefrequency", "language", "dc_language"})
_ONCE = frozenset({"title", "id"})


def channel_of(elements: Iterable[Element], names: Names, *, base: str, is_labelled: bool) -> dict[str, Any]:
    """Return what feedparser reads from a feed's elements, without its items.

    Raises:
        Doubt: feedparser might read it in another way.
    """
    channel: dict[str, Any] = {}
    resolved = resolver(base)
    seen: set[str] = set()
    for element in elements:
        name = names[element.tag]
        if name in _ONCE and name in seen:
            raise Doubt
        seen.add(name)
        if name == "title":
            kind, text = type_of(element, "text/plain"), text_of(element)
            channel["title"] = text
            channel["title_detail"] = {"type": guessed(kind, text, is_labelled=is_labelled)}
        elif name == "link" and "&amp;" not in (element.text or ""):
            add_link(element, channel, resolved)
        elif name == "id" and not element.attrib:
            channel.setdefault("link", resolved(text_of(element)))
        elif name in _VALUES:
            _value(element, name.removeprefix("dc_"), channel)
        else:
            _skip(element, name, names)
    return channel


def _value(element: Element, key: str, channel: dict[str, Any]) -> None:
    if element.attrib:
        raise Doubt
    channel[key] = text_of(element)


def _skip(element: Element, name: str, names: Names) -> None:
    """Check that an element does not change what is read."""
    inside = _INSIDE.get(name)
    if inside is not None and any(names[child.tag] not in inside or len(child) for child in element):
        raise Doubt
    if inside is None:
        if name in DOUBTFUL and name not in _UNTOUCHED:
            raise Doubt
        skip(element, names, read=_VALUES)

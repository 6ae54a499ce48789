"""Well-formed RSS 0.9x to 2.0, RDF and Atom 1.0, as feedparser reads them.

The parser is expat, which feedparser uses too, so that both agree on what is well-formed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError, XMLParser

from monitor.polling.http.outcome import ParseFailure
from monitor.polling.parsing.fast.channel import channel_of
from monitor.polling.parsing.fast.doubt import Doubt
from monitor.polling.parsing.fast.elements import language_of
from monitor.polling.parsing.fast.entry import EntryReader
from monitor.polling.parsing.fast.names import ATOM, RDF, RSS_090, RSS_1, Names
from monitor.polling.parsing.fast.parts import base_of
from monitor.polling.parsing.form import Form, root_element
from monitor.polling.parsing.xml_feed import RawFeed, feed_of, prepared

if TYPE_CHECKING:
    from datetime import datetime
    from xml.etree.ElementTree import Element

    from monitor.polling.parsing.parsed_feed import ParsedFeed

_FIRST_ITEM = re.compile(r"<(?:\w+:)?(?:item|entry)[\s>]")
_LISTS = ("<skipHours>", "<skipDays>")
_ROOTS = frozenset({"rss", "feed", "RDF"})


def read_well_formed(text: str, *, url: str, now: datetime) -> ParsedFeed | ParseFailure | None:
    """Return the feed that a document holds; None if feedparser has to read it."""
    document = prepared(text)
    if isinstance(document, ParseFailure):
        return document
    try:
        raw = raw_feed(document.text)
    except (Doubt, ParseError, RecursionError):
        return None
    return feed_of(raw, document, url=url, now=now)


def raw_feed(document: str) -> RawFeed:
    """Return the values of a document as feedparser gives them.

    Raises:
        Doubt: feedparser might give others.
        ParseError: the document is not well-formed.
    """
    if _lists_in_items(document):
        raise Doubt
    names = Names(document)
    parser = XMLParser()  # noqa: S314 (the document has no declarations, so that no entity can be expanded)
    parser.feed(document)
    root = parser.close()
    base = base_of(root)
    is_atom = root.tag == f"{{{ATOM}}}feed"
    around, items = _parts(root, names, is_atom=is_atom)
    channel = channel_of(around, names, base=base, is_labelled=is_atom)
    language = language_of(root, None)
    if language and not root.tag.endswith("}RDF"):
        channel.setdefault("language", language.replace("_", "-"))
    entry = EntryReader(names, base=base, is_labelled=is_atom)
    return RawFeed(
        channel=channel,
        entries=[entry.read(item, language) for item in items],
        is_atom=is_atom,
        restored=str,
        well_formed=True,
        document=document,
    )


def _lists_in_items(document: str) -> bool:
    """Whether hours or days to skip stand behind the first item, perhaps in a text."""
    first = _FIRST_ITEM.search(document)
    return first is not None and any(document.find(mark, first.start()) > 0 for mark in _LISTS)


def _parts(root: Element, names: Names, *, is_atom: bool) -> tuple[list[Element], list[Element]]:
    """Return a feed's own elements and its items."""
    if is_atom:
        if names.first_of(ATOM, RSS_1, RSS_090) != ATOM:
            raise Doubt
        return _split(list(root), names, "entry")
    if root.tag == f"{{{RDF}}}RDF":
        return _parts_of_rdf(root, names)
    if names[root.tag] != "rss" or [names[child.tag] for child in root] != ["channel"]:
        raise Doubt
    return _parts_of_channel(root[0], names)


def _parts_of_channel(channel: Element, names: Names) -> tuple[list[Element], list[Element]]:
    if channel.attrib:
        raise Doubt
    return _split(list(channel), names, "item")


def _parts_of_rdf(root: Element, names: Names) -> tuple[list[Element], list[Element]]:
    if names.first_of(ATOM, RSS_1, RSS_090) in (ATOM, None):
        raise Doubt
    around, items = _split(list(root), names, "item")
    if not items:
        raise Doubt  # whether it is a feed at all depends on how its namespace is declared
    channels = [element for element in around if names[element.tag] == "channel"]
    others = [element for element in around if names[element.tag] not in ("channel", "image", "textinput")]
    if len(channels) != 1 or around[0] is not channels[0] or root[0] is not channels[0] or others:
        raise Doubt
    if any(name != f"{{{RDF}}}about" for name in channels[0].attrib):
        raise Doubt
    return [*channels[0], *around[1:]], items


def _split(elements: list[Element], names: Names, name: str) -> tuple[list[Element], list[Element]]:
    items = [element for element in elements if names[element.tag] == name]
    return [element for element in elements if names[element.tag] != name], items


FAST_XML = Form(
    name="well-formed RSS or Atom",
    recognises=lambda text: root_element(text) in _ROOTS,
    read=read_well_formed,
)

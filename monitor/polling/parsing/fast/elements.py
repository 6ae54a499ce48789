"""Texts and attributes of elements as feedparser gives them, and the elements that change nothing that is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monitor.polling.parsing.fast.doubt import Doubt
from monitor.polling.parsing.fast.names import RDF, XML
from monitor.polling.parsing.long_texts import decoded_twice
from monitor.polling.parsing.sanitise import looks_like_html

if TYPE_CHECKING:
    from collections.abc import Container
    from xml.etree.ElementTree import Element

    from monitor.polling.parsing.fast.names import Names

_LANG = f"{{{XML}}}lang"
_KEPT_PREFIXES = (f"{{{XML}}}", f"{{{RDF}}}")  # feedparser drops the prefix of an unknown namespace
_TYPES = {
    "text": "text/plain", "plain": "text/plain", "text/plain": "text/plain", "html": "text/html", "text/html": "text/html"
}  # fmt: skip
_CLOSING_OR_ENTITY = re.compile(r"</\w+>|&#?\w+;")  # where feedparser asks whether a text is HTML
_READ_ATTRIBUTES = frozenset(
    {"href", "url", "uri", "rel", "type", "ispermalink", "lang", "base", "mode", "src", "lastmod", "about"}
)
_BLANKS = " \t\r\n"

# Elements that feedparser handles with an effect which the fast reader does not know in this place.
DOUBTFUL = frozenset(
    {
        "abstract", "author", "body", "cc_license", "channel", "content", "content_encoded", "created",
        "creativecommons_license", "dc_author", "dc_creator", "dc_date", "dc_description", "dc_title", "dcterms_created",
        "dcterms_issued", "dcterms_modified", "dcterms_valid", "description", "enclosure", "entry", "expirationdate",
        "feed", "fullitem", "georss_box", "georss_line", "georss_polygon", "georss_where", "georssgeom",
        "geom", "gml_exterior", "gml_linearring", "gml_linestring", "gml_point", "gml_polygon", "gml_pos", "gml_poslist", "guid",
        "id", "image", "issued", "item", "itunes_author", "itunes_link", "itunes_summary", "lastbuilddate",
        "link", "managingeditor", "media_description", "media_title", "modified", "newlocation", "psc_chapter",
        "psc_chapters", "pubdate", "published", "rss", "source", "summary", "tags", "textinput", "title", "updated",
        "where", "xhtml_body",
        # Names of values, which an element of that name would replace.
        "authors", "author_detail", "created_parsed", "date_parsed", "description_detail", "guidislink", "issued_parsed",
        "links", "modified_parsed", "published_parsed", "source_detail", "storywatch_caption", "storywatch_dc",
        "storywatch_itunes", "summary_detail", "title_detail", "updated_parsed", "news_source", "feedburner_origlink",
    }
)  # fmt: skip


def text_of(element: Element) -> str:
    """Return the text of an element without children as feedparser stores it."""
    if len(element):
        raise Doubt
    return as_stored(element.text or "")


def as_stored(text: str) -> str:
    """Return a text stripped, and with UTF-8 that was encoded twice repaired.

    Raises:
        Doubt: it matters which comes first, and feedparser gets long texts in the other order.
    """
    stripped = text.strip()
    if stripped.isascii():
        return stripped
    repaired = decoded_twice(stripped)
    if stripped != text.strip(_BLANKS) and (repaired is not stripped or decoded_twice(text) is not text):
        raise Doubt
    return repaired


def attributes_of(element: Element) -> dict[str, str]:
    """Return an element's attributes with names in lower case, and `rel` and `type` too."""
    found: dict[str, str] = {}
    for name, value in element.attrib.items():
        bare = name.rpartition("}")[2].lower()
        if name[0] == "{":
            if bare in _READ_ATTRIBUTES and not name.startswith(_KEPT_PREFIXES):
                raise Doubt
            continue
        found[bare] = value.lower() if bare in ("rel", "type") else value
    return found


def type_of(element: Element, default: str) -> str:
    """Return the content type of a text; anything but plain text and HTML is doubtful."""
    if not element.attrib:
        return default
    attributes = attributes_of(element)
    kind = _TYPES.get(attributes.get("type", default))
    if kind is None or "mode" in attributes or "src" in attributes:
        raise Doubt
    return kind


def guessed(kind: str, text: str, *, is_labelled: bool) -> str:
    """Return the type of a text that its document does not label: HTML if it certainly is."""
    if is_labelled or kind != "text/plain":
        return kind
    if looks_like_html(text):
        return "text/html"
    if _CLOSING_OR_ENTITY.search(text):
        raise Doubt
    return kind


def language_of(element: Element, inherited: str | None) -> str | None:
    """Return the language of an element: its own, an explicit none, or that of the element around it."""
    if not element.attrib:
        return inherited
    language = element.get(_LANG, attributes_of(element).get("lang"))
    return inherited if language is None else language or None


def skip(element: Element, names: Names, *, read: Container[str] = ()) -> None:
    """Check that no element inside this one has an effect on what is read; `read` are further names that are.

    Raises:
        Doubt: one has an effect, or might have one.
    """
    for child in element:
        name = names[child.tag]
        if name in DOUBTFUL or name in read:
            raise Doubt
        if len(child):
            skip(child, names, read=read)

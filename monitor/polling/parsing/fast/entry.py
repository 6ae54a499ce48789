"""An item's element as the dictionary that feedparser makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from monitor.polling.parsing.entries import CAPTION, OTHER_TEXTS
from monitor.polling.parsing.fast import parts
from monitor.polling.parsing.fast.dates import parsed_date
from monitor.polling.parsing.fast.doubt import Doubt
from monitor.polling.parsing.fast.elements import (
    DOUBTFUL,
    attributes_of,
    guessed,
    language_of,
    text_of,
    type_of,
)
from monitor.polling.parsing.fast.names import RDF

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

    from monitor.polling.parsing.fast.names import Names

_ABOUT = f"{{{RDF}}}about"
_NONE = 1_000  # a depth below any element's


class EntryReader:
    """Reads the items of a document, one after another. `is_labelled` says that the document is Atom."""

    def __init__(self, names: Names, *, base: str, is_labelled: bool) -> None:
        self._names = names
        self._base = base
        self._resolved = parts.resolver(base)
        self._is_labelled = is_labelled

    def read(self, element: Element, language: str | None) -> dict[str, Any]:
        """Return an item as feedparser does.

        Raises:
            Doubt: feedparser might read it in another way.
        """
        self._entry: dict[str, Any] = {}
        self._language = language_of(element, language)
        self._is_inside_content = False  # feedparser leaves `content` open until the next item
        self._title_depth = self._kept_depth = self._caption_depth = _NONE
        if element.attrib:
            self._begin(element)
        for child in element:
            name = self._names[child.tag]
            action = self._ACTIONS.get(name)
            if action is not None:
                action(self, child)
            elif name in DOUBTFUL:
                raise Doubt
            elif len(child):
                self._descend(child, 1)
        return self._entry

    def _begin(self, element: Element) -> None:
        attributes = attributes_of(element)
        if "href" in attributes or "lastmod" in attributes:
            raise Doubt
        if element.get(_ABOUT):
            self._entry["id"] = element.get(_ABOUT)

    def _descend(self, element: Element, depth: int) -> None:
        """Look for titles and captions of pictures inside an element that is not read."""
        if language_of(element, self._language) != self._language:
            raise Doubt
        for child in element:
            name = self._names[child.tag]
            if name == "media_title":
                self._picture_title(child, depth)
            elif name == "media_description":
                self._caption(child, depth)
            elif name in DOUBTFUL:
                raise Doubt
            elif len(child):
                self._descend(child, depth + 1)

    def _title(self, element: Element) -> None:
        if self._put_title(element, 0):
            self._title_depth = 0

    def _picture_title(self, element: Element, depth: int = 0) -> None:
        self._put_title(element, depth)

    def _put_title(self, element: Element, depth: int) -> bool:
        """Store a title unless the item's own one came before; return whether it is not empty."""
        kind = type_of(element, "text/plain")
        text = text_of(element)
        if self._title_depth <= depth:
            return bool(text)
        if depth <= self._kept_depth:
            self._kept_depth = depth
            self._entry["title"] = text
        self._entry["title_detail"] = self._detail(element, kind, text)
        return bool(text)

    def _detail(self, element: Element, kind: str, text: str) -> dict[str, Any]:
        language = language_of(element, self._language)
        return {
            "type": guessed(kind, text, is_labelled=self._is_labelled),
            "language": language and language.replace("_", "-"),
            "base": self._base,
            "value": text,
        }

    def _caption(self, element: Element, depth: int = 0) -> None:
        type_of(element, "text/html")
        text = text_of(element)
        if depth <= self._caption_depth:
            self._caption_depth = depth
            self._entry[CAPTION] = text

    def _description(self, element: Element) -> None:
        self._short(element, "text/html")

    def _summary(self, element: Element) -> None:
        self._short(element, "text/plain")

    def _short(self, element: Element, default: str) -> None:
        if self._is_inside_content:
            self._caption(element)
            return
        if "summary" in self._entry and "content" not in self._entry:
            raise Doubt
        kind = type_of(element, default)
        text = self._entry["summary"] = text_of(element)
        self._entry["summary_detail"] = self._detail(element, kind, text)

    def _content(self, element: Element) -> None:
        self._long(element, "text/plain")
        self._is_inside_content = True

    def _encoded(self, element: Element) -> None:
        self._long(element, "text/html")

    def _long(self, element: Element, default: str) -> None:
        if "content" in self._entry:
            raise Doubt
        kind = type_of(element, default)
        text = text_of(element)
        self._entry["content"] = [self._detail(element, kind, text)]
        self._entry.setdefault("summary", text)

    def _dublin_core(self, element: Element) -> None:
        type_of(element, "text/html")
        self._entry[OTHER_TEXTS[0]] = text_of(element)

    def _podcast(self, element: Element) -> None:
        type_of(element, "text/html")
        self._entry[OTHER_TEXTS[1]] = text_of(element)

    def _guid(self, element: Element) -> None:
        text = text_of(element)
        if attributes_of(element).get("ispermalink", "true") != "true":
            self._entry["id"] = text
            return
        self._entry["id"] = self._resolved(text)
        self._entry.setdefault("link", self._entry["id"])

    def _link(self, element: Element) -> None:
        parts.add_link(element, self._entry, self._resolved)

    def _enclosure(self, element: Element) -> None:
        parts.add_enclosure(element, self._entry)

    def _author(self, element: Element) -> None:
        parts.put_author(element, self._entry, self._names)

    def _published(self, element: Element) -> None:
        self._entry["published_parsed"] = parsed_date(text_of(element))

    def _updated(self, element: Element) -> None:
        self._entry["updated_parsed"] = parsed_date(text_of(element))

    def _created(self, element: Element) -> None:
        self._entry["created_parsed"] = parsed_date(text_of(element))

    def _source(self, element: Element) -> None:
        """Read where RSS has an item from; Atom's `source` has elements inside."""
        url, name = attributes_of(element).get("url"), text_of(element)
        self._entry["source"] = {key: value for key, value in (("href", url), ("title", name)) if value}
        self._title_depth = _NONE  # from here on a picture's title replaces the item's

    def _image(self, element: Element) -> None:
        if len(element):
            raise Doubt
        self._title_depth = _NONE

    def _original_link(self, element: Element) -> None:
        self._entry["feedburner_origlink"] = None if element.attrib else text_of(element)

    def _news_source(self, element: Element) -> None:
        self._entry["news_source"] = None if element.attrib else text_of(element)

    _ACTIONS: ClassVar[dict[str, Callable[[EntryReader, Element], None]]] = {
        "title": _title,
        "dc_title": _title,
        "media_title": _picture_title,
        "media_description": _caption,
        "link": _link,
        "guid": _guid,
        "id": _guid,
        "description": _description,
        "summary": _summary,
        "content": _content,
        "content_encoded": _encoded,
        "dc_description": _dublin_core,
        "itunes_summary": _podcast,
        "author": _author,
        "dc_author": _author,
        "dc_creator": _author,
        "itunes_author": _author,
        "managingeditor": _author,
        "published": _published,
        "issued": _published,
        "pubdate": _published,
        "dcterms_issued": _published,
        "updated": _updated,
        "modified": _updated,
        "lastbuilddate": _updated,
        "dc_date": _updated,
        "dcterms_modified": _updated,
        "created": _created,
        "dcterms_created": _created,
        "enclosure": _enclosure,
        "source": _source,
        "image": _image,
        "feedburner_origlink": _original_link,
        "news_source": _news_source,
    }
    READ: ClassVar[frozenset[str]] = frozenset(_ACTIONS)

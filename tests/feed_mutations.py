"""Changes of feeds for tests of the two XML readers; most changed documents are still well-formed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_ELEMENT = re.compile(r"<([\w:.-]+)(?:\s[^<>]*)?(?:/>|>[^<]*(?:<!\[CDATA\[.*?\]\]>)?[^<]*</\1>)", re.DOTALL)
_OPENING = re.compile(r"<[A-Za-z][\w:.-]*(?=[\s/>])")
_TEXT = re.compile(r"(?<=>)[^<>]+(?=<)")
_EDGES = 300  # characters of an item or a head that are checked

NAMESPACES = (
    ("a", "http://www.w3.org/2005/Atom"), ("dc", "http://purl.org/dc/elements/1.1/"),
    ("dcterms", "http://purl.org/dc/terms/"), ("media", "http://search.yahoo.com/mrss/"),
    ("itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"), ("content", "http://purl.org/rss/1.0/modules/content/"),
    ("sy", "http://purl.org/rss/1.0/modules/syndication/"), ("News", "https://www.bing.example/news"),
    ("feedburner", "http://rssnamespace.org/feedburner/ext/1.0"), ("slash", "http://purl.org/rss/1.0/modules/slash/"),
    ("georss", "http://www.georss.org/georss"), ("creativeCommons", "http://backend.userland.com/creativeCommonsRssModule"),
    ("odd", "https://odd.example/ns"),
)  # fmt: skip
NAMES = (
    "title", "link", "guid", "id", "description", "summary", "content", "author", "name", "email", "uri", "url", "source",
    "category", "pubDate", "published", "updated", "issued", "modified", "created", "lastBuildDate", "image", "comments",
    "enclosure", "language", "ttl", "rights", "subtitle", "contributor", "generator", "date", "info", "body", "abstract",
    "a:link", "a:title", "a:summary", "a:content", "a:updated", "a:author", "a:id", "dc:title", "dc:creator", "dc:date",
    "dc:description", "dc:subject", "dc:language", "dc:publisher", "dc:source", "dcterms:issued", "dcterms:modified",
    "dcterms:created", "dcterms:valid", "media:title", "media:description", "media:content", "media:group",
    "media:thumbnail", "media:credit", "media:keywords", "media:rating", "itunes:author", "itunes:summary",
    "itunes:subtitle", "itunes:owner", "itunes:image", "itunes:category", "itunes:title", "content:encoded",
    "sy:updatePeriod", "sy:updateFrequency", "News:Source", "feedburner:origLink", "slash:comments", "georss:point",
    "creativeCommons:license", "odd:title", "odd:language", "textInput", "skipHours", "hour", "managingEditor",
    "webMaster", "expirationDate", "links", "authors", "item", "entry", "channel", "cloud", "keywords", "tags",
)  # fmt: skip
TEXTS = (
    "", " ", "Harbour closed", "  Harbour\n closed ", "Fish &amp; chips", "&lt;b&gt;Ferry&lt;/b&gt; stops", "3 &lt; 4",
    "<![CDATA[<p>The <em>ferry</em> waits &amp; the crew sleeps until the wind goes down at last</p>]]>", "&#160;edge&#160;",
    "<![CDATA[Tea]]> and <![CDATA[rain]]>", "CafÃ© at the quay", "Crew of 5 &amp;eacute; &amp;#233;", "See &amp;copy; 2026",
    "https://port.example/a?x=1&amp;y=2", "/relative/path", "http:///odd.example/x", "tag:port.example,2026:7", "7",
    "Wed, 04 Mar 2026 09:00:00 GMT", "2026-03-04T09:00:00+05:30", "2026-03-04", "4 March 2026", "Wed, 31 Feb 2026 09:00:00 GMT",
    "2026-03-04 09:00:00", "Sat, 7 Mar 26 10:00 EST", "crew@port.example (Crew)", "en-GB", "hourly", "60", "yes",
    "a very long line about ships, boats, wharves and the weather of the coming week in the northern harbour, with more",
    "&lt;![CDATA[inner]]&gt;", "ends with a blank that HTML keeps, in a text of more than sixty-four characters&#160;",
)  # fmt: skip
ATTRIBUTES = (
    'type="html"', 'type="text"', 'type="xhtml"', 'type="text/plain"', 'type="image/png"', 'rel="self"', 'rel="hub"',
    'rel="Alternate"', 'rel="enclosure"', 'href="https://port.example/b"', 'href=""', 'url="https://port.example/c.mp3"',
    'isPermaLink="false"', 'isPermaLink="true"', 'xml:lang="de_AT"', 'xml:lang=""', 'lang="nl"', 'xml:base="https://base.example/"',
    'base="x"', 'mode="escaped"', 'src="y"', 'term="z"', 'version="2.0"', 'a:href="https://port.example/d"', 'odd:type="w"',
    'LANG="fr"',
)  # fmt: skip
PIECES = (
    "<author><name>Ada</name><email>ada@port.example</email></author>", "<a:author><a:name>Bo</a:name></a:author>",
    '<source url="https://wire.example/feed">Wire</source>', "<source><title>Wire</title><id>https://wire.example/</id></source>",
    '<media:group><media:title>Crane</media:title><media:description>A crane</media:description><media:content url="u"/></media:group>',
    "<image><url>u</url><title>Logo</title><link>https://port.example/</link></image>", "<image/>",
    '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p class="x">Rain &amp; <b>wind</b></p> more</div></content>',
    '<link rel="alternate" href="https://port.example/e"/>', '<link rel="hub" href="https://hub.example/"/>',
    "<skipHours><hour>3</hour></skipHours>", "<!-- a note --> ", "<?note x?>", '<enclosure url="https://port.example/f.mp3"/>',
    '<title type="xhtml"><b>Bold</b> port</title>', "<odd:box><title>Inner</title></odd:box>", "<item><title>Nested</title></item>",
    "<atom:link xmlns:atom='http://www.w3.org/2005/Atom' href='https://port.example/g' rel='self'/>",
)  # fmt: skip


def small(document: str, items: int) -> str:
    """Return a document with only its first items, so that it is read fast."""
    blocks = list(re.finditer(r"<(item|entry)[\s>].*?</\1>", document, re.DOTALL))
    if len(blocks) <= items:
        return document
    return document[: blocks[items].start()] + document[blocks[-1].end() :]


def mutated(document: str, chance: Random) -> str:
    """Return a document with one to four changes."""
    for _ in range(chance.randint(1, 4)):
        document = chance.choice(_CHANGES)(document, chance)
    return document


def with_namespaces(document: str) -> str:
    """Return a document whose root element declares the prefixes of the pieces, where it has not declared them."""
    root = re.search(r"<(?:rss|feed|rdf:RDF)\b[^<>]*", document)
    if root is None:
        return document
    missing = "".join(
        f' xmlns:{name}="{uri}"' for name, uri in NAMESPACES if f"xmlns:{name}=" not in document
    )
    return document[: root.end()] + missing + document[root.end() :]


def _inserted(document: str, chance: Random) -> str:
    spans = [found.end() for found in _ELEMENT.finditer(document)]
    if not spans:
        return document
    at = chance.choice(spans)
    return document[:at] + _piece(chance) + document[at:]


def _piece(chance: Random) -> str:
    if chance.random() < 0.4:
        return chance.choice(PIECES)
    name, attribute = chance.choice(NAMES), chance.choice(ATTRIBUTES) if chance.random() < 0.3 else ""
    return f"<{name} {attribute}>{chance.choice(TEXTS)}</{name}>"


def _removed(document: str, chance: Random) -> str:
    return _with_element(document, chance, lambda _: "")


def _doubled(document: str, chance: Random) -> str:
    return _with_element(document, chance, lambda element: element * 2)


def _renamed(document: str, chance: Random) -> str:
    name = chance.choice(NAMES)
    return _with_element(
        document, chance, lambda element: re.sub(r"^<[\w:.-]+|(?<=</)[\w:.-]+(?=>$)", lambda tag: ("<" if tag[0][0] == "<" else "") + name, element)
    )  # fmt: skip


def _with_element(document: str, chance: Random, change: Callable[[str], str]) -> str:
    found = list(_ELEMENT.finditer(document))
    if not found:
        return document
    one = chance.choice(found)
    return document[: one.start()] + change(one.group()) + document[one.end() :]


def _swapped(document: str, chance: Random) -> str:
    found = list(_ELEMENT.finditer(document))
    if len(found) < 2:
        return document
    first, second = sorted(chance.sample(found, 2), key=lambda one: one.start())
    return (
        document[: first.start()] + second.group() + document[first.end() : second.start()] + first.group() + document[second.end() :]
    )  # fmt: skip


def _attribute(document: str, chance: Random) -> str:
    found = list(_OPENING.finditer(document))
    if not found:
        return document
    at = chance.choice(found).end()
    return f"{document[:at]} {chance.choice(ATTRIBUTES)}{document[at:]}"


def _retold(document: str, chance: Random) -> str:
    found = list(_TEXT.finditer(document))
    if not found:
        return document
    one = chance.choice(found)
    return document[: one.start()] + chance.choice(TEXTS) + document[one.end() :]


def _broken(document: str, chance: Random) -> str:
    at = chance.randrange(len(document))
    return document[:at] + document[at + chance.randint(1, 30) :]


_CHANGES = (_inserted, _inserted, _inserted, _removed, _doubled, _renamed, _swapped, _attribute, _attribute, _retold, _retold, _broken)  # fmt: skip

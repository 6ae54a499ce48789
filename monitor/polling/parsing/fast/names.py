"""Names of elements as feedparser's handlers have them: `{http://purl.org/dc/elements/1.1/}creator` is `dc_creator`."""

from __future__ import annotations

import re

from monitor.polling.parsing.fast.doubt import Doubt

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XML = "http://www.w3.org/XML/1998/namespace"
ATOM = "http://www.w3.org/2005/Atom"
RSS_1 = "http://purl.org/rss/1.0/"
RSS_090 = "http://my.netscape.com/rdf/simple/0.9/"
_USERLAND = "backend.userland.com/rss"

# Namespaces that feedparser has handlers for; others keep the prefix of the document.
PREFIXES = {
    ATOM: "",
    RSS_1: "",
    RSS_090: "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://purl.org/rss/1.0/modules/rss091#": "",
    RDF: "rdf",
    XML: "xml",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://www.georss.org/georss": "georss",
    "http://www.opengis.net/gml": "gml",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.itunes.com/DTDs/PodCast-1.0.dtd": "itunes",
    "http://search.yahoo.com/mrss/": "media",
    "http://search.yahoo.com/mrss": "media",
    "http://webns.net/mvcb/": "admin",
    "http://web.resource.org/cc/": "cc",
    "http://creativecommons.org/ns#license": "cc",
    "http://backend.userland.com/creativeCommonsRssModule": "creativeCommons",
    "http://podlove.org/simple-chapters": "psc",
}
_BY_LOWER = {uri.lower(): prefix for uri, prefix in PREFIXES.items()}
_HANDLED = frozenset(PREFIXES.values()) | {"creativecommons"}
_DECLARED = re.compile(r"""xmlns(?::([\w.-]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')""")


class Names(dict[str, str]):
    """The name in feedparser of each tag of a document, looked up by ElementTree's name of it."""

    def __init__(self, document: str) -> None:
        """Read the namespaces that a document declares anywhere, even in a text.

        Raises:
            Doubt: a prefix has two meanings, or a well-known prefix has an unknown one.
        """
        super().__init__()
        self._prefix_of: dict[str, str | None] = {XML: "xml"}
        uri_of: dict[str, str] = {}
        for prefix, *uris in _DECLARED.findall(document):
            uri = uris[0] or uris[1]
            if prefix and uri_of.setdefault(prefix, uri) != uri:
                raise Doubt
            self._prefix_of.setdefault(uri, _prefix(prefix, uri))

    def first_of(self, *uris: str) -> str | None:
        """Return the namespace that the document declares first of these; feedparser takes it for the version."""
        return next((uri for uri in self._prefix_of if uri in uris), None)

    def __missing__(self, tag: str) -> str:
        uri, _, local = tag.rpartition("}")
        prefix = self._prefix_of.get(uri[1:]) if uri else ""
        if prefix is None:
            raise Doubt
        name = f"{prefix}_{local}".lower() if prefix else local.lower()
        self[tag] = name
        return name


def _prefix(declared: str, uri: str) -> str | None:
    """Return the prefix of feedparser for a namespace, None for an unknown one that is declared without a prefix."""
    lower = uri.lower()
    known = "" if _USERLAND in lower else _BY_LOWER.get(lower)
    if declared in _HANDLED and declared and known != declared:
        raise Doubt
    if known is None and not declared and uri:
        return None
    return declared if known is None else known

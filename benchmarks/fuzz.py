"""A fuzz test of decode, parse and identify: they may refuse a body, but must not raise, hang or give wrong items.

    python -m benchmarks.fuzz --minutes 10 [--bodies DIR] [--seed 1]

Hypothesis draws a document, generated or from a folder, and edits: pieces are removed, doubled, reversed or joined with
other documents; troublesome bytes and tokens are inserted. The result is read three times: as the body of an unknown
feed, again with the knowledge of the first reading, and with a new item on top.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from monitor.polling.http.outcome import ParseFailure
from monitor.polling.parsing.read_body import ReadFeed, read_news

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
URL = "https://news.example/feed.xml"
EXAMPLES = 500  # of one run of hypothesis; the next run has another seed
SLOWEST = 5.0  # seconds for one body: half of a worker's deadline
MOST_BYTES = 300_000  # of a document from a folder
UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # control characters except tab and newline
NEWS = b"<item><guid>fuzz-news</guid><title>A storm is coming over the harbour</title></item>"

_ITEM = (
    b"<item><title>Port closes for a day</title><guid isPermaLink='false'>7</guid><link>https://news.example/7</link>"
    b"<description>&lt;p&gt;Ships &amp;amp; boats wait&amp;#8230; &lt;a href='/x'&gt;more&lt;/a&gt;"
    b" until the wind has gone down and the pilots go out again&lt;/p&gt;</description>"
    b"<pubDate>Wed, 04 Mar 2026 09:00:00 GMT</pubDate></item>"
)
DOCUMENTS = (
    b"<?xml version='1.0' encoding='utf-8'?><rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
    b"<channel><title>News</title><ttl>60</ttl>" + _ITEM + b"<item><title>Ferries</title><content:encoded>"
    b"<![CDATA[<p>Caf\xc3\xa9 owners win at last, and they celebrate until the morning.</p>]]></content:encoded></item>"
    b"</channel></rss>",
    (
        b"<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='de'><title type='html'>N&amp;amp;N</title><id>n</id>"
        b"<entry><id>a</id><title>One</title><link href='/one'/><updated>2026-03-04T10:00:00Z</updated>"
        b"<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>Text</p></div></content></entry>"
        b"<entry><id>b</id><title>Two</title><summary>Short</summary></entry></feed>"
    ),
    (
        b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>"
        b"<channel rdf:about='x'><title>R</title><items/></channel><item rdf:about='y'><title>Y</title></item></rdf:RDF>"
    ),
    b'{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [{"id": 1, "content_html": "<p>x</p>"}]}',
)
TOKENS = (
    b"<!DOCTYPE rss [<!ENTITY a 'b'>]>", b"<!ENTITY % x SYSTEM 'file:///etc/passwd'>", b"&a;", b"&#xD800;",
    b"&#99999999999;", b"&#0;", b"&nbsp;", b"&", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?php ?>", b"<item>",
    b"</item>", b"<entry/>", b"<description>", b"</description>", b"<content type='html'>", b"</content>",
    b"<title>", b"<link>javascript:alert(1)</link>", b"<guid>7</guid>", b"xmlns:x='y'", b"<x:y a='", b"'>", b"\x00",
    b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\x1b[31m", b"\xc2\x85", b"\xe2\x80\xa8", b"\xee\x80\x800\xee\x80\x80",
    b"encoding='utf-16'", b"encoding='punycode'", b"<media:thumbnail width='-1e9' height='x'/>",
    b"<georss:polygon>1 2 x</georss:polygon>", b"<pubDate>9999-99-99</pubDate>", b"<ttl>1e9</ttl>",
)  # fmt: skip
CONTENT_TYPES = ("application/xml", "text/xml; charset=utf-16", "text/html; charset=x-none", "")

Edit = Callable[[bytes], bytes]


def edits(documents: tuple[bytes, ...]) -> st.SearchStrategy[Edit]:
    """Return the edits of a document."""
    at, length = st.floats(0, 1), st.integers(1, 4_000)
    put_in = st.one_of(st.sampled_from(TOKENS), st.binary(max_size=8), st.sampled_from(documents))

    def insert(where: float, piece: bytes, times: int) -> Edit:
        return lambda body: _split(body, where, 0)[0] + piece * times + _split(body, where, 0)[2]

    def change(where: float, size: int, change: Edit) -> Edit:
        def changed(body: bytes) -> bytes:
            before, piece, behind = _split(body, where, size)
            return before + change(piece) + behind

        return changed

    changes = st.sampled_from(
        (lambda _: b"", lambda piece: piece * 2, lambda piece: piece[::-1], bytes.swapcase)
    )
    return st.one_of(
        st.builds(insert, at, put_in, st.sampled_from((1, 1, 1, 2, 300))),
        st.builds(change, at, length, changes),
    )


def _split(body: bytes, where: float, size: int) -> tuple[bytes, bytes, bytes]:
    begin = int(where * len(body))
    return body[:begin], body[begin : begin + size], body[begin + size :]


def check(body: bytes, content_type: str) -> str:
    """Read a body three times and return its kind; raises AssertionError for a violated promise."""
    started = time.perf_counter()
    first = read_news(body, url=URL, content_type=content_type, now=NOW)
    seconds = time.perf_counter() - started
    assert seconds < SLOWEST, f"reading took {seconds:.1f} s"
    if isinstance(first, ParseFailure):
        return str(first.kind)
    _sound(first)
    again = read_news(body, url=URL, content_type=content_type, now=NOW, before=first.after)
    assert isinstance(again, ReadFeed), "a body read before is no feed"
    assert again.total == first.total, "a body read before holds another number of items"
    if first.after:
        assert {item.key for item in again.items} <= {item.key for item in first.items}, (
            "read again it has news"
        )
        newer = body.replace(b"<item>", NEWS + b"<item>", 1)
        _same_news(newer, content_type, first)
    return "feed"


def _same_news(newer: bytes, content_type: str, first: ReadFeed) -> None:
    """Assert that the split and the whole reading find the same new items."""
    known = {item.key for item in first.items}
    cut, whole = (
        read_news(newer, url=URL, content_type=content_type, now=NOW, before=before)
        for before in (first.after, b"")
    )
    assert type(cut) is type(whole), "cut and whole disagree about what a body is"
    if isinstance(cut, ReadFeed) and isinstance(whole, ReadFeed):
        new = [{item.key for item in read.items} - known for read in (cut, whole)]
        assert new[0] == new[1], "cut and whole disagree about what is new"


def _sound(read: ReadFeed) -> None:
    assert len({item.key for item in read.items}) == len(read.items), "a key occurs twice"
    for item in read.items:
        entry = item.publication
        for text in (
            item.key,
            entry.title,
            entry.summary,
            entry.content,
            entry.url,
            entry.author,
            entry.publisher_id,
        ):
            (text or "").encode("utf-8")
            assert UNFIT.search(text or "") is None, repr(text)
        assert "<script" not in (entry.summary + entry.content).lower(), "a script came through"
        assert entry.url is None or entry.url.startswith(("http://", "https://")), entry.url


def fuzz(seconds: float, *, documents: tuple[bytes, ...] = DOCUMENTS, first_seed: int = 1) -> Counter[str]:
    """Read bodies for `minutes` and return the kinds. Raises the failure that hypothesis found, shrunk."""
    until = time.monotonic() + seconds
    seen: Counter[str] = Counter()
    for number in count(first_seed):
        if time.monotonic() >= until:
            return seen
        _run(documents, number, seen, until)
    raise AssertionError("unreachable")


def _run(documents: tuple[bytes, ...], number: int, seen: Counter[str], until: float) -> None:
    @seed(number)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(documents), st.lists(edits(documents), max_size=6), st.sampled_from(CONTENT_TYPES))
    def holds(body: bytes, done: list[Edit], content_type: str) -> None:
        if time.monotonic() >= until:
            return
        for edit in done:
            body = edit(body)[:MOST_BYTES]
        seen[check(body, content_type)] += 1

    holds()


def _documents_in(folder: Path | None) -> Iterator[bytes]:
    yield from DOCUMENTS
    for path in sorted(folder.rglob("*")) if folder else ():
        if path.is_file() and path.stat().st_size < MOST_BYTES:
            yield path.read_bytes()


def main() -> None:
    """Fuzz for as long as asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--bodies", type=Path, help="a folder of documents to begin with, besides our own")
    parser.add_argument("--seed", type=int, default=1)
    given_ = parser.parse_args()
    documents = tuple(_documents_in(given_.bodies))
    seen = fuzz(given_.minutes * 60, documents=documents, first_seed=given_.seed)
    print(f"{sum(seen.values()):,} bodies from {len(documents)} documents in {given_.minutes:g} minutes")
    for kind, number in seen.most_common():
        print(f"{number:9,} {kind}")
    sys.exit(0)


if __name__ == "__main__":
    main()

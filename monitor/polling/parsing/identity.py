"""Keys of items that survive edits, changed dates, tracking parameters and the move to https.

An item's key is its publisher's id; id and link if several items of a document share the id; its link if it has no id;
its title and text if it has neither. Dates never count. Links are simplified for comparison only: storage and output
use the link that the publisher wrote.
"""

from __future__ import annotations

import hashlib
import re
from html import unescape
from typing import TYPE_CHECKING

from monitor.polling.sources.aggregators import is_opaque
from monitor.polling.sources.links import WEB, article_link, canonical_link
from monitor.text.identity_words import identity_words
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.model import Publication
    from storage.model.packed import PackedTexts

MAX_KEY = 400  # characters; longer ids are hashed so that every database can index them
HASH_BYTES = 8  # of a key; a collision among a feed's items has a probability of 10^-15
TITLE_KEY_CHARACTERS = 16  # hexadecimal; a collision among a feed's titles has a probability of 10^-12
MIN_TITLE_WORDS = 4  # shorter titles ("Weather", "Live updates") return for different events

_TAG = re.compile(r"<[^<>]*>")


@value
class Identified:
    """A publication with its key and hashes.

    `key` is unique within its document and stable over polls. `content_hash` changes with the words of title, summary
    or content. `title_key` is a hash of the folded title, for recognising republished items; None if the title is too short.
    `article_link` is the canonical link of its article, None if it leads to none. `packed` are the publication's texts
    as SQLite stores them, if they were packed.
    """

    publication: Publication
    key: str
    content_hash: str
    title_key: str | None
    article_link: str | None
    packed: PackedTexts | None = None


def identify(publications: Iterable[Publication]) -> tuple[Identified, ...]:
    """Return the items of one document with their keys, in its order; exact repetitions are dropped.

    Of items that share an id, the last one gets the plain key: documents list the newest item first, so an item keeps
    its key when a newer item with the same id appears.
    """
    identified: dict[str, Identified] = {}
    seen: set[tuple[str, str, str, str]] = set()
    for item in reversed(list(publications)):
        words_hash = content_hash(item)
        plain_key = _plain_key(item, words_hash)
        link = canonical_link(item.url)
        whole = (plain_key, link, item.title, words_hash)
        if whole in seen:
            continue
        seen.add(whole)
        refinements = (plain_key, f"{plain_key}|{link}", f"{plain_key}|{link}|{words_hash}")
        key = next(refined for refined in map(_bounded, refinements) if refined not in identified)
        identified[key] = Identified(
            publication=item,
            key=key,
            content_hash=words_hash,
            title_key=_title_key(item),
            article_link=article_link(item.url),
        )
    return tuple(reversed(identified.values()))


def keys_are_plain(items: Iterable[Identified]) -> bool:
    """Whether every key is a plain id or link, so that no item had to be distinguished from another one."""
    return all(item.key == _bounded(_plain_key(item.publication, item.content_hash)) for item in items)


def key_hash(key: str) -> bytes:
    """Return a short hash of a key, by which a document's items are remembered until the next poll."""
    return hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=HASH_BYTES).digest()


def content_hash(item: Publication) -> str:
    """Return a hash of an item's words; markup, attributes, blanks and dates do not count."""
    texts = ("".join(item.title.split()), _letters(item.summary), _letters(item.content))
    return _hash("\x00".join(texts))


def title_key(title: str) -> str | None:
    """Return a hash of a title's words, or None if it has too few of them to be recognised by."""
    folded = identity_words(title)
    return _title_hash(folded) if len(folded) >= MIN_TITLE_WORDS else None


def _title_key(item: Publication) -> str | None:
    """Return the key that recognises an item's title; it has the outlet's name if ids and links change at every poll."""
    if item.url and is_opaque(item.url):
        outlet = canonical_link(item.source_url) or item.source or ""
        return _title_hash([outlet, "|", *identity_words(item.title)])
    return title_key(item.title)


def _letters(fragment: str) -> str:
    """Return a sanitised fragment without tags and blanks; takes a tenth of the time of extracting its text."""
    bare = _TAG.sub("", fragment) if "<" in fragment else fragment
    return "".join((unescape(bare) if "&" in bare else bare).split())


def _plain_key(item: Publication, words_hash: str) -> str:
    if item.publisher_id:
        is_link = WEB.match(item.publisher_id)
        return "id:" + (canonical_link(item.publisher_id) if is_link else item.publisher_id)
    if item.url:
        return "link:" + canonical_link(item.url)
    return f"text:{words_hash}"


def _bounded(key: str) -> str:
    return key if len(key) <= MAX_KEY else f"hash:{_hash(key)}"


def _title_hash(words: Iterable[str]) -> str:
    """Return a short hash: each item stores its title's key twice, in its row and in an index."""
    text = " ".join(words).encode("utf-8", "replace")
    return hashlib.sha256(text).hexdigest()[:TITLE_KEY_CHARACTERS]  # which PostgreSQL computes as well


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()

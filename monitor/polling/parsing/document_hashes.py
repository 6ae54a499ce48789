"""The hashes of a document's items, which the next poll of the feed gets: of each raw text, and of each item's key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.polling.parsing.identity import HASH_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable

NO_HASH = bytes(HASH_BYTES)  # matches no raw text: the item has to be read again
_PAIR = 2 * HASH_BYTES


def joined(pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return pairs of hashes as a feed keeps them (`after`)."""
    return b"".join(raw + key for raw, key in pairs)


def pairs_in(after: bytes) -> Iterable[tuple[bytes, bytes]]:
    """Yield the pairs in an `after`."""
    for at in range(0, len(after), _PAIR):
        yield after[at : at + HASH_BYTES], after[at + HASH_BYTES : at + _PAIR]


def key_hashes_in(after: bytes) -> tuple[bytes, ...]:
    """Return the hashes of the keys in an `after`."""
    return tuple(key for _, key in pairs_in(after))


def with_keys_only(after: bytes) -> bytes:
    """Return an `after` that makes the next poll read the whole document."""
    return joined((NO_HASH, key) for _, key in pairs_in(after))

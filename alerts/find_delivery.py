"""Finds a delivery by its id or by the beginning of its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database import Ledger
    from storage.stores.outbox import Posting


class DeliveryNotFound(Exception):  # noqa: N818  # an expected answer
    """No delivery, or more than one, has an id that begins this way; the message says which."""

    command_hint = "`storywatch alerts list` shows the deliveries with their ids"


def find_delivery(ledger: Ledger, ident: str) -> Posting:
    """Return the delivery with this id, or the only one whose id begins with it.

    Raises:
        DeliveryNotFound: there is none, or there are several.
    """
    found = ledger.outbox.postings(starting=ident) if ident else []
    exact = [posting for posting in found if posting.delivery.id == ident]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if found:
        raise DeliveryNotFound(f"{ident!r} begins the ids of {len(found)} deliveries; write more of it")
    raise DeliveryNotFound(f"no delivery {ident!r}")

"""A link of a message as its page shows it: what it does, to what, and whether it was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerts.links.key import link_key
from alerts.links.target import target_of
from alerts.links.token import read_token, token_id

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.links.target import LinkTarget
    from alerts.links.token import LinkToken
    from storage.database import Ledger
    from storage.model import LinkUse


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """A valid link. `use` is what it did, None if it was not followed or that was undone."""

    token: LinkToken
    target: LinkTarget
    use: LinkUse | None


def read_link(ledger: Ledger, text: str, *, now: datetime) -> LinkView:
    """Return what a link does, by its token; nothing is changed.

    Raises:
        LinkForged: the token is not ours, or the key was changed since.
        LinkExpired: its time is over, or what it is about is no longer stored.
    """
    token = read_token(text, key=link_key(ledger), now=now)
    use = ledger.link_uses.of(token_id(text))
    active = use if use is not None and use.undone_at is None else None
    return LinkView(token=token, target=target_of(ledger, token), use=active)

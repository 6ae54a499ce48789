"""A link in a message as its page shows it: its action, its target, and whether it was used."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """A valid link. `is_used` says that its action was done and not undone."""

    token: LinkToken
    target: LinkTarget
    is_used: bool


def read_link(ledger: Ledger, text: str, *, now: datetime) -> LinkView:
    """Return the link with this token; the link is not used by this.

    Raises:
        LinkForged: the token was not made with the present key.
        LinkExpired: the link has expired, or its target is no longer stored.
    """
    token = read_token(text, key=link_key(ledger), now=now)
    use = ledger.link_uses.of(token_id(text))
    is_used = use is not None and use.undone_at is None
    return LinkView(token=token, target=target_of(ledger, token), is_used=is_used)

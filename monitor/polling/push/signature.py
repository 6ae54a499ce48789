"""Checks the signature of a push: `X-Hub-Signature: METHOD=HEX` (WebSub, section 7.1). Pure."""

from __future__ import annotations

import hashlib
import hmac

METHODS = frozenset({"sha1", "sha256", "sha384", "sha512"})  # the methods of the recommendation


def is_signed(body: bytes, header: str, *, secret: str) -> bool:
    """Whether the header is a signature of the body with the secret, by one of the recommendation's methods."""
    method, _, given = header.strip().partition("=")
    method = method.lower()
    if method not in METHODS:
        return False
    due = hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()
    return hmac.compare_digest(due.encode(), given.strip().lower().encode("utf-8", "replace"))

"""Clients of the API, and the ids in its addresses."""

from __future__ import annotations

import re

import httpx
from served import OWNER, Served

NAMES = {
    "story": "s1", "item": "i1", "feed": "1", "topic": "harbour", "delivery": "dlv_", "id": "s1",
    "channel": "desk",
}  # fmt: skip


def program(served: Served, token: str = OWNER) -> httpx.Client:
    """Return a program with a token; it sends no header of a browser."""
    return httpx.Client(
        base_url=f"{served.url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=60
    )


def address(path: str) -> str:
    """Return an endpoint's address with names of things that are there."""
    return re.sub(r"\{(\w+)\}", lambda found: NAMES[found[1]], path)

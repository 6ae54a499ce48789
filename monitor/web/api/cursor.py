"""Pagination of lists: a cursor names the last row of the previous page, so that new rows do not shift the others.

Where rows change their place, as stories do when they grow, the cursor holds the place that the row had.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any, TypeVar

from alerts.schemas.json_schema import TEXT
from monitor.web.api.endpoint import Rows
from monitor.web.api.parameters import Parameter
from monitor.web.request.refused import PageRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Place = tuple[float, ...]  # sorts like the list

T = TypeVar("T")


def cursor() -> Parameter:
    """Return the parameter that requests the rows after a page."""
    about = "Take it from the Link header of the page before."
    return Parameter(name="cursor", about=about, schema=TEXT, read=_decoded)


def following(last: str) -> dict[str, str]:
    """Return the query parameters that request the rows after the row of this name."""
    return {"cursor": urlsafe_b64encode(last.encode("utf-8", "replace")).rstrip(b"=").decode()}


def part_of(rows: Sequence[Mapping[str, Any]], asked: Mapping[str, Any], *, key: str) -> Rows:
    """Return the page after the cursor from a complete list; `key` returns the name of a row.

    Raises:
        PageRefused: the row that the cursor names is gone.
    """
    start = 0
    if asked["cursor"] is not None:
        places = [at for at, row in enumerate(rows) if row[key] == asked["cursor"]]
        if not places:
            raise stale()
        start = places[0] + 1
    return first_of(rows[start : start + asked["limit"] + 1], asked["limit"], key=key)


def part_by_place(
    rows: Sequence[T],
    asked: Mapping[str, Any],
    *,
    place: Callable[[T], Place],
    to_json: Callable[[T], dict[str, Any]],
) -> Rows:
    """Return the page after the cursor from a complete list whose rows move; `place` sorts like the list.

    Raises:
        PageRefused: the cursor is none of this list.
    """
    before = None if asked["cursor"] is None else _place(asked["cursor"])
    rest = [row for row in rows if before is None or place(row) > before]
    shown = [to_json(row) for row in rest[: asked["limit"]]]
    if len(rest) <= len(shown):
        return Rows(rows=shown)
    return Rows(rows=shown, following=following(json.dumps(place(rest[len(shown) - 1]))))


def _place(sent: str) -> Place:
    try:
        return tuple(float(number) for number in json.loads(sent))
    except (ValueError, TypeError, RecursionError):
        raise PageRefused(400, "The cursor is not one of this list.", "Ask again without a cursor.") from None


def first_of(rows: Sequence[Mapping[str, Any]], limit: int, *, key: str) -> Rows:
    """Return the first rows as a page, which has a next page if there are more than `limit`."""
    shown = rows[:limit]
    return Rows(rows=shown, following=following(str(shown[-1][key])) if len(rows) > limit else None)


def stale() -> PageRefused:
    """Return the refusal of a cursor whose row is gone."""
    return PageRefused(400, "The row that the cursor names is gone.", "Ask again without a cursor.")


def _decoded(sent: Any) -> str:
    text = str(sent)
    try:
        return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode()
    except ValueError:
        raise ValueError("it is not a cursor from an earlier answer") from None

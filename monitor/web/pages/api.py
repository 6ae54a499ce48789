"""`/api/v1`: the API's endpoints and their description as pages of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from monitor.web.api.endpoint import PREFIX
from monitor.web.api.openapi import ENDPOINTS, openapi
from monitor.web.request.page import Admission, get

if TYPE_CHECKING:
    from monitor.web.request.page_request import PageRequest


async def describe(ask: PageRequest) -> Response:
    """Answer with the description of the API, which contains no stored data."""
    del ask
    return Response(openapi(), media_type="application/json")


PAGES = (
    get(f"{PREFIX}/openapi.json", describe, admits=Admission.ANYONE),
    *(endpoint.page for endpoint in ENDPOINTS),
)

"""The style sheet and the script. Their addresses change with their content, so browsers keep them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from monitor.web.looks.templates import ASSETS, asset
from monitor.web.request.page import Admission, get
from monitor.web.request.refused import PageRefused

if TYPE_CHECKING:
    from monitor.web.request.page_request import PageRequest


async def show(ask: PageRequest) -> Response:
    """Answer with one of the assets."""
    name = ask.path["name"]
    if name not in ASSETS:
        raise PageRefused(404, "There is no such file.")
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(asset(name), media_type=ASSETS[name], headers=kept)


PAGES = (get("/assets/{name}", show, admits=Admission.ANYONE),)

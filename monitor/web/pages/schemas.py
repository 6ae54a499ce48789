"""The JSON Schemas of webhook bodies and of the configuration, for receivers and editors."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from starlette.responses import Response

from alerts.schemas.webhook_bodies import WEBHOOK_SCHEMAS
from monitor.web.request.page import Admission, get
from monitor.web.request.refused import PageRefused

if TYPE_CHECKING:
    from alerts.schemas.json_schema import Schema
    from monitor.web.request.page_request import PageRequest

MEDIA_TYPE = "application/schema+json"


async def show_webhook(ask: PageRequest) -> Response:
    """Answer with the schema of one event."""
    schema = WEBHOOK_SCHEMAS.get(ask.path["event"])
    if schema is None:
        raise PageRefused(404, f"There is no such event. The events are {', '.join(WEBHOOK_SCHEMAS)}.")
    return Response(_encoded(schema), media_type=MEDIA_TYPE)


async def show_configuration(ask: PageRequest) -> Response:
    """Answer with the schema of storywatch.toml."""
    del ask
    return Response(_configuration(), media_type=MEDIA_TYPE)


@cache
def _configuration() -> bytes:
    from monitor.config.json_schema import config_schema  # noqa: PLC0415  # makes 0.1 s of work, seldom asked for

    return _encoded(config_schema())


def _encoded(schema: Schema) -> bytes:
    return json.dumps(schema, ensure_ascii=False, indent=2).encode() + b"\n"


PAGES = (
    get("/schemas/webhook/{event}.json", show_webhook, admits=Admission.ANYONE),
    get("/schemas/config.json", show_configuration, admits=Admission.ANYONE),
)

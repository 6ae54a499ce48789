"""`/metrics` for Prometheus and `/healthz` for monitors, for programs of this machine only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

from monitor.web.request.page import Admission, get
from monitor.web.request.refused import PageRefused
from monitor.web.safety.client import is_loopback
from monitor.web.safety.hosts import local_hosts

if TYPE_CHECKING:
    from monitor.web.request.page_request import PageRequest


async def show_metrics(ask: PageRequest) -> Response:
    """Answer with the counts of the database."""
    from monitor.service.metrics import METRICS_TYPE, metrics_page  # noqa: PLC0415 - 2 MB for who is asked

    _refuse_others(ask)
    return Response(await ask.run(metrics_page, ask.database), media_type=METRICS_TYPE)


async def show_health(ask: PageRequest) -> Response:
    """Answer `ok`, or 503 and the fault."""
    from monitor.service.metrics import health  # noqa: PLC0415 - see above

    _refuse_others(ask)
    trouble = await ask.run(health, ask.database, ask.context.since_progress())
    return PlainTextResponse(f"{trouble or 'ok'}\n", status_code=503 if trouble else 200)


def _refuse_others(ask: PageRequest) -> None:
    peer = ask.http.client.host if ask.http.client else ""
    host = ask.http.headers.get("host", "").lower()
    if not is_loopback(peer, ask.http.headers) or host not in local_hosts(
        ask.context.pages, port=ask.context.port
    ):
        raise PageRefused(404, "There is no such page.", "Metrics and health answer to this machine only.")


PAGES = (
    get("/metrics", show_metrics, admits=Admission.ANYONE),
    get("/healthz", show_health, admits=Admission.ANYONE),
)

"""`/status`: running processes, late feeds, failures and waiting work, with remedies."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from monitor.service.workers.lengths import lengths_if_known
from monitor.views.health.doctor import read_findings
from monitor.views.health.status import read_status
from monitor.web.request.page import get

if TYPE_CHECKING:
    from starlette.responses import Response

    from monitor.web.request.page_request import PageRequest


async def show(ask: PageRequest) -> Response:
    """Show the status and the findings of doctor."""
    status = await ask.act(partial(read_status, queues=lengths_if_known), now=ask.now)
    findings = await ask.act(read_findings, ask.settings, now=ask.now)
    return ask.page("status", view=status, seen=status.overview, findings=findings)


PAGES = (get("/status", show, nav="Status"),)

"""Undoes an edit made on a page: restores the previous version unless the file has changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.actions.write_files import digest_of, restore_kept
from monitor.web.pages.topics.present_settings import named_topic, present_settings
from monitor.web.pages.topics.topic_address import topic_path
from monitor.web.request.notes import Undo
from monitor.web.request.page import post

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from starlette.responses import Response

    from monitor.web.request.page_request import PageRequest

RULE, CONFIGURATION = "rule", "configuration"


async def undo_of(ask: PageRequest, name: str, path: Path, *, file: str, kept: Sequence[Path]) -> Undo | None:
    """Return the button that undoes the last write to a file; None if the previous version is not kept."""
    if not kept:
        return None
    before = await ask.run(digest_of, path)
    return Undo(path=f"{topic_path(name)}/undo", fields=(("file", file), ("before", before)))


async def undo(ask: PageRequest) -> Response:
    """Restore the previous version."""
    form, name = await ask.form(), ask.path["topic"]
    if form.get("file") == RULE:
        _, config = await named_topic(ask)
        path = config.rule or config.path
    else:
        path = (await present_settings(ask)).path
    await ask.run(restore_kept, path, before=form.get("before", ""))
    ask.context.reload()
    is_there = any(topic.name == name for topic in (await present_settings(ask)).topics)
    return ask.done(topic_path(name) if is_there else "/topics", "Undone: everything is as it was before.")


PAGES = (post("/topics/{topic:path}/undo", undo),)

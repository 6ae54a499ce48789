"""`/topics/NAME/marks`: shows the changes that the owner's marks make to a rule file, and writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.actions.topics.apply_marks import NoMarksToApply, apply_marks, propose_marks
from monitor.actions.write_files import digest_of
from monitor.topics.topic import LearntTopic
from monitor.web.pages.topics.present_settings import named_topic
from monitor.web.pages.topics.topic_address import topic_path
from monitor.web.pages.topics.topic_editor import lines_between
from monitor.web.pages.topics.trials import change_trial_of
from monitor.web.pages.topics.undo_edit import RULE, undo_of
from monitor.web.request.page import Admission, get, post
from monitor.web.request.page_request import needed
from monitor.web.request.refused import sentence

if TYPE_CHECKING:
    from starlette.responses import Response

    from monitor.web.request.page_request import PageRequest


async def show(ask: PageRequest) -> Response:
    """Show the changes by the marks, and the matches that they would add and remove."""
    _, config = await named_topic(ask)
    before = "" if config.rule is None else await ask.run(digest_of, config.rule)
    try:
        proposal = await ask.read(lambda ledger: propose_marks(ledger, config))
    except NoMarksToApply as refused:
        return ask.done(topic_path(config.name), sentence(refused))
    edit = proposal.edit
    old, new = LearntTopic(edit.old), LearntTopic(edit.new)
    return ask.page(
        "topics/marks",
        name=config.name,
        before=before,
        marks=proposal.marks,
        changes=[str(change) for change in edit.changes],
        difference=await ask.run(lines_between, config.rule, edit.text),
        trial=await change_trial_of(ask, config.name, old, new, feeds=config.feeds),
    )


async def write(ask: PageRequest) -> Response:
    """Write the changes into the rule file."""
    _, config = await named_topic(ask)
    before = needed(await ask.form(), "before")
    saved = await ask.act(apply_marks, config, before=before, now=ask.now)
    ask.context.reload()
    assert config.rule is not None
    kept = [] if saved.kept is None else [saved.kept]
    undo = await undo_of(ask, config.name, config.rule, file=RULE, kept=kept)
    return ask.done(topic_path(config.name), "The rule has learnt from your marks.", undo=undo)


PAGES = (
    get("/topics/{topic:path}/marks", show, admits=Admission.OWNER),
    post("/topics/{topic:path}/marks", write),
)

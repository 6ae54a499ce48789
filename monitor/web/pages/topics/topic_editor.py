"""`/topics/NAME/edit`: edits a rule or a query, with a trial on the last 30 days before saving."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.actions.refused import ActionRefused
from monitor.actions.topics.save_topic import NotAQuery, check_query, remove_topic, save_as_rule, save_query
from monitor.actions.topics.write_rule import change_rule, edit_rule
from monitor.actions.write_files import FileChanged, FileNotWritten, digest_of
from monitor.topics.queries.query import parse_query
from monitor.topics.topic import LearntTopic, QueryTopic
from monitor.web.pages.topics.present_settings import named_topic, topic_now
from monitor.web.pages.topics.rule_form import fields_of, texts_of
from monitor.web.pages.topics.topic_address import topic_path
from monitor.web.pages.topics.trials import change_trial_of
from monitor.web.pages.topics.undo_edit import CONFIGURATION, RULE, undo_of
from monitor.web.request.page import get, post
from monitor.web.request.refused import PageRefused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from starlette.responses import Response

    from monitor.actions.topics.write_rule import EditedRule
    from monitor.actions.write_files import Piece
    from monitor.config.settings import Settings, TopicConfig
    from monitor.web.request.page_request import PageRequest

CONTEXT_LINES = 1  # unchanged lines shown around a difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why an edit cannot be saved: the reason, the column of a query's mistake, and the text to write by hand."""

    text: str
    column: int | None = None
    pieces: tuple[Piece, ...] = ()


async def show(ask: PageRequest) -> Response:
    """Show the form."""
    settings, config = await named_topic(ask)
    if config.rule is not None:
        return await _rule_form(ask, config, None, before=await ask.run(digest_of, config.rule))
    if config.query is not None:
        before = await ask.run(digest_of, settings.path)
        return _query_form(ask, config, config.query, before=before)
    before = await ask.run(digest_of, settings.path)
    return ask.page("topics/make_rule", name=config.name, before=before, problem=None)


async def edit(ask: PageRequest) -> Response:
    """Try an edit, or save it."""
    settings, config = await named_topic(ask)
    form = await ask.form()
    if config.rule is not None:
        return await _edit_rule(ask, config, form)
    if config.query is not None:
        return await _edit_query(ask, settings, config, form)
    return await _make_rule(ask, settings, config, form)


async def remove(ask: PageRequest) -> Response:
    """Remove a topic from the configuration."""
    settings, config = await named_topic(ask)
    before = await ask.run(digest_of, settings.path)
    removed = await ask.run(remove_topic, settings, config.name, before=before, environ=os.environ)
    ask.context.reload()
    undo = await undo_of(ask, config.name, settings.path, file=CONFIGURATION, kept=removed.kept)
    return ask.done(
        "/topics", f"{config.name} is removed; its stories and its rule file are kept.", undo=undo
    )


async def _edit_rule(ask: PageRequest, config: TopicConfig, form: Mapping[str, str]) -> Response:
    assert config.rule is not None
    before, path = form.get("before", ""), config.rule
    if await ask.run(digest_of, path) != before:
        return await _changed_meanwhile(ask, config, path)
    try:
        changed = await ask.run(_changed_rule, config, form)
        if form.get("do") == "save":
            saved = await ask.run(edit_rule, path, changed, before=before)
            ask.context.reload()
            number = len(saved.changes)
            text = f"Saved: {number} change{'' if number == 1 else 's'} of the rule."
            kept = [] if saved.kept is None else [saved.kept]
            undo = await undo_of(ask, config.name, path, file=RULE, kept=kept)
            return ask.done(topic_path(config.name), text, undo=undo)
    except (ActionRefused, PageRefused) as refused:
        return await _rule_form(ask, config, form, before=before, problem=problem_of(refused))
    old, new = LearntTopic(changed.old), LearntTopic(changed.new)
    trial = await change_trial_of(ask, config.name, old, new, feeds=config.feeds)
    return await _rule_form(ask, config, form, before=before, changed=changed, trial=trial)


def _changed_rule(config: TopicConfig, form: Mapping[str, str]) -> EditedRule:
    assert config.rule is not None
    return change_rule(config.rule, lambda rule: fields_of(form, rule).applied_to(rule))


async def _rule_form(
    ask: PageRequest,
    config: TopicConfig,
    form: Mapping[str, str] | None,
    *,
    before: str,
    problem: Problem | None = None,
    changed: EditedRule | None = None,
    trial: object = None,
) -> Response:
    topic = await topic_now(ask, config)
    assert isinstance(topic, LearntTopic)
    rule = topic.definition
    assert config.rule is not None
    return ask.page(
        "topics/edit_rule",
        status=200 if problem is None else 409,
        name=config.name,
        rule=rule,
        values=texts_of(rule) | dict(form or {}),
        before=before,
        problem=problem,
        changes=[str(change) for change in changed.changes] if changed else None,
        difference=lines_between(config.rule, changed.text) if changed else "",
        trial=trial,
        file=config.rule.name,
    )


async def _edit_query(
    ask: PageRequest, settings: Settings, config: TopicConfig, form: Mapping[str, str]
) -> Response:
    query, before = form.get("query", "").replace("\r\n", "\n").strip(), form.get("before", "")
    assert config.query is not None
    if await ask.run(digest_of, settings.path) != before:
        return await _changed_meanwhile(ask, config, settings.path)
    try:
        check_query(query, config.name)
        if form.get("do") == "save":
            saved = await ask.run(save_query, settings, config.name, query, before=before, environ=os.environ)
            ask.context.reload()
            undo = await undo_of(ask, config.name, settings.path, file=CONFIGURATION, kept=saved.kept)
            return ask.done(topic_path(config.name), "Saved: the query is changed.", undo=undo)
    except ActionRefused as refused:
        return _query_form(ask, config, query, before=before, problem=problem_of(refused))
    old, new = (QueryTopic(parse_query(text, config.name)) for text in (config.query, query))
    trial = await change_trial_of(ask, config.name, old, new, feeds=config.feeds)
    return _query_form(ask, config, query, before=before, trial=trial)


def _query_form(
    ask: PageRequest,
    config: TopicConfig,
    query: str,
    *,
    before: str,
    problem: Problem | None = None,
    trial: object = None,
) -> Response:
    assert config.query is not None
    return ask.page(
        "topics/edit_query",
        status=200 if problem is None else 409,
        name=config.name,
        query=query,
        before=before,
        problem=problem,
        pointer=pointer(query, problem.column) if problem and problem.column else None,
        trial=trial,
        difference=_difference(config.query, query) if trial else "",
    )


async def _make_rule(
    ask: PageRequest, settings: Settings, config: TopicConfig, form: Mapping[str, str]
) -> Response:
    """Create an editable rule file for a topic that learns from articles."""
    topic = await topic_now(ask, config)
    before = form.get("before", "")
    try:
        await ask.run(save_as_rule, settings, config.name, topic.text, before=before, environ=os.environ)
    except ActionRefused as refused:
        return ask.page(
            "topics/make_rule", status=409, name=config.name, before=before, problem=problem_of(refused)
        )
    ask.context.reload()
    return ask.done(f"{topic_path(config.name)}/edit", "The topic has a rule of its own now: edit it below.")


async def _changed_meanwhile(ask: PageRequest, config: TopicConfig, path: Path) -> Response:
    """Show the form with the file's current content, so that the owner can decide again."""
    problem = problem_of(FileChanged(path))
    before = await ask.run(digest_of, path)
    if config.rule is not None:
        return await _rule_form(ask, config, None, before=before, problem=problem)
    return _query_form(ask, config, config.query or "", before=before, problem=problem)


def problem_of(refused: ActionRefused | PageRefused) -> Problem:
    """Return a refusal in the form that the page shows."""
    if isinstance(refused, PageRefused):
        return Problem(text=f"{refused.cause} {refused.remedy}".strip())
    words = refused.cause
    return Problem(
        text=words if words.startswith("http") else f"{words[:1].upper()}{words[1:]}",
        column=refused.column if isinstance(refused, NotAQuery) else None,
        pieces=refused.pieces if isinstance(refused, FileNotWritten) else (),
    )


def pointer(query: str, column: int) -> str:
    """Return the line of a query with a mistake, and a mark below its column."""
    before = query[: column - 1]
    start = before.rfind("\n") + 1
    line = query[start:].split("\n", 1)[0]
    return f"{line}\n{' ' * (column - 1 - start)}^"


def lines_between(path: Path | None, text: str) -> str:
    """Return the lines that differ between a file and its new text."""
    return _difference("" if path is None else path.read_text(encoding="utf-8-sig"), text)


def _difference(old: str, new: str) -> str:
    found = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=CONTEXT_LINES)
    return "\n".join(line for line in found if not line.startswith(("---", "+++")))


PAGES = (
    get("/topics/{topic:path}/edit", show),
    post("/topics/{topic:path}/edit", edit),
    post("/topics/{topic:path}/remove", remove),
)

"""`/topics/new`: learns a rule from addresses or texts, tries it on the last 30 days, and saves it with channels."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.actions.fetch_page import each_page_at
from monitor.actions.refused import ActionRefused
from monitor.actions.topics.learn_pasted import MOST_EXAMPLES, addresses_in, learn_pasted, split_pasted
from monitor.actions.topics.save_topic import NewTopic, TopicExists, check_query, save_topic
from monitor.actions.write_files import digest_of
from monitor.topics.queries.query import parse_query
from monitor.topics.rules.parse import parse_rule
from monitor.topics.rules.rule import Breadth
from monitor.topics.topic import LearntTopic, QueryTopic
from monitor.views.topics.channel_choices import channel_choices
from monitor.views.topics.item_texts import item_texts
from monitor.views.topics.rule import read_rule_view, suggested_name, suggested_name_of_query
from monitor.web.pages.topics.present_settings import present_settings
from monitor.web.pages.topics.topic_address import topic_path
from monitor.web.pages.topics.topic_editor import Problem, pointer, problem_of
from monitor.web.pages.topics.trials import trial_of
from monitor.web.request.notes import Undo
from monitor.web.request.page import Admission, get, post
from monitor.web.request.refused import PageRefused

if TYPE_CHECKING:
    from starlette.responses import Response

    from monitor.topics.learning.learn import Learnt
    from monitor.views.topics.rule import RuleView
    from monitor.views.topics.trial import TrialView
    from monitor.web.request.page_request import PageRequest

FETCH_WITHIN = timedelta(seconds=3)  # seconds of the ten for a request; learning and the trial need the rest
BODY_BYTES = 1_000_000  # five articles, and the rule learnt from them
UNNAMED = "new topic"
TAKEN_ADDRESSES = {"new", ".", ".."}  # this page, and what browsers take for a folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """The content of the form: examples, counter-examples or a query instead, the breadth, a name and channels."""

    examples: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    query: str = ""
    breadth: str = ""
    name: str = ""
    channels: tuple[str, ...] = ()
    rule: str = ""
    of: str = ""

    @property
    def digest(self) -> str:
        """A hash that identifies the examples of a rule."""
        parts = "\0".join([*self.examples, "", *self.against, "", self.breadth, self.query])
        return hashlib.sha256(parts.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result of learning: the rule's text and its readable form (None for a query), remarks, and the trial."""

    rule_text: str
    rule: RuleView | None
    remarks: tuple[str, ...]
    suggested: str
    trial: TrialView


async def show(ask: PageRequest) -> Response:
    """Show the form, with stored items or a search filled in where the address names them."""
    idents = [value for name, value in ask.http.query_params.multi_items() if name == "item"]
    texts = await ask.read(lambda ledger: item_texts(ledger, idents[:MOST_EXAMPLES])) if idents else ()
    query = ask.query.get("query", "")
    return await _form(ask, Pasted(examples=tuple(texts), query=query))


async def create(ask: PageRequest) -> Response:
    """Learn a rule and try it, or save it."""
    pasted = await _pasted(ask)
    try:
        if (await ask.form()).get("do") == "save" and pasted.of == pasted.digest:
            return await _save(ask, pasted)
        return await _form(ask, pasted, result=await _result(ask, pasted), note=await _unsaved(ask))
    except ActionRefused as refused:
        return await _form(ask, pasted, problem=problem_of(refused))


async def _unsaved(ask: PageRequest) -> str:
    """Return why “Save” did not save the topic."""
    if (await ask.form()).get("do") == "save":
        return "The examples changed since the last trial. Look at the new result, then save."
    return ""


async def _pasted(ask: PageRequest) -> Pasted:
    form = await ask.form()

    def boxes(kind: str) -> tuple[str, ...]:
        found = [value for name, value in form.items() if name.startswith(f"{kind}-")]
        return tuple(value.replace("\r\n", "\n").strip() for value in found if value.strip())

    breadth = form.get("breadth", "")
    if breadth not in {"", *Breadth}:
        raise PageRefused(400, f"There is no breadth {breadth[:20]!r}.", f"Choose {', '.join(Breadth)}.")
    return Pasted(
        examples=boxes("example"),
        against=boxes("against"),
        query=form.get("query", "").replace("\r\n", "\n").strip(),
        breadth=breadth,
        name=form.get("name", "").strip(),
        channels=tuple(await ask.form_list("channel")),
        rule=form.get("rule", "").replace("\r\n", "\n"),
        of=form.get("of", ""),
    )


async def _result(ask: PageRequest, pasted: Pasted) -> Result:
    if pasted.query:
        check_query(pasted.query, UNNAMED)
        topic = QueryTopic(parse_query(pasted.query, UNNAMED))
        trial = await trial_of(ask, pasted.name or UNNAMED, topic)
        suggested = suggested_name_of_query(pasted.query)
        return Result(rule_text="", rule=None, remarks=(), suggested=suggested, trial=trial)
    learnt = await _learnt(ask, pasted)
    trial = await trial_of(
        ask, pasted.name or UNNAMED, LearntTopic(learnt.rule), find_others=learnt.find_others
    )
    return Result(
        rule_text=LearntTopic(learnt.rule).text,
        rule=read_rule_view(learnt.rule),
        remarks=learnt.remarks,
        suggested=suggested_name(learnt.rule),
        trial=trial,
    )


async def _learnt(ask: PageRequest, pasted: Pasted) -> Learnt:
    examples, against = split_pasted(pasted.examples), split_pasted(pasted.against)
    urls = addresses_in([*examples, *against])
    settings = ask.settings
    pages = await each_page_at(urls, settings.polling, contact=settings.contact, within=FETCH_WITHIN)
    return await ask.run(
        learn_pasted,
        pasted.name or UNNAMED,
        examples,
        against=against,
        pages=pages,
        breadth=pasted.breadth or None,
    )


async def _save(ask: PageRequest, pasted: Pasted) -> Response:
    settings = await present_settings(ask)
    topic = NewTopic(
        name=pasted.name,
        rule=None if pasted.query else pasted.rule,
        query=pasted.query or None,
        channels=pasted.channels,
    )
    before = (await ask.form()).get("before", "")
    try:
        if topic.name in TAKEN_ADDRESSES:
            raise TopicExists(f"“{topic.name}” cannot be the address of a page; fix: choose another name")
        saved = await ask.run(save_topic, settings, topic, before=before, environ=os.environ)
    except ActionRefused as refused:
        return await _form(ask, pasted, problem=problem_of(refused), result=await _again(ask, pasted))
    ask.context.reload()
    undo = Undo(path=f"{topic_path(saved.name)}/remove", label="Remove it again")
    text = (
        f"{saved.name} is saved. storywatch watches it from now on, and alerts on what appears from now on."
    )
    return ask.done(topic_path(saved.name), text, undo=undo)


async def _again(ask: PageRequest, pasted: Pasted) -> Result:
    """Return the result that the owner has seen, without fetching and learning again."""
    if pasted.query:
        return await _result(ask, pasted)
    rule = parse_rule(pasted.rule, UNNAMED)
    trial = await trial_of(ask, pasted.name or UNNAMED, LearntTopic(rule))
    return Result(
        rule_text=pasted.rule,
        rule=read_rule_view(rule),
        remarks=(),
        suggested=suggested_name(rule),
        trial=trial,
    )


async def _form(
    ask: PageRequest,
    pasted: Pasted,
    *,
    result: Result | None = None,
    problem: Problem | None = None,
    note: str = "",
) -> Response:
    settings = await present_settings(ask)
    empty = ("",) * (MOST_EXAMPLES - len(pasted.examples))
    return ask.page(
        "topics/new",
        status=200 if problem is None else 409,
        pasted=pasted,
        boxes=(*pasted.examples, *empty),
        filled=len(pasted.examples),
        result=result,
        problem=problem,
        warning=note,
        pointer=pointer(pasted.query, problem.column) if problem and problem.column else None,
        channels=channel_choices(settings),
        before=await ask.run(digest_of, settings.path),
    )


PAGES = (
    get("/topics/new", show, admits=Admission.OWNER),
    post("/topics/new", create, max_body=BODY_BYTES),
)

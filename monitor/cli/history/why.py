"""`storywatch why`: the whole path of an alert, an item or a story, silence included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from monitor.cli.shared import completers
from monitor.cli.shared.context import CommandContext, common
from monitor.cli.shared.output import as_json, iso, json_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.config.settings import Settings
    from monitor.views.why import Step
    from storage.database import Ledger
    from storage.model import Item

NEAREST = 3  # topics named that an item missed


@click.command()
@click.argument("ident", metavar="ID", shell_complete=completers.stories)
@json_option
@common
def why(shell: CommandContext, *, ident: str, form: str) -> None:
    """Tell the whole path of ID: seen when, matched how, joined which story, told, held or silent, and by which rule.

    \b
    ID: an item (i34), a story (s12), an alert (a5), or a delivery or message as `alerts list` shows it.

    Example: storywatch why s12
    """
    settings = shell.settings()
    with shell.ledger() as ledger:
        kind, title, steps = _path(ledger, settings, ident)
    if form == "json":
        whole = {"id": ident, "kind": kind, "title": title, "steps": [_row(step) for step in steps]}
        click.echo(as_json(whole, indent=2))
        return
    for line in _lines(ident, title, steps):
        click.echo(line)


def _path(ledger: Ledger, settings: Settings, ident: str) -> tuple[str, str, list[Step]]:
    """Return what kind of thing an id names, what it is called, and its path.

    Raises:
        click.UsageError: it names nothing.
    """
    from monitor.views.why import path_of_alerts, path_of_item, path_of_story

    letter, number = ident[:1], int(ident[1:]) if ident[1:].isdecimal() else None
    if letter == "i" and number is not None and (item := ledger.items.get(number)):
        steps = path_of_item(ledger, item)
        matched = any(step.what == "matched" for step in steps)
        return "item", item.title, steps if matched else [*steps, *_misses(settings, item)]
    if letter == "s" and number is not None and (stories := ledger.stories.get([number])):
        return "story", stories[0].title, path_of_story(ledger, number)
    alert_ids = (
        [one.id for one in ledger.alerts.get([number])] if letter == "a" and number is not None else []
    )
    alert_ids = alert_ids or ledger.history.alerts_named(ident)
    if not alert_ids:
        raise click.UsageError(
            f"no item, story or alert {ident!r}; `storywatch items search`, `stories list` and `alerts list` show ids"
        )
    alerts = ledger.alerts.get(alert_ids)
    titles = [story.title for story in ledger.stories.get(list({one.story_id for one in alerts}))]
    return "alert", " · ".join(titles), path_of_alerts(ledger, alert_ids)


def _misses(settings: Settings, item: Item) -> Iterator[Step]:
    """Yield how near an item that matched nothing came to the topics, nearest first, by the rules of today."""
    from alerts.render.parts.phrases import reasons
    from monitor.cli.shared.phrases import shown_score
    from monitor.matching.item_document import document_of
    from monitor.matching.load_topics import load_topic
    from monitor.topics.judging.score import OUTSIDE
    from monitor.topics.topic import matcher_of
    from monitor.views.why import Step

    topics = {topic.name: load_topic(topic) for topic in settings.topics}
    judged = matcher_of(topics).judge(document_of(item))
    scored = sorted(((judged[name], name) for name in topics), key=lambda one: (-one[0].score, one[1]))
    for judgement, name in scored[:NEAREST]:
        found = reasons(judgement.why) or "none of its terms"
        missed = f"; missed: {', '.join(judgement.missed)}" if judgement.missed else ""
        off = [why.term.removesuffix(OUTSIDE) for why in judgement.why if why.term.endswith(OUTSIDE)]
        others = f"; not in the cast: {', '.join(off)}" if off else ""
        verb = "would match now" if judgement.matched else "no match"
        words = f"{verb}: {name} with {shown_score(judgement.score)} of 0.50 needed, found {found}{missed}{others}"
        yield Step(at=None, what="silent", words=words, rule=f"topic {name}", about=f"i{item.id}")


def _row(step: Step) -> dict[str, Any]:
    return {
        "at": iso(step.at),
        "step": step.what,
        "words": step.words,
        "rule": step.rule,
        "about": step.about,
    }


def _lines(ident: str, title: str, steps: list[Step]) -> Iterator[str]:
    from alerts.render.formats.columns import wrap
    from alerts.render.formats.escape import one_line

    yield f"{ident}  {one_line(title)}"
    width = max((len(step.what) for step in steps), default=0)
    for step in steps:
        at = f"{step.at.astimezone():%Y-%m-%d %H:%M:%S}" if step.at else " " * 19
        about = f" [{step.about}]" if step.about and step.about != ident else ""
        rule = f" (by {step.rule})" if step.rule and step.what in {"decided", "held"} else ""
        indent = " " * (len(at) + width + 4)
        first, *rest = wrap(one_line(f"{step.words}{rule}{about}"), 110, indent=indent) or [indent]
        yield f"{at}  {step.what.ljust(width)}  {first.strip()}"
        yield from rest

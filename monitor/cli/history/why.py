"""`storywatch why`: explains an alert, an item or a story step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from monitor.cli.shared import completers
from monitor.cli.shared.context import CommandContext, common
from monitor.cli.shared.output import as_json, json_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.views.history.why import Explanation


@click.command()
@click.argument("ident", metavar="ID", shell_complete=completers.stories)
@json_option
@common
def why(context: CommandContext, *, ident: str, form: str) -> None:
    """Explain ID: when it was seen, how it matched, which story it joined, and why it was alerted, held or left out.

    \b
    ID: an item (i34), a story (s12), an alert (a5), or a delivery or message as `alerts list` shows it.

    Example: storywatch why s12
    """
    from monitor.views.history.why import explanation_json, read_explanation

    settings = context.settings()
    with context.ledger(settings) as ledger:
        found = read_explanation(ledger, settings, ident)
    if form == "json":
        click.echo(as_json(explanation_json(found), indent=2))
        return
    for line in _lines(found):
        click.echo(line)


def _lines(found: Explanation) -> Iterator[str]:
    from alerts.render.formats.columns import wrap
    from alerts.render.formats.escape import one_line

    yield f"{found.id}  {one_line(found.title)}"
    width = max((len(step.what) for step in found.steps), default=0)
    for step in found.steps:
        at = f"{step.at.astimezone():%Y-%m-%d %H:%M:%S}" if step.at else " " * 19
        about = f" [{step.about}]" if step.about and step.about != found.id else ""
        rule = f" (by {step.rule})" if step.rule and step.what in {"decided", "held"} else ""
        indent = " " * (len(at) + width + 4)
        first, *rest = wrap(one_line(f"{step.words}{rule}{about}"), 110, indent=indent) or [indent]
        yield f"{at}  {step.what.ljust(width)}  {first.strip()}"
        yield from rest

"""`storywatch doctor`: reports problems and their fixes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from monitor.cli.shared.context import EXIT_FAILED, CommandContext, common, moment_or_now, say
from monitor.cli.shared.output import as_json, json_option
from monitor.cli.shared.program import as_typed

if TYPE_CHECKING:
    from monitor.views.health.doctor import Finding


@click.command()
@json_option
@common
def doctor(context: CommandContext, *, form: str) -> None:
    """Report problems of feeds, deliveries, machine and configuration, and how to fix them.

    Exits with 1 if there is a problem and with 0 if there are only warnings and notes, for use by monitors.

    Example: storywatch doctor || notify-send 'storywatch needs you'
    """
    from monitor.service.open_ledger import open_to_read
    from monitor.views.health.doctor import Severity, findings_json, read_findings

    moment, settings = moment_or_now(), context.checked_settings()
    with open_to_read(settings, now=moment) as database:
        found = read_findings(database, settings, now=moment)
    if form == "json":
        click.echo(as_json(findings_json(found), indent=2))
    else:
        _print(found, color=context.color)
    if any(one.gravity is Severity.PROBLEM for one in found):
        sys.exit(EXIT_FAILED)


def _print(found: tuple[Finding, ...], *, color: bool) -> None:
    from alerts.render.formats.ansi import COLOUR, PLAIN
    from alerts.render.formats.escape import one_line
    from monitor.views.health.doctor import Severity

    style = COLOUR if color else PLAIN
    paint = {
        Severity.PROBLEM: style.paint_warning,
        Severity.WARNING: style.paint_topic,
        Severity.NOTE: style.paint_faint,
    }
    for one in found:
        click.echo(
            f"{paint[one.gravity](f'{one.gravity:<8}')} {one_line(one.about)}: {one_line(one.problem)}"
        )
        click.echo(f"         {style.paint_faint('fix:')} {as_typed(one_line(one.remedy))}")
    if not any(one.gravity is not Severity.NOTE for one in found):
        say("no problems found")

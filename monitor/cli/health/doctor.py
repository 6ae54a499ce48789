"""`storywatch doctor`: what is wrong, and how to mend it."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

import click

from monitor.cli.shared.context import EXIT_FAILED, CommandContext, common, moment_or_now, now_option, say
from monitor.cli.shared.output import as_json, json_option

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config.settings import Settings
    from monitor.views.doctor import Facts, Finding
    from storage.database import Database


@click.command()
@json_option
@now_option
@common
def doctor(shell: CommandContext, *, form: str, now: datetime | None) -> None:
    """Say what is wrong with feeds, deliveries, machine and configuration, and how to mend each.

    Exits with 1 if there is a problem, for monitors; warnings and notes alone exit with 0.

    Example: storywatch doctor || notify-send 'storywatch needs you'
    """
    from monitor.service.open_ledger import open_ledger
    from monitor.views.doctor import Severity, diagnose

    moment, settings = moment_or_now(now), shell.checked_settings()
    with open_ledger(settings, now=moment) as database:
        found = diagnose(_facts(settings, database, moment))
    if form == "json":
        rows = [
            {"gravity": str(one.gravity), "about": one.about, "problem": one.problem, "remedy": one.remedy}
            for one in found
        ]
        click.echo(as_json(rows, indent=2))
    else:
        _tell(found, color=shell.color)
    if any(one.gravity is Severity.PROBLEM for one in found):
        sys.exit(EXIT_FAILED)


def _tell(found: tuple[Finding, ...], *, color: bool) -> None:
    from alerts.render.formats.ansi import COLOUR, PLAIN
    from alerts.render.formats.escape import one_line
    from monitor.views.doctor import Severity

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
        click.echo(f"         {style.paint_faint('mend:')} {one_line(one.remedy)}")
    if not any(one.gravity is not Severity.NOTE for one in found):
        say("nothing is wrong")


def _facts(settings: Settings, database: Database, now: datetime) -> Facts:
    import shutil

    from alerts.digest import TROUBLED
    from monitor.cli.health.status import is_running
    from monitor.views.doctor import Facts

    running, path = is_running(database), database.path
    with database.read() as ledger:
        seen = ledger.feed_controls.overview(now=now)
        troubled = tuple(feed for feed in ledger.feeds.subscribed() if feed.state in TROUBLED)
        stuck = tuple(ledger.feed_controls.stuck())
    return Facts(
        now=now,
        running=running,
        overview=seen,
        troubled=troubled,
        stuck=stuck,
        warnings=tuple(map(str, settings.warnings)),
        topics=tuple(topic.name for topic in settings.topics),
        alerted=tuple(name for route in settings.routes for name in route.topics),
        free_bytes=None if path is None else shutil.disk_usage(path.parent).free,
        ledger_bytes=None if path is None else path.stat().st_size,
        readable_by_others=path is not None and bool(stat.S_IMODE(path.stat().st_mode) & 0o077),
    )

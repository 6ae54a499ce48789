"""`storywatch db`: upgrade, check, back up, restore, prune and move the database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.shared.context import EXIT_FAILED, CommandContext, common, moment_or_now, now_option, say
from monitor.cli.shared.group import Group
from monitor.cli.shared.output import format_option, show

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime

    from storage.backup.restore import Restored
    from storage.database import Database


@click.group(cls=Group)
def db() -> None:
    """Upgrade, check, back up, restore, prune and move the database."""


@db.command()
@common
def upgrade(context: CommandContext) -> None:
    """Upgrade the database to the schema of this storywatch; every other command does so too.

    A SQLite file is copied first, to FILE.schema-NNNN beside it.

    Example: storywatch db upgrade
    """
    with context.progress("upgrading"), _opened(context) as database:
        say(f"the database is at schema {database.revision}, the newest this storywatch knows")


@db.command()
@format_option
@common
def check(context: CommandContext, *, form: str) -> None:
    """Look for damage, and for rows that would never be alerted or sent. Exits with 1 if it finds any.

    Example: storywatch db check --format json
    """
    from storage.database import Database

    with context.progress("looking for damage"):
        faults = Database.faults(context.settings().database)
    if faults or form != "text":
        show([{"fault": fault} for fault in faults], form, columns={"FAULT": lambda row: row["fault"]})
    if faults:
        sys.exit(EXIT_FAILED)
    say("no damage found")


@db.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@common
def backup(context: CommandContext, *, file: Path) -> None:
    """Copy the database to FILE. A daemon may be running.

    An existing FILE is replaced, in one step, only if it is a backup.

    Example: storywatch db backup yesterday.db
    """
    from monitor.cli.shared.phrases import size

    with context.progress(f"backing up to {file}"), _opened(context) as database:
        database.copy_to(file)
    say(f"backed up to {file} ({size(file.stat().st_size)})")


@db.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@now_option
@common
def restore(context: CommandContext, *, file: Path, yes: bool, now: datetime | None) -> None:
    """Replace the database by FILE; the present one is kept beside it.

    Messages unsent in FILE may have been sent since the backup: they are held for `alerts replay` or `alerts discard`.
    Exits with 75 while a daemon runs.

    Example: storywatch db restore yesterday.db
    """
    from storage.backup import restore as restoring

    settings = context.settings()
    if not yes:
        click.confirm(f"Replace the database by {file}?", abort=True, err=True)
    with context.progress(f"restoring from {file}"):
        restored = restoring.restore(settings.database, file, now=moment_or_now(now))
    for line in _restored_lines(restored, file):
        say(line)


def _restored_lines(restored: Restored, file: Path) -> Iterator[str]:
    from monitor.cli.shared.output import iso, minute
    from monitor.cli.shared.phrases import count

    polled = iso(restored.last_poll)
    yield f"restored from {file}: {count(restored.items, 'item')}, last poll {minute(polled) if polled else 'never'}"
    if restored.held:
        yield (
            f"{count(restored.held, 'unsent message')} held: `storywatch alerts list` shows them, "
            "`alerts replay` sends one, `alerts discard` discards one"
        )
    if restored.former is not None:
        yield f"the former database is {restored.former}"


@db.command()
@now_option
@common
def prune(context: CommandContext, *, now: datetime | None) -> None:
    """Delete items and stories older than `keep` in the configuration; the daemon does so once a day.

    Open stories and unsent messages are kept whatever their age.

    Example: storywatch db prune
    """
    from monitor.actions import prune as pruning
    from monitor.cli.shared.phrases import count

    keep = context.settings().storage.keep
    with context.progress("pruning"), _opened(context) as database:
        pruned = pruning.prune(database, keep=keep, now=moment_or_now(now))
        shrinks = pruning.make_shrinkable(database)
    say(
        f"pruned {count(pruned.items, 'item')}, {count(pruned.stories, 'story', 'stories')}, "
        f"{count(pruned.messages, 'message')}"
    )
    if not shrinks:
        say(
            "the file keeps its size until it is rewritten once; "
            "run `storywatch db prune` while no storywatch runs"
        )


@db.command()
@click.option("--to", "target", metavar="URL", required=True, help="An empty PostgreSQL database.")
@common
def move(context: CommandContext, *, target: str) -> None:
    """Copy a SQLite database to PostgreSQL and compare every row.

    It is one transaction: a failure leaves nothing behind, and the command can be repeated. The file is not changed. Keep the
    password out of the URL: PostgreSQL's clients take it from ~/.pgpass or PGPASSWORD. Exits with 75 while a daemon
    runs.

    Example: storywatch db move --to postgresql+psycopg://storywatch@localhost/storywatch
    """
    from contextlib import closing

    from monitor.cli.shared.phrases import count
    from storage.backup.to_postgresql import move as copy
    from storage.database import Database

    source = context.settings().database
    with (
        closing(Database.open(source)) as former,
        closing(Database.open(target)) as new,
        former.hold(),
        new.hold(),
        context.progress("copying and comparing"),
    ):
        copied = copy(source, target)
    for name, rows in copied.items():
        if rows:
            click.echo(f"{rows:>12,}  {name}")
    say(f"copied and compared: {count(sum(copied.values()), 'row')}")
    say("now set `database` in the configuration to the new URL; the file is not changed")


def _opened(context: CommandContext) -> AbstractContextManager[Database]:
    from contextlib import closing

    from storage.database import Database

    return closing(Database.open(context.settings().database))

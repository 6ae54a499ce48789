"""Schema revisions: reads the revision of a database and runs the Alembic migrations to the newest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from storage.engine.engines import take_turns
from storage.engine.errors import DatabaseRefused

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

HEAD = "0029"  # the newest revision under storage/migrations/versions
SCRIPTS = Path(__file__).parent.parent / "migrations"
UPGRADE = "upgrade"  # the turn


def current_revision(connection: Connection) -> str | None:
    """Return the revision of the database; None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def found(engine: Engine) -> str | None:
    """Return the revision of an existing database; None for an empty database.

    Raises:
        DatabaseRefused: it holds tables of another program.
    """
    with engine.connect() as connection:
        revision = current_revision(connection)
        if revision is None and inspect(connection).get_table_names():
            raise DatabaseRefused("is not a storywatch database; set `database` to a file of its own")
    return revision


def refuse_newer(revision: str | None) -> None:
    """Refuse a database with a revision that this storywatch does not know.

    Raises:
        DatabaseRefused: it is from a newer storywatch.
    """
    known = {path.name.partition("_")[0] for path in (SCRIPTS / "versions").glob("*.py")}
    if revision is not None and revision not in known:
        raise DatabaseRefused(
            f"was written by a newer storywatch (schema {revision}, this one knows {HEAD}); upgrade storywatch",
        )


def upgrade(engine: Engine, *, to: str = HEAD) -> None:
    """Migrate a database to a revision, in one transaction.

    Raises:
        DatabaseRefused: a migration refuses it, or it lacks tables that no migration creates; nothing was changed.
    """
    from alembic import command  # noqa: PLC0415  # importing it takes 0.2 s, needed only for a migration
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    with engine.execution_options(storywatch_begin="BEGIN IMMEDIATE").begin() as connection:
        if connection.dialect.name == "postgresql":
            take_turns(
                connection, [UPGRADE]
            )  # several workers may start at once, and one may be stopped midway
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, to)
        except CommandError as error:
            raise DatabaseRefused(f"cannot be upgraded: {error}") from error
        if to == HEAD:
            _refuse_incomplete(connection)


def _refuse_incomplete(connection: Connection) -> None:
    """Refuse a database that lacks a table or a column after its upgrade, before the upgrade is committed.

    The first revision changed once before the first release; databases from before that carry the same revision number.
    """
    from storage.schema import metadata  # noqa: PLC0415  # needed only for an upgrade

    there = inspect(connection)
    tables = set(there.get_table_names())
    for table in metadata.sorted_tables:
        missing = {column.name for column in table.columns}
        if table.name in tables:
            missing -= {column["name"] for column in there.get_columns(table.name)}
        if missing:
            raise DatabaseRefused(
                f"cannot be upgraded: its table {table.name!r} lacks {', '.join(sorted(missing))}, as in databases "
                "from before the first release; nothing was changed. Move the file away to start with a new one"
            )

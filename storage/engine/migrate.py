"""Schema revisions: which one a database has, and Alembic migrations to the newest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from storage.engine.engines import take_turns
from storage.engine.errors import DatabaseRefused

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

HEAD = "0015"  # the newest revision under storage/migrations/versions
SCRIPTS = Path(__file__).parent.parent / "migrations"
UPGRADE = "upgrade"  # the turn


def current_revision(connection: Connection) -> str | None:
    """Return the revision the database stands at; None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def found(engine: Engine) -> str | None:
    """Return the revision of the database that is there; None for an empty database.

    Raises:
        DatabaseRefused: it holds tables of something else.
    """
    with engine.connect() as connection:
        revision = current_revision(connection)
        if revision is None and inspect(connection).get_table_names():
            raise DatabaseRefused("is not a storywatch database; set `database` to a file of its own")
    return revision


def refuse_newer(revision: str | None) -> None:
    """Refuse a database whose revision is none of ours.

    Raises:
        DatabaseRefused: it is from a newer storywatch.
    """
    known = {path.name.partition("_")[0] for path in (SCRIPTS / "versions").glob("*.py")}
    if revision is not None and revision not in known:
        raise DatabaseRefused(
            f"was written by a newer storywatch (schema {revision}, this one knows {HEAD}); upgrade storywatch",
        )


def upgrade(engine: Engine, *, to: str = HEAD) -> None:
    """Bring a database to a revision, in one transaction.

    Raises:
        DatabaseRefused: a revision refuses it, or it lacks tables that no revision creates; nothing was changed.
    """
    from alembic import command  # noqa: PLC0415  # 0.2 s that only a missing revision should cost
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    with engine.execution_options(storywatch_begin="BEGIN IMMEDIATE").begin() as connection:
        if connection.dialect.name == "postgresql":
            take_turns(connection, [UPGRADE])  # several workers may be the first at once, and one be halted
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, to)
        except CommandError as error:
            raise DatabaseRefused(f"cannot be upgraded: {error}") from error
        if to == HEAD:
            _refuse_incomplete(connection)


def _refuse_incomplete(connection: Connection) -> None:
    """Refuse a database that lacks a table or a column after its upgrade, before the upgrade is committed.

    The first revision was changed once before the first release: what was created before that is stamped like the rest.
    """
    from storage.schema import metadata  # noqa: PLC0415  # tables that only an upgrade compares

    there = inspect(connection)
    tables = set(there.get_table_names())
    for table in metadata.sorted_tables:
        missing = {column.name for column in table.columns}
        if table.name in tables:
            missing -= {column["name"] for column in there.get_columns(table.name)}
        if missing:
            raise DatabaseRefused(
                f"cannot be upgraded: its table {table.name!r} lacks {', '.join(sorted(missing))}, as in databases "
                "from before the first release; nothing was changed. Move it away to begin a new one"
            )

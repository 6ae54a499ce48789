"""A database is created, recognised, upgraded or refused, and never silently replaced."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, make_url, text

from monitor.polling.parsing.identity import title_key
from monitor.text.identity_words import identity_words
from storage.database import Database
from storage.engine.engines import engine_of
from storage.engine.errors import AlreadyRunning, DatabaseRefused
from storage.engine.migrate import HEAD, SCRIPTS, upgrade
from storage.schema.partial import metadata


def test_the_migrations_lead_to_the_schema(ledger_url: str) -> None:
    """The migrations build the schema that the code defines."""
    Database.open(ledger_url).close()
    engine = create_engine(ledger_url)

    def is_table_of_ours(name: str | None, kind: str, parents: object) -> bool:
        del kind, parents
        return not (name or "").startswith(
            "item_words"
        )  # an index that no table describes: storage.stores.search

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_table_of_ours})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_an_open_database_is_at_the_newest_revision(database: Database) -> None:
    """A new database is created at the newest revision."""
    assert database.revision == HEAD


def test_a_database_file_is_private(sqlite_database: Database) -> None:
    """Only its owner can read the file and its journals (R22)."""
    assert sqlite_database.path is not None
    for path in sqlite_database.path.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_sqlite_syncs_its_write_ahead_log_at_each_commit(tmp_path: Path) -> None:
    """A commit survives a power failure (S6)."""
    engine = engine_of(make_url(f"sqlite:///{tmp_path / 'storywatch.db'}"))
    with engine.connect() as connection:
        settings = ("journal_mode", "synchronous")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in settings]
    engine.dispose()
    assert found == ["wal", 2]  # FULL


def test_a_newer_database_is_refused(ledger_url: str) -> None:
    """A database of a newer storywatch is left unchanged and named (S4)."""
    Database.open(ledger_url).close()
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(DatabaseRefused, match=r"newer storywatch \(schema 9999"):
        Database.open(ledger_url)


def test_a_corrupt_database_is_refused(tmp_path: Path) -> None:
    """A file that is no database is refused by name, and kept (S4)."""
    path = tmp_path / "ledger.db"
    path.write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(DatabaseRefused, match=rf"{path} cannot be used: file is not a database"):
        Database.open(f"sqlite:///{path}")
    assert path.read_bytes().startswith(b"this is not")


def test_a_database_from_before_the_first_release_is_refused_before_it_is_changed(tmp_path: Path) -> None:
    """Its first revision lacks the table `readings`, which no later one creates."""
    path = tmp_path / "ledger.db"
    engine = create_engine(f"sqlite:///{path}")
    upgrade(engine, to="0001")
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE readings"))
    engine.dispose()
    with pytest.raises(DatabaseRefused, match=r"'readings' lacks .* nothing was changed"):
        Database.open(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]


def test_a_database_with_foreign_tables_is_refused(tmp_path: Path) -> None:
    """A database with other tables is not written to."""
    url = f"sqlite:///{tmp_path / 'other.db'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE recipes (id INTEGER)"))
    engine.dispose()
    with pytest.raises(DatabaseRefused, match="not a storywatch database"):
        Database.open(url)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("not a url", "is not a URL"),
        ("mysql://user:secret@host/db", "'mysql' is not supported"),
        ("sqlite://", "names no file"),
        ("sqlite:////nonexistent/folder/x.db", "cannot be opened for writing"),
    ],
)
def test_an_unusable_database_url_is_refused(url: str, words: str) -> None:
    """A wrong URL is one clear sentence that shows no password."""
    with pytest.raises(DatabaseRefused, match=words) as refusal:
        Database.open(url)
    assert "secret" not in str(refusal.value)


def test_a_database_has_one_holder(ledger_url: str) -> None:
    """A second daemon is refused while the first runs, and admitted afterwards (S5)."""
    first, second = Database.open(ledger_url), Database.open(ledger_url)
    with first.hold(), pytest.raises(AlreadyRunning), second.hold():
        pass
    with second.hold():
        pass
    first.close()
    second.close()


DIGESTED = (
    (
        "INSERT INTO feeds (id, url, title, current_url, host, state, interval_seconds, next_poll) "
        "VALUES (1, 'u', 'T', 'u', 'h', 'ok', 3600, '2026-03-01 00:00:00.000000')"
    ),
    (
        "INSERT INTO rule_versions (id, topic, hash, rule, made_at) "
        "VALUES (1, 'police', 'h', 'r', '2026-03-01 00:00:00.000000')"
    ),
    (
        "INSERT INTO stories (id, topic, title, first_seen, last_seen, sources, size) "
        "VALUES (1, 'police', 'T', '2026-03-01 00:00:00.000000', '2026-03-01 00:00:00.000000', 1, 3)"
    ),
    (
        "INSERT INTO digests (route, next_at, told_until) "
        "VALUES ('daily', '2026-03-03 07:00:00.000000', '2026-03-02 07:00:00.000000')"
    ),
)
A_MATCH = (
    (
        "INSERT INTO items (id, feed_id, content_hash, title, summary, content, first_seen) "
        "VALUES ({number}, 1, 'h', 'T', '', '', '2026-03-02 05:00:00.000000')"
    ),
    (
        "INSERT INTO matches (id, item_id, topic, rule_version_id, score, why, matched_at, story_id, position) "
        "VALUES ({number}, {number}, 'police', 1, 1, '[]', '2026-03-02 0{hour}:00:00.000000', 1, {number})"
    ),
)


def test_a_digest_continues_after_the_upgrade_to_places(ledger_url: str) -> None:
    """Stories of the last digest before the upgrade are not repeated, and later ones are included."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0012")
        for statement in DIGESTED:
            connection.execute(text(statement))
        for number, hour in ((1, 5), (2, 6), (3, 8)):
            for statement in A_MATCH:
                connection.execute(text(statement.format(number=number, hour=hour)))
    engine.dispose()
    database = Database.open(ledger_url)
    with database.read() as ledger:
        assert ledger.digests.reached("daily") == {"police": 2}
        assert ledger.digests.last_places() == {"police": 3}
    database.close()


AN_ITEM = (
    (
        "INSERT INTO items (id, feed_id, content_hash, title, title_key, summary, content, first_seen) "
        "VALUES (:id, 1, 'h', :title, :key, '', '', :seen)"
    ),
    "INSERT INTO identities (feed_id, key, item_id, first_seen) VALUES (1, :title, :id, :seen)",
)


def test_a_title_that_returns_is_recognised_after_the_upgrade_to_hashes(ledger_url: str) -> None:
    """Titles of the last two weeks are hashed as new ones are; older ones, which no longer count, stay."""
    titles = ("Harbour pilots end their strike", "Ferries stay in port all week")
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0025")
        connection.execute(text(DIGESTED[0]))
        for number, (title, day) in enumerate(zip(titles, (20, 1), strict=True), start=1):
            values = {
                "id": number,
                "title": title,
                "key": " ".join(identity_words(title)),
                "seen": f"2026-03-{day:02} 05:00:00.000000",
            }
            for statement in AN_ITEM:
                connection.execute(text(statement), values)
    engine.dispose()
    database = Database.open(ledger_url)
    keys = [title_key(title) or "" for title in titles]
    with database.read() as ledger:
        found = ledger.items.known(1, keys=[], title_keys=keys, since=datetime(2026, 2, 1, tzinfo=UTC))
    assert [(one.item_id, one.title_key) for one in found] == [(1, keys[0])]
    database.close()

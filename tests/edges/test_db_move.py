"""A database is copied from SQLite to PostgreSQL completely or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from shell import Site, configure, rss, serving, spoken
from sqlalchemy import create_engine, func, select, text

from storage import schema
from storage.database import Database

EVENT = "Police halt trial of harbour cameras"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site after two rounds, the second of which alerted an event."""
    with serving(feed=rss("Police buy a hundred new bicycles"), other=rss("Weather")) as site:
        configure(tmp_path, f"{site.url}/feed", f"{site.url}/other")
        assert spoken("once", folder=tmp_path).code == 0
        site.pages["/feed"] = (200, rss(EVENT, "Police buy a hundred new bicycles"))
        assert spoken("feeds", "poll", f"{site.url}/feed", folder=tmp_path).code == 0
        assert EVENT in spoken("once", folder=tmp_path).out
        yield site


def rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in schema.metadata.sorted_tables
        }
    engine.dispose()
    return found


@pytest.mark.usefixtures("site")
def test_every_row_arrives_and_work_goes_on(tmp_path: Path, postgresql_url: str, site: Site) -> None:
    """Rows, search and stories are equal, and the next round on the server continues the ids and repeats nothing."""
    file = f"sqlite:///{tmp_path / 'storywatch.db'}"
    before = rows(file)
    moved = spoken("db", "move", "--to", postgresql_url, folder=tmp_path)
    assert moved.code == 0, moved.err
    assert "copied and compared" in moved.err
    assert rows(postgresql_url) == rows(file) == before
    assert before["items"]
    on_server = ("--database", postgresql_url)
    for command in (
        ("stories", "list"),
        ("items", "search", "harbour"),
        ("alerts", "list"),
        ("feeds", "list"),
    ):
        there = spoken(*command, "--format", "json", *on_server, folder=tmp_path)
        assert there.out == spoken(*command, "--format", "json", folder=tmp_path).out
        assert there.code == 0
    site.pages["/feed"] = (200, rss("Police close the old bridge", EVENT))
    spoken("feeds", "poll", f"{site.url}/feed", *on_server, folder=tmp_path)
    told = spoken("once", *on_server, folder=tmp_path).out
    assert "old bridge" in told
    assert EVENT not in told


@pytest.mark.usefixtures("site")
def test_a_move_can_be_repeated_safely(tmp_path: Path, postgresql_url: str) -> None:
    """A repeated move only compares, an interrupted one leaves nothing, and a foreign database is refused."""
    engine = create_engine(postgresql_url)
    Database.open(postgresql_url).close()
    breaks = "ALTER TABLE deliveries ADD CONSTRAINT breaks CHECK (false)"
    with engine.begin() as connection:
        connection.execute(text(breaks))
    assert spoken("db", "move", "--to", postgresql_url, folder=tmp_path).code == 2
    with engine.begin() as connection:
        assert connection.execute(select(func.count()).select_from(schema.items)).scalar_one() == 0
        connection.execute(text("ALTER TABLE deliveries DROP CONSTRAINT breaks"))
    assert spoken("db", "move", "--to", postgresql_url, folder=tmp_path).code == 0
    assert spoken("db", "move", "--to", postgresql_url, folder=tmp_path).code == 0
    with engine.begin() as connection:
        connection.execute(text("UPDATE items SET title = 'other'"))
    refused = spoken("db", "move", "--to", postgresql_url, folder=tmp_path)
    assert (refused.code, "a row differs from the file" in refused.err) == (2, True)
    engine.dispose()


def test_only_a_file_moves_and_only_to_a_server(tmp_path: Path) -> None:
    """For other directions the error names the tools."""
    (tmp_path / "storywatch.toml").write_text("", encoding="utf-8")
    refused = spoken("db", "move", "--to", f"sqlite:///{tmp_path / 'other.db'}", folder=tmp_path)
    assert refused.code == 2
    assert "db backup" in refused.err

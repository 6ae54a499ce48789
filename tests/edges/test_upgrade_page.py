"""The commands of docs/upgrades.md work as pasted: a newer version is installed, backed out of, and moved to another folder."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from signal import SIGKILL

import pytest
from shell import Site, configure, rss, serving
from sqlalchemy import create_engine, text
from walking import ROOT, blocks, follow, put_program, put_script

from storage.engine.migrate import HEAD

NEXT = "9999"
MIGRATION = f'''"""A later version: remembers a colour."""

import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{HEAD}"


def upgrade() -> None:
    op.add_column("feeds", sa.Column("colour", sa.Text))
'''
# Stands in for systemd: stops the daemon and waits for its end; starts it and waits for its first round.
SYSTEMCTL = """#!/bin/bash
case $1 in
stop) kill -TERM $(cat daemon.pid); while kill -0 $(cat daemon.pid) 2>/dev/null; do sleep 0.1; done ;;
start) : > run.err; current/bin/storywatch run > run.out 2> run.err & echo $! > daemon.pid
  until grep -q "next poll" run.err; do kill -0 $(cat daemon.pid) || { cat run.err; exit 1; }; sleep 0.1; done ;;
esac
"""
OLD, NEW = "Police close the harbour", "A police dog learns to swim"
HASTE = ('interval = "1h"', 'interval = "1s"\nmax_interval = "1s"')


@pytest.fixture
def site() -> Iterator[Site]:
    """A site with one feed."""
    with serving(feed=rss(OLD)) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, site: Site) -> Iterator[Path]:
    """A folder in which version 1.0 runs, with 1.1 installed beside it."""
    watched = tmp_path / "old" / "watch"
    watched.mkdir(parents=True)
    config = configure(watched, f"{site.url}/feed")
    config.write_text(config.read_text(encoding="utf-8").replace(*HASTE), encoding="utf-8")
    put_program(watched / "storywatch-1.0")
    put_program(watched / "storywatch-1.1", code=later_version(tmp_path / "code"))
    tools = tmp_path / "tools"
    tools.mkdir()
    put_script(tools / "systemctl", SYSTEMCTL)
    put_script(tools / "sudo", '#!/bin/bash\nexec "$@"\n')
    follow("ln -sfn storywatch-1.0 current; systemctl start storywatch", watched, programs=tools)
    yield watched
    for left in tmp_path.rglob("daemon.pid"):
        with suppress(ProcessLookupError):
            os.kill(int(left.read_text()), SIGKILL)


def later_version(code: Path) -> Path:
    """Copy the program, and add a migration to the copy."""
    for package in ("alerts", "monitor", "storage", "seeds"):
        shutil.copytree(ROOT / package, code / package, ignore=shutil.ignore_patterns("__pycache__"))
    (code / "storage" / "migrations" / "versions" / f"{NEXT}_colour.py").write_text(
        MIGRATION, encoding="utf-8"
    )
    module = code / "storage" / "engine" / "migrate.py"
    source = module.read_text(encoding="utf-8")
    module.write_text(
        re.sub(r'^HEAD = "\d+"', f'HEAD = "{NEXT}"', source, flags=re.MULTILINE), encoding="utf-8"
    )
    return code


def pasted(folder: Path, section: str, number: int = 0) -> str:
    """Run a block of the page in a folder."""
    return follow(blocks("docs/upgrades.md", section)[number], folder, programs=folder.parents[1] / "tools")


def schema(folder: Path) -> str:
    """Return the schema of the database."""
    engine = create_engine(f"sqlite:///{folder / 'storywatch.db'}")
    with closing(engine.connect()) as connection:
        found = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
    engine.dispose()
    return found


def news(folder: Path, site: Site) -> list[str]:
    """Publish an item, wait until it is alerted, and return the states of all its deliveries."""
    site.pages["/feed"] = (200, rss(NEW, OLD))
    listing = "current/bin/storywatch alerts list --format jsonl"
    told = follow(f"until {listing} | grep '{NEW}' | grep -v pending; do sleep 0.2; done", folder)
    return [json.loads(line)["state"] for line in told.splitlines()]


@pytest.mark.slow
def test_an_upgrade_is_backed_out_of(folder: Path, site: Site) -> None:
    """The page's commands lead to the new schema, and back to the old program with the database before it."""
    assert schema(folder) == HEAD
    pasted(folder, "Upgrade")
    assert schema(folder) == NEXT
    assert (folder / f"storywatch.db.schema-{HEAD}").exists()
    assert news(folder, site) == ["sent"]
    assert pasted(folder, "Back out")
    assert schema(folder) == HEAD
    assert news(folder, site) == ["sent"]


@pytest.mark.slow
def test_a_move_tells_nothing_twice(folder: Path, site: Site) -> None:
    """The other machine continues where the old one ended."""
    assert news(folder, site) == ["sent"]
    pasted(folder, "Move to another machine")
    other = folder.parents[1] / "new"
    other.mkdir()
    (folder.parent / "watch.tar.gz").rename(other / "watch.tar.gz")
    script = blocks("docs/upgrades.md", "Move to another machine")[1]
    first, _, rest = script.partition("\n")
    put_program(folder.parent / "storywatch-1.1")
    tools = folder.parents[1] / "tools"
    follow(f"{first}\ncp -r {folder.parent / 'storywatch-1.1'} .\n{rest}", other, programs=tools)
    moved = other / "watch"
    assert news(moved, site) == ["sent"]
    assert schema(moved) == HEAD

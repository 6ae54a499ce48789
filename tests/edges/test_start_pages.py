"""First steps for three kinds of users, and other pages with commands, each followed literally in a fresh folder."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from signal import SIGTERM

import httpx
import psycopg
import pytest
from postgresql import Server, server_of
from shell import NETWORK, Site, configure, line_of, rss, serving, started
from walking import ROOT, blocks, follow, put_program, put_script

from storage.database import Database

pytestmark = pytest.mark.slow
OPML = '<opml version="2.0"><body><outline text="Quay" xmlUrl="{url}/quay"/></body></opml>'
# Stands in for sudo: another user of the machine is another role of the database.
SUDO = """#!/bin/bash
if [ "$1" = -u ]; then export PGUSER=$2; shift 2; fi
exec "$@"
"""
# Stands in for systemd: starts what the unit says, and waits for the first round.
SYSTEMCTL = """#!/bin/bash
case $1 in
enable) : > run.err
  command=$(sed -n 's#^ExecStart=/opt#{root}/opt#; T; s# /etc# {root}/etc#; p' {root}/etc/systemd/system/storywatch.service)
  setsid $command > run.out 2> run.err & echo $! > daemon.pid
  until grep -q "next poll" run.err; do kill -0 $(cat daemon.pid) || {{ cat run.err; exit 1; }}; sleep 0.1; done ;;
status) kill -0 $(cat daemon.pid) ;;
esac
"""


@pytest.fixture
def site() -> Iterator[Site]:
    """A site with one feed."""
    with serving(quay=rss("Dockers strike at the port")) as running:
        yield running


def on_loopback(folder: Path, site: Site) -> None:
    """Let a new configuration watch the site instead of the starter feeds."""
    (folder / "feeds.opml").write_text(OPML.format(url=site.url), encoding="utf-8")
    config = folder / "storywatch.toml"
    config.write_text(config.read_text(encoding="utf-8") + NETWORK, encoding="utf-8")


def test_a_journalist_needs_no_terminal_after_the_start(tmp_path: Path, site: Site) -> None:
    """The printed link signs the browser in, and the pages that the page names are there."""
    programs = put_program(tmp_path / "program")
    begin, run = blocks("docs/start/journalist.md")[0].splitlines()
    assert run == "storywatch run"
    follow(begin, tmp_path, programs=programs)
    folder = tmp_path / "watch"
    on_loopback(folder, site)
    config = folder / "storywatch.toml"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config.write_text(config.read_text(encoding="utf-8").replace("8765", str(port)), encoding="utf-8")
    daemon = started("run", folder=folder)
    try:
        [link] = re.findall(r"http://127.0.0.1:\S+", line_of(daemon, f"127.0.0.1:{port}/sign-in"))
        with httpx.Client(follow_redirects=True, timeout=60) as browser:
            page = browser.get(link).text
            [action] = re.findall(r'<form[^>]*action="([^"]+)"', page)
            fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
            home = f"http://127.0.0.1:{port}"
            browser.post(home + action, data=fields, headers={"Origin": home}).raise_for_status()
            for name, path in {"Feeds": "/feeds", "Topics": "/topics", "New topic": "/topics/new"}.items():
                assert name in browser.get(home + path).raise_for_status().text
    finally:
        daemon.send_signal(SIGTERM)
        daemon.communicate()


def test_a_researcher_scores_an_archive(tmp_path: Path) -> None:
    """Two of the four items are on the topic, and the stricter rule names what it loses."""
    script = "".join(blocks("docs/start/researcher.md"))
    printed = follow(script, tmp_path, programs=put_program(tmp_path / "program"))
    assert "2 of 4 items match" in printed
    lines = (tmp_path / "study" / "scored.jsonl").read_text(encoding="utf-8").splitlines()
    assert [one["id"] for one in map(json.loads, lines) if one["matched"]] == ["a1", "a2"]
    assert re.search(r"strict\.toml against dock-strikes: 0 more, [12] fewer", printed)


@pytest.fixture
def server(server_folder: Path) -> Iterator[Server]:
    """A server as a distribution sets it up: its only role is `postgres`."""
    with server_of(server_folder) as running:
        url = running.url.format(name="postgres").replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(url, autocommit=True) as first:
            first.execute("CREATE ROLE installer SUPERUSER LOGIN")
        with psycopg.connect(url.replace("storywatch@", "installer@"), autocommit=True) as other:
            other.execute("ALTER ROLE storywatch RENAME TO postgres")
        yield running
        with psycopg.connect(url.replace("storywatch@", "installer@"), autocommit=True) as other:
            other.execute("DROP DATABASE IF EXISTS storywatch WITH (FORCE)")


def test_a_sysadmin_runs_it_as_a_service_on_postgresql(
    tmp_path: Path, site: Site, server: Server, server_folder: Path
) -> None:
    """The unit starts it on the new database, and status, doctor and pg_dump work."""
    tools = tmp_path / "tools"
    tools.mkdir()
    put_script(tools / "sudo", SUDO)
    for name in ("apt-get", "systemd-sysusers"):
        put_script(tools / name, "#!/bin/bash\n")
    put_script(tools / "systemctl", SYSTEMCTL.format(root=tmp_path))
    for name in ("createuser", "createdb", "pg_dump"):
        (tools / name).symlink_to(server_folder / name)
    for folder in ("etc/systemd/system", "usr/lib/sysusers.d", "var/backups"):
        (tmp_path / folder).mkdir(parents=True)
    put_program(tmp_path / "opt" / "storywatch")
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    database, program, *rest = (
        re.sub(r"(?<=[ '])/(opt|etc|usr|var)/", rf"{tmp_path}/\1/", block)
        for block in blocks("docs/start/sysadmin.md")
    )
    given = {"PGHOST": str(server.folder), "PGUSER": "storywatch", "programs": tools}
    init, *configuring = program.splitlines()
    try:
        follow(database + init, tmp_path, **given)
        on_loopback(tmp_path / "etc" / "storywatch", site)
        follow("\n".join((*configuring, *rest)), tmp_path, **given)
        assert (tmp_path / "var" / "backups" / "storywatch.dump").stat().st_size > 0
        assert site.accepted
    finally:
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((tmp_path / "daemon.pid").read_text()), SIGTERM)


def test_a_database_moves_to_a_server(tmp_path: Path, site: Site, postgresql_url: str) -> None:
    """The commands of docs/scaling.md copy it, with the address of this server."""
    configure(tmp_path, f"{site.url}/quay")
    script = blocks("docs/scaling.md")[0]
    address = "postgresql+psycopg://storywatch@db.example/storywatch"
    assert address in script
    follow(
        f"storywatch once\n{script.replace(address, postgresql_url)}",
        tmp_path,
        programs=put_program(tmp_path / "program"),
    )
    assert (tmp_path / "before.db").exists()
    assert Database.is_there(postgresql_url)


def test_the_schemas_are_printed_without_a_configuration(tmp_path: Path) -> None:
    """The commands of docs/promises.md write a schema that an editor can read."""
    follow("".join(blocks("docs/promises.md")), tmp_path, programs=put_program(tmp_path / "program"))
    assert (
        json.loads((tmp_path / "storywatch.schema.json").read_text(encoding="utf-8"))["title"]
        == "storywatch.toml"
    )

"""`storywatch db` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shell import Site, configure, rss, serving, spoken, storywatch

EVENT = "Police halt trial of harbour cameras"
NEWS = "Police close the old bridge today"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration whose feed was polled once, with a webhook that answers 503."""
    with serving(feed=rss("Nothing of note"), hook=(503, b"")) as site:
        _configure(tmp_path, site)
        spoken("once", folder=tmp_path)
        site.pages["/feed"] = (200, rss(EVENT, "Nothing of note"))
        spoken("once", "--now", "2030-01-01T00:00:00Z", folder=tmp_path)
    return tmp_path


def _configure(folder: Path, site: Site) -> None:
    route = '[[routes]]\ntopics = ["*"]\ngroup_wait = "0s"\n'
    hook = f'[[channels]]\nname = "hook"\ntype = "webhook"\nurl = "{site.url}/hook"\n'
    configure(folder, f"{site.url}/feed", more=hook + route)


def test_a_restored_backup_holds_unsent_deliveries(folder: Path) -> None:
    """The output of backup, restore, list and replay leads from one to the next (S7)."""
    backed_up = spoken("db", "backup", "copy.db", folder=folder)
    assert (backed_up.code, "backed up to copy.db" in backed_up.err) == (0, True)
    restored = spoken("db", "restore", "copy.db", "--yes", folder=folder)
    assert restored.code == 0
    assert "1 unsent message held" in restored.err
    [listed] = json.loads(spoken("alerts", "list", "--format", "json", folder=folder).out)
    assert (listed["state"], listed["reason"]) == ("held", "restored")
    assert spoken("alerts", "replay", listed["id"], folder=folder).code == 0
    [listed] = json.loads(spoken("alerts", "list", "--format", "json", folder=folder).out)
    assert listed["state"] == "pending"


def test_a_restore_asks_first(folder: Path) -> None:
    """Without a confirmation nothing is replaced."""
    spoken("db", "backup", "copy.db", folder=folder)
    asked = storywatch("db", "restore", "copy.db", folder=folder, stdin="n\n")
    assert asked.code == 2
    assert "not confirmed, so nothing was changed; --yes confirms" in asked.err
    assert not (folder / "storywatch.db.before-restore").exists()


def test_db_check_reports_damage(folder: Path) -> None:
    """It exits with 1 and describes the damage; other commands name the fix (S4)."""
    assert spoken("db", "check", folder=folder).code == 0
    path = folder / "storywatch.db"
    body = bytearray(path.read_bytes())
    body[8192:] = b"\xff" * (len(body) - 8192)
    path.write_bytes(bytes(body))
    checked = spoken("db", "check", folder=folder)
    assert checked.code == 1
    assert "damaged" in checked.out
    listed = spoken("feeds", "list", folder=folder)
    assert listed.code == 2
    assert "storywatch db restore" in listed.err
    assert listed.err.count("\n") == 1


def test_prune_and_upgrade_say_what_they_did(folder: Path) -> None:
    """Both print numbers and a sentence."""
    pruned = spoken("db", "prune", "--now", "2040-01-01T00:00:00Z", folder=folder)
    assert (pruned.code, "pruned 1 item, 0 stories, 0 messages" in pruned.err) == (0, True), pruned
    assert "the newest this storywatch knows" in spoken("db", "upgrade", folder=folder).err

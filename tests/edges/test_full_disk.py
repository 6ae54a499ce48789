"""A full disk, on a small file system: nothing is lost, and nothing is sent that cannot be recorded (S2)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell import Site, configure, fill, rss, serving, storywatch

STANDING = "Police buy a hundred new bicycles"
EVENT = "Police halt trial of harbour cameras"


@pytest.fixture
def site(small_disk: Path) -> Iterator[Site]:
    """A feed and a webhook, with the database on the small disk."""
    with serving(feed=rss(STANDING), hook=(204, b"")) as site:
        route = '[[routes]]\ntopics = ["*"]\ngroup_wait = "0s"\n'
        hook = f'[[channels]]\nname = "hook"\ntype = "webhook"\nurl = "{site.url}/hook"\n'
        configure(small_disk, f"{site.url}/feed", more=hook + route)
        yield site


def once(folder: Path, hour: int) -> tuple[int, str]:
    ran = storywatch("once", "--now", f"2031-01-01T{hour:02}:00:00Z", folder=folder)
    return ran.code, ran.err


def posts(site: Site) -> int:
    return site.requests.count("/hook")


def test_alerts_delayed_by_a_full_disk_are_sent_once(site: Site, small_disk: Path) -> None:
    """The poll is rolled back and nothing is sent; with free space everything is sent once."""
    assert once(small_disk, 1)[0] == 0
    site.pages["/feed"] = (200, rss(EVENT, STANDING))
    ballast = fill(small_disk)
    for hour in (4, 7):
        code, said = once(small_disk, hour)
        assert code == 69
        assert "disk is full" in said
        assert "Traceback" not in said
    assert posts(site) == 0
    ballast.unlink()
    assert once(small_disk, 10)[0] == 0
    assert posts(site) == 1
    assert once(small_disk, 13)[0] == 0
    assert posts(site) == 1
    assert storywatch("db", "check", folder=small_disk).code == 0
    [told] = json.loads(storywatch("alerts", "list", "--format", "json", folder=small_disk).out)
    assert told["state"] == "sent"


def test_a_backup_that_does_not_fit_leaves_no_file(site: Site, small_disk: Path) -> None:
    """The error gives the reason."""
    del site
    once(small_disk, 1)
    fill(small_disk)
    ran = storywatch("db", "backup", "copy.db", folder=small_disk)
    assert ran.code == 69
    assert "disk is full" in ran.err
    assert not list(small_disk.glob("*copy*"))

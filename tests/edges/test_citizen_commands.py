"""What the owner does to feeds and sees of them: `feeds show|pause|resume|poll|add|remove|import|export|discover`, `status`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from shell import NETWORK, RoundResult, Site, configure, rss, serving, spoken, storywatch

from monitor.config.lists.opml import read_opml
from storage.database import Database
from storage.engine.errors import AlreadyRunning

FIRST, LATER = "2026-03-04T12:00:00Z", "2026-03-05T13:00:00Z"
PAGE = b"""<html><head><title>Post</title>
<link rel="alternate" type="application/rss+xml" title="News" href="/feed">
<link rel="alternate" type="application/atom+xml" title="Comments" href="comments.atom"></head></html>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A folder with a configuration, and the site it watches."""

    folder: Path
    site: Site

    def say(self, *arguments: str, code: int = 0) -> RoundResult:
        """Return what a command says, once it ended as expected."""
        ran = spoken(*arguments, folder=self.folder)
        assert ran.code == code, ran.err
        return ran

    def feed(self, words: str) -> dict[str, object]:
        """Return what is shown of a feed."""
        [row] = json.loads(self.say("feeds", "show", words, "--format", "json").out)
        return row

    def text(self) -> str:
        return (self.folder / "storywatch.toml").read_text(encoding="utf-8")


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """One feed that works, one that is missing; nothing polled yet."""
    with serving(feed=rss("One", "Two"), page=PAGE) as site:
        configure(tmp_path, f"{site.url}/feed", f"{site.url}/missing")
        yield Watched(folder=tmp_path, site=site)


@pytest.fixture
def polled(watched: Watched) -> Watched:
    """The same after a first round."""
    storywatch("once", "--now", FIRST, folder=watched.folder)
    return watched


def test_show_says_all_about_a_feed_in_words(polled: Watched) -> None:
    """State, polls, last error, and its interval with the reason; by address, title or a part of either."""
    shown = polled.say("feeds", "show", "Feed 1", "--now", FIRST).out
    for words in (
        "state",
        "ok",
        "a week        not known yet",
        "a first guess",
        "saved by 304",
        f"{polled.site.url}/feed",
    ):
        assert words in shown
    failing = polled.say("feeds", "show", f"{polled.site.url}/missing").out
    assert "404" in failing
    assert "failed polls" in failing
    assert polled.feed("missing")["state"] == "failing"
    assert polled.feed("feed 1")["items"] == 2


def test_a_feed_that_is_not_there_is_named_with_the_nearest(polled: Watched) -> None:
    """A slip of the pen is a usage error."""
    ran = polled.say("feeds", "show", "Feed 11", code=2)
    assert "no feed 'Feed 11'" in ran.err
    assert "Did you mean 'Feed 1'" in ran.err
    assert "may be 2 feeds" in polled.say("feeds", "show", "feed", code=2).err


def test_a_paused_feed_is_not_polled_until_it_is_resumed(polled: Watched) -> None:
    """`pause` holds over rounds, `resume` polls at once."""
    polled.say("feeds", "pause", "Feed 1")
    assert (polled.feed("Feed 1")["state"], polled.feed("Feed 1")["next_poll"]) == ("paused", None)
    asked = len(polled.site.requests)
    storywatch("once", "--now", LATER, folder=polled.folder)
    assert "/feed" not in " ".join(polled.site.requests[asked:])
    polled.say("feeds", "resume", "Feed 1", "--now", LATER)
    storywatch("once", "--now", LATER, folder=polled.folder)
    assert polled.feed("Feed 1")["last_poll"] == LATER


def test_a_feed_is_polled_by_hand_alone(polled: Watched) -> None:
    """Only that feed, whatever its pace; a failure exits with 1 and is named."""
    asked = len(polled.site.requests)
    ran = storywatch("feeds", "poll", "Feed 1", "--now", "2026-03-04T12:05:00Z", folder=polled.folder)
    assert (ran.code, len(polled.site.requests) - asked) == (0, 1)
    assert "polled 1 feed" in ran.err
    missing = storywatch("feeds", "poll", "missing", "--now", "2026-03-04T12:05:00Z", folder=polled.folder)
    assert missing.code == 1
    assert "404" in missing.err


def test_beside_a_daemon_the_daemon_polls(polled: Watched) -> None:
    """`feeds poll` makes the feed due and leaves the rest to who holds the ledger; pausing works beside it, too."""
    database = Database.open(f"sqlite:///{polled.folder / 'storywatch.db'}")
    with database.hold():
        ran = polled.say("feeds", "poll", "Feed 1", "--now", "2026-03-04T12:05:00Z")
        assert "the running storywatch polls it" in ran.err
        assert polled.feed("Feed 1")["next_poll"] == "2026-03-04T12:05:00Z"
        polled.say("feeds", "pause", "Feed 1")
        assert json.loads(polled.say("status", "--format", "json", code=1).out)["running"] is True
    database.close()


def test_status_is_one_screen_and_an_exit_code(polled: Watched) -> None:
    """What fails is named and exits with 1; a program reads the counts as JSON."""
    ran = polled.say("status", "--now", FIRST, code=1)
    assert len(ran.out.splitlines()) <= 24
    for words in ("running     no", "1 failing, 1 ok", "2 of them in the last 24 h", "failing: Feed 2"):
        assert words in ran.out
    counts = json.loads(polled.say("status", "--now", FIRST, "--format", "json", code=1).out)
    assert (counts["feeds"], counts["items"]) == ({"failing": 1, "ok": 1}, 2)
    polled.site.pages["/missing"] = (200, rss("Three"))
    storywatch("once", "--now", LATER, folder=polled.folder)
    polled.say("status", "--now", LATER)


def test_a_feed_is_added_to_the_file_and_polled_at_once(polled: Watched) -> None:
    """Comments and order of the configuration stay; adding twice changes nothing."""
    before = polled.text().replace('title = "Feed 2"', 'title = "Feed 2"  # keep me')
    (polled.folder / "storywatch.toml").write_text(before, encoding="utf-8")
    url = f"{polled.site.url}/third"
    polled.say("feeds", "add", url, "--title", "Third", "--tag", "tech", "--now", FIRST)
    assert [line for line in before.splitlines() if line not in polled.text().splitlines()] == []
    assert polled.text().count("[[feeds]]") == 3
    assert polled.feed("Third")["url"] == url
    written = polled.text()
    assert "already subscribed" in polled.say("feeds", "add", url).err
    assert polled.text() == written
    polled.site.pages["/third"] = (200, rss("Three"))
    storywatch("once", "--now", LATER, folder=polled.folder)
    assert polled.feed("Third")["items"] == 1


@pytest.mark.parametrize("url", ["ftp://example.org/feed", "http://", "https://anna:secret@example.org/feed"])
def test_what_cannot_be_added_is_refused_with_the_reason(watched: Watched, url: str) -> None:
    """The file is not touched, and no password stands in the answer."""
    before = watched.text()
    ran = watched.say("feeds", "add", url, code=2)
    assert watched.text() == before
    assert "secret" not in ran.err


def test_a_feed_is_removed_from_the_file_and_keeps_its_items(polled: Watched) -> None:
    """It is polled no more, also by a running daemon: the ledger knows at once."""
    ran = polled.say("feeds", "remove", f"{polled.site.url}/feed")
    assert "its items stay" in ran.err
    assert f"{polled.site.url}/feed" not in polled.text()
    assert "Feed 2" in polled.text()
    assert [row["title"] for row in json.loads(polled.say("feeds", "list", "--format", "json").out)] == [
        "Feed 2"
    ]
    polled.say("feeds", "remove", "Feed 2")
    assert "[[feeds]]" not in polled.text()
    assert "[[topics]]" in polled.text()


def test_a_feed_of_a_list_is_named_with_its_place(watched: Watched) -> None:
    """`remove` edits the configuration alone; a line in an OPML file is the owner's."""
    listed = "https://list.example/feed"
    (watched.folder / "mine.opml").write_text(
        f'<opml version="2.0"><body>\n<outline text="L" xmlUrl="{listed}"/>\n</body></opml>', encoding="utf-8"
    )
    config = watched.folder / "storywatch.toml"
    config.write_text(watched.text() + '\n[[feeds]]\nopml = "mine.opml"\n', encoding="utf-8")
    ran = watched.say("feeds", "remove", listed, code=2)
    assert "mine.opml, line 2; remove it there" in ran.err


def test_opml_goes_in_and_out(watched: Watched) -> None:
    """What is exported is read back the same; what cannot be polled is named; imported twice is imported once."""
    source = watched.folder / "theirs.opml"
    source.write_text(
        '<opml version="2.0"><body><outline text="News &amp; more"><outline text="A &lt;b&gt;" '
        'xmlUrl="https://a.example/feed?x=1&amp;y=2"/></outline><outline text="B" xmlUrl="ftp://b.example/"/>'
        "</body></opml>",
        encoding="utf-8",
    )
    ran = watched.say("feeds", "import", str(source), code=1)
    assert "subscribed 1 feed of 2" in ran.err
    assert "not subscribed: ftp://b.example/" in ran.err
    assert "subscribed 0 feeds of 2" in watched.say("feeds", "import", str(source), code=1).err
    out = watched.say("feeds", "export").out
    [exported] = [one for one in read_opml(out.encode()) if "a.example" in one.url]
    assert (exported.url, exported.title, exported.tags) == (
        "https://a.example/feed?x=1&y=2",
        "A <b>",
        ("News & more",),
    )
    watched.say("feeds", "export", "-o", "out.opml")
    assert (watched.folder / "out.opml").read_text(encoding="utf-8") == out


def test_the_feeds_of_a_page_are_discovered(watched: Watched) -> None:
    """Over real HTTP; a feed's own address is a feed, a page without one exits with 1."""
    rows = json.loads(
        storywatch(
            "feeds", "discover", f"{watched.site.url}/page", "--format", "json", folder=watched.folder
        ).out
    )
    assert [(row["url"], row["title"], row["kind"]) for row in rows] == [
        (f"{watched.site.url}/feed", "News", "RSS"),
        (f"{watched.site.url}/comments.atom", "Comments", "Atom"),
    ]
    itself = storywatch("feeds", "discover", f"{watched.site.url}/feed", folder=watched.folder)
    assert "this feed" in itself.out
    none = storywatch("feeds", "discover", f"{watched.site.url}/nowhere", folder=watched.folder)
    assert (none.code, "404" in none.err) == (1, True)


def test_a_configuration_written_otherwise_is_not_edited(tmp_path: Path) -> None:
    """Feeds in one inline list are the owner's to edit; the file stays."""
    config = tmp_path / "storywatch.toml"
    config.write_text('feeds = [{url = "https://a.example/feed"}]\n' + NETWORK, encoding="utf-8")
    ran = spoken("feeds", "add", "https://b.example/feed", folder=tmp_path)
    assert ran.code == 2
    assert "[[feeds]]" in ran.err
    assert "b.example" not in config.read_text(encoding="utf-8")


def test_the_lock_is_let_go_after_status(polled: Watched) -> None:
    """Looking whether a daemon runs does not keep one from starting."""
    polled.say("status", code=1)
    database = Database.open(f"sqlite:///{polled.folder / 'storywatch.db'}")
    try:
        with database.hold():
            pass
    except AlreadyRunning:
        pytest.fail("status kept the lock")
    finally:
        database.close()


def test_a_round_tells_the_operators_of_a_feed_that_stays_broken(polled: Watched) -> None:
    """By cron too: once when it broke for good, once when it recovered, on the channels of the alert routes."""
    rounds = [
        storywatch("once", "--now", f"2026-03-0{day}T12:00:00Z", folder=polled.folder) for day in (5, 6, 7)
    ]
    assert ["feed is failing: Feed 2" in ran.out for ran in rounds] == [True, False, False]
    polled.site.pages["/missing"] = (200, rss("Three"))
    assert (
        "feed works again: Feed 2"
        in storywatch("once", "--now", "2026-03-09T12:00:00Z", folder=polled.folder).out
    )
    listed = json.loads(polled.say("alerts", "list", "--format", "json").out)
    assert sorted(str(row["reason"]) for row in listed) == ["feed.failing", "feed.recovered"]


def test_a_feed_looked_at_before_its_first_poll_is_due_all_the_same(watched: Watched) -> None:
    """Listing feeds on the real clock does not put off a round on a fixed one."""
    watched.say("feeds", "list")
    storywatch("once", "--now", FIRST, folder=watched.folder)
    assert watched.feed("Feed 1")["items"] == 2

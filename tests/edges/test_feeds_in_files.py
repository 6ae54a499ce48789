"""`feeds add|remove|import|export`: the feeds of the configuration file and of OPML lists."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shell import NETWORK, rss, spoken
from watching import FIRST, LATER, Watched

from monitor.config.lists.opml import read_opml


def test_a_feed_is_added_to_the_file_and_polled_at_once(polled: Watched) -> None:
    """The configuration keeps comments and order, and adding twice changes nothing."""
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
    spoken("once", "--now", LATER, folder=polled.folder)
    assert polled.feed("Third")["items"] == 1


@pytest.mark.parametrize("url", ["ftp://example.org/feed", "http://", "https://anna:secret@example.org/feed"])
def test_an_invalid_feed_is_not_added(watched: Watched, url: str) -> None:
    """The file stays unchanged, and the error shows no password."""
    before = watched.text()
    ran = watched.say("feeds", "add", url, code=2)
    assert watched.text() == before
    assert "secret" not in ran.err


def test_a_feed_is_removed_from_the_file_and_keeps_its_items(polled: Watched) -> None:
    """It is no longer polled, also by a running daemon, because the database changes at once."""
    ran = polled.say("feeds", "remove", f"{polled.site.url}/feed")
    assert "its items are kept" in ran.err
    assert f"{polled.site.url}/feed" not in polled.text()
    assert "Feed 2" in polled.text()
    assert [row["title"] for row in json.loads(polled.say("feeds", "list", "--format", "json").out)] == [
        "Feed 2"
    ]
    polled.say("feeds", "remove", "Feed 2")
    assert "[[feeds]]" not in polled.text()
    assert "[[topics]]" in polled.text()


@pytest.mark.parametrize("command", ["remove", "pause", "poll", "show"])
def test_an_empty_text_names_no_feed(watched: Watched, command: str) -> None:
    """A script whose variable is empty does nothing to a feed without a title."""
    config = watched.folder / "storywatch.toml"
    config.write_text(
        "\n".join(line for line in watched.text().splitlines() if "title" not in line), encoding="utf-8"
    )
    before = watched.text()
    assert "no feed ''" in watched.say("feeds", command, "", code=2).err
    assert watched.text() == before


def with_list(watched: Watched, outlines: str) -> Path:
    """Return an OPML list of these outlines, named by the configuration beside its own feeds."""
    path = watched.folder / "mine.opml"
    path.write_text(
        f'<opml version="2.0"><body>\n<!-- mine -->\n{outlines}\n</body></opml>', encoding="utf-8"
    )
    config = watched.folder / "storywatch.toml"
    config.write_text(watched.text() + '\n[[feeds]]\nopml = "mine.opml"\n', encoding="utf-8")
    return path


def test_a_feed_is_removed_from_every_file_that_names_it(watched: Watched) -> None:
    """`remove` edits OPML lists and the configuration and leaves the rest unchanged."""
    kept = '<outline text="K" xmlUrl="https://kept.example/feed"/>'
    outlines = f'<outline text="L" xmlUrl="{watched.site.url}/feed"/>\n<outline text="F">{kept}</outline>'
    path = with_list(watched, outlines)
    ran = watched.say("feeds", "remove", f"{watched.site.url}/feed")
    assert "mine.opml" in ran.err
    assert "storywatch.toml" in ran.err
    assert path.read_text(encoding="utf-8") == (
        f'<opml version="2.0"><body>\n<!-- mine -->\n<outline text="F">{kept}</outline>\n</body></opml>'
    )
    listed = json.loads(watched.say("feeds", "list", "--format", "json").out)
    assert {row["url"] for row in listed} == {f"{watched.site.url}/missing", "https://kept.example/feed"}


def test_a_feed_of_a_list_that_cannot_be_edited_is_named_with_its_place(watched: Watched) -> None:
    """A list that needs repairs to be read stays unchanged, and so does the configuration."""
    path = with_list(watched, '<outline text="R&D" xmlUrl="https://list.example/feed"/>')
    before, text = path.read_bytes(), watched.text()
    ran = watched.say("feeds", "remove", "https://list.example/feed", code=2)
    assert "mine.opml, line 3, which cannot be edited; remove it there" in ran.err
    assert (path.read_bytes(), watched.text()) == (before, text)


def test_opml_is_exported_and_imported(watched: Watched) -> None:
    """An export is read back equal, invalid feeds are named, and importing twice changes nothing."""
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
    [exported] = [one for one in read_opml(out.encode()).feeds if "a.example" in one.url]
    assert (exported.url, exported.title, exported.tags) == (
        "https://a.example/feed?x=1&y=2",
        "A <b>",
        ("News & more",),
    )
    watched.say("feeds", "export", "-o", "out.opml")
    assert (watched.folder / "out.opml").read_text(encoding="utf-8") == out


def test_an_untitled_feed_stays_untitled_over_export_and_import(watched: Watched) -> None:
    """The address written as OPML title does not become the feed's title."""
    watched.say("feeds", "add", "https://untitled.example/feed")
    watched.say("feeds", "export", "-o", "out.opml")
    watched.say("feeds", "remove", "https://untitled.example/feed")
    watched.say("feeds", "import", "out.opml")
    assert watched.feed("https://untitled.example/feed")["title"] == ""


def test_a_list_with_entries_that_are_no_feeds_says_so(watched: Watched) -> None:
    """An rss outline without an address is named, and a feed in two folders keeps both as tags."""
    source = watched.folder / "theirs.opml"
    twice = '<outline text="B" xmlUrl="https://b.example/feed"/>'
    source.write_text(
        f'<opml version="2.0"><body>\n<outline type="rss" text="Lost"/>\n<outline text="one">{twice}</outline>'
        f'<outline text="two">{twice}</outline></body></opml>',
        encoding="utf-8",
    )
    ran = watched.say("feeds", "import", str(source), code=1)
    assert "left out: line 2: the feed 'Lost' has no xmlUrl" in ran.err
    assert "subscribed 1 feed of 1" in ran.err
    assert 'tags = ["one", "two"]' in watched.text()
    source.write_text("<opml><body>\n<outline>\n</body></opml>", encoding="utf-8")
    assert "theirs.opml:3: the list is not XML" in watched.say("feeds", "import", str(source), code=2).err


def test_an_inline_list_of_feeds_is_not_edited(tmp_path: Path) -> None:
    """The owner has to edit such a file."""
    config = tmp_path / "storywatch.toml"
    config.write_text('feeds = [{url = "https://a.example/feed"}]\n' + NETWORK, encoding="utf-8")
    ran = spoken("feeds", "add", "https://b.example/feed", folder=tmp_path)
    assert ran.code == 2
    assert "[[feeds]]" in ran.err
    assert "b.example" not in config.read_text(encoding="utf-8")

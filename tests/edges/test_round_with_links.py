"""A round with pages: alerts carry links, from the configuration to the channel."""

from __future__ import annotations

from pathlib import Path

from shell import configure, rss, serving, spoken

EVENT = "Police halt trial of harbour cameras"
FIRST, SECOND = "2026-03-04T12:00:00Z", "2026-03-04T14:00:00Z"


def test_an_alert_on_the_terminal_carries_links_once_there_is_an_address(tmp_path: Path) -> None:
    """They need `[pages] url`; the commands are printed in any case."""
    with serving(feed=rss("Ferry line adds a late boat")) as site:
        path = configure(tmp_path, f"{site.url}/feed")
        spoken("once", "--now", FIRST, folder=tmp_path)
        site.pages["/feed"] = (200, rss("Police buy bicycles"))
        without = spoken("once", "--now", SECOND, folder=tmp_path).out
        path.write_text(f'{path.read_text()}\n[pages]\nurl = "https://watch.example.org/"\n')
        site.pages["/feed"] = (200, rss(EVENT))
        linked = spoken("once", "--now", "2026-03-05T14:00:00Z", folder=tmp_path).out
    assert "storywatch mute s1 --for 7d" in without
    assert "https://watch.example.org" not in without
    assert "storywatch mute s2 --for 7d" in linked
    assert "open        https://watch.example.org/stories/s2\n" in linked
    assert linked.count("https://watch.example.org/a/") == 3

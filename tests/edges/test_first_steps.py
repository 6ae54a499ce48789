"""The commands of README and first steps work as pasted, on feeds served on loopback."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from shell import NETWORK, rss, serving
from walking import blocks, follow, put_program

ARTICLE = "Dockers strike at the northern port\n\nThe dockers of the port began a strike over pay on Monday. The strike goes on."
OPML = '<opml version="2.0"><body><outline text="Quay" xmlUrl="{url}/quay"/></body></opml>'
# Runs until the first round is over, then ends as under systemd.
WATCHED = """\
touch run.err; storywatch run 2> run.err & running=$!
until grep -q "next poll" run.err; do kill -0 $running; sleep 0.1; done
kill -TERM $running; wait $running"""


@pytest.mark.slow
@pytest.mark.parametrize("page", ["README.md", "docs/first-steps.md"])
def test_the_commands_of_the_docs_work(tmp_path: Path, page: str) -> None:
    """One shell runs the lines in order and stops at the first failure."""
    programs = put_program(tmp_path / ".venv")
    (programs / "activate").write_text(f"export PATH={programs}:/usr/bin:/bin\n", encoding="utf-8")
    script = re.sub(r"^storywatch run\b.*$", lambda _: WATCHED, "".join(blocks(page)), flags=re.MULTILINE)
    assert "storywatch init" in script
    page_html = (
        b"<html><head><link rel='alternate' type='application/rss+xml' href='/feed.xml'></head></html>"
    )
    with serving(
        quay=rss("Dockers strike at the port"), **{"": page_html, "feed.xml": rss("Other news")}
    ) as site:
        opml = OPML.format(url=site.url)
        # After `init`, the folder watches feeds on loopback instead of the starter feeds.
        enter = f"cat > feeds.opml <<'X'\n{opml}\nX\ncp feeds.opml subscriptions.opml; cp ../article* .\n"
        enter += f"cat >> storywatch.toml <<'X'\n{NETWORK}\nX\n"
        script = re.sub(
            r"^(.*cd watch\b.*)$", lambda found: f"{found[1]}\n{enter}", script, flags=re.MULTILINE
        )
        (tmp_path / "article1.txt").write_text(ARTICLE, encoding="utf-8")
        (tmp_path / "article2.html").write_text(f"<html><p>{ARTICLE}</p></html>", encoding="utf-8")
        follow(script.replace("https://example.org", site.url), tmp_path)

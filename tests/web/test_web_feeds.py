"""`/feeds` and `/feeds/ID`: health, adding by address and by OPML, and control of polling."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from served import Served, app_of, configured, follow, serving, undo

from monitor.config.load import load_settings
from monitor.web.safety.limits import FORM_BYTES, OPML_BYTES
from storage.database import Database
from storage.model import Feed, FeedKind, FeedState
from storage.stores.sitemap_children import NewChild

NEW = "https://harbour-watch.example/feed"
LEDGER = "/feeds/4"
FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Quay News</title>
<item><title>A crane &lt;b&gt;falls</title><guid>1</guid></item></channel></rss>"""
PAGE = b'<html><head><link rel="alternate" type="application/rss+xml" title="All news" href="/rss"></head></html>'
LIST = b"""<?xml version="1.0"?><opml version="2.0"><body>
<outline text="Quay" xmlUrl="https://quay.example/feed"/><outline text="Odd" xmlUrl="gopher://odd.example/"/>
</body></opml>"""


def feed_at(served: Served, url: str) -> Feed:
    with served.database.read() as ledger:
        return next(one for one in ledger.feeds.subscribed() if one.url == url)


def written(served: Served) -> list[str]:
    """Return the feed addresses in the configuration file."""
    return [one.url for one in load_settings(served.app.settings.path, environ={}).feeds]


@contextmanager
def a_site() -> Iterator[str]:
    """A web server with a page that names a feed."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(FEED if self.path == "/rss" else PAGE)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_feeds_are_listed_and_searched(owner: httpx.Client) -> None:
    """The list has state and next poll, and can be searched by title, address and state."""
    page = owner.get("/feeds").text
    assert "Harbour Courier" in page
    assert "Docket Daily" in page
    found = owner.get("/feeds?q=harbour").text
    assert "Harbour Courier" in found
    assert "Docket Daily" not in found
    assert "No feed fits this" in owner.get("/feeds?state=gone").text
    assert "Docket Daily" in owner.get("/feeds?state=nonsense").text


def test_a_feed_page_shows_its_activity(owner: httpx.Client) -> None:
    """It has items a week as a picture with text, how often the feed was first, its interval and latest items."""
    page = owner.get(LEDGER).text
    assert 'role="img" aria-label="Items a week over 26 weeks' in page
    assert "that other outlets had too" in page
    assert "every 1 h" in page
    for path in ("/feeds/999", "/feeds/none", "/feeds/9" + "9" * 30):
        assert owner.get(path).status_code == 404


def test_a_sitemap_index_shows_its_sitemaps(owner: httpx.Client, served: Served) -> None:
    """With when each was polled last; they are no feeds of their own."""
    found = NewChild(
        url="https://tide.example/news-1.xml",
        host="tide.example:443",
        changed_at=None,
        next_poll=datetime(2026, 11, 30, tzinfo=UTC),
        news_since=None,
    )
    with served.database.write() as ledger:
        [feed] = ledger.feeds.subscribed(only=int(LEDGER.rpartition("/")[2]))
        ledger.feeds.save([replace(feed, kind=FeedKind.SITEMAP_INDEX)])
        ledger.sitemap_children.add(feed, [found])
    page = owner.get(LEDGER).text
    assert "sitemap index" in page
    assert "https://tide.example/news-1.xml" in page
    assert "tide.example" not in owner.get("/feeds").text


def test_a_server_that_asks_to_wait_is_not_asked(owner: httpx.Client, served: Served) -> None:
    """The page says until when, for `poll now` and for `resume`."""
    with served.database.write() as ledger:
        feed = next(one for one in ledger.feeds.subscribed() if one.id == 4)
        ledger.feeds.quiet_host(feed.host, until=datetime(2099, 1, 1, tzinfo=UTC))
    for action in ("poll", "resume"):
        assert "The server asks to wait until 01 January" in follow(owner, owner.post(f"{LEDGER}/{action}"))


def test_polling_is_paused_and_resumed(owner: httpx.Client, served: Served) -> None:
    """Each action reports its result, and a paused feed is not polled."""
    page = follow(owner, owner.post(f"{LEDGER}/pause"))
    with served.database.read() as ledger:
        assert [one.state for one in ledger.feeds.subscribed() if one.id == 4] == [FeedState.PAUSED]
    assert owner.post(f"{LEDGER}/poll").status_code == 409
    undo(owner, page)
    assert "within seconds" in follow(owner, owner.post(f"{LEDGER}/poll"))
    page = follow(owner, owner.post(f"{LEDGER}/mute", data={"for": "1d"}))
    assert "Muted until" in page
    undo(owner, page)
    with served.database.read() as ledger:
        assert ledger.mutes.active(now=served.now) == []


def test_a_feed_is_added_and_removed(owner: httpx.Client, served: Served) -> None:
    """It is written to the configuration file, the daemon reloads it, and undo removes it."""
    page = follow(owner, owner.post("/feeds/add", data={"url": NEW, "title": "Quay"}))
    assert "Subscribed" in page
    assert NEW in written(served)
    assert len(served.reloads) == 1
    assert "subscribed already" in follow(owner, owner.post("/feeds/add", data={"url": NEW}))
    page = undo(owner, page)
    assert NEW not in written(served)
    undo(owner, page)
    assert feed_at(served, NEW).title == "Quay"
    assert owner.post("/feeds/add", data={"url": "gopher://odd.example/"}).status_code == 409
    assert owner.post("/feeds/add", data={"url": " "}).status_code == 400


def test_where_the_file_cannot_be_written_the_lines_are_shown(
    owner: httpx.Client, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a read-only configuration nothing is changed, and the page has the lines to paste."""

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("monitor.actions.feeds.subscribe.replace_file", refused)
    answer = owner.post("/feeds/add", data={"url": NEW, "title": "Quay"})
    assert answer.status_code == 409
    assert f"[[feeds]]\nurl = &#34;{NEW}&#34;\ntitle = &#34;Quay&#34;" in answer.text
    assert NEW not in written(served)


def test_a_list_of_another_reader_is_imported(owner: httpx.Client, served: Served) -> None:
    """Invalid feeds are named, and the subscribed ones can be exported as OPML."""
    answer = owner.post("/feeds/import", files={"file": ("feeds.opml", LIST)})
    page = follow(owner, answer)
    assert "Subscribed 1 of 2 feeds of the list. Left out" in page
    assert "gopher://odd.example" in page
    assert "https://quay.example/feed" in written(served)
    assert owner.post("/feeds/import", files={"file": ("x", b"nothing")}).status_code == 409
    assert owner.post("/feeds/import").status_code == 400
    listed = owner.get("/feeds/export.opml")
    assert listed.headers["content-disposition"].startswith("attachment")
    assert "xmlUrl=" in listed.text


def test_a_list_may_be_larger_than_a_form_but_not_of_any_size(owner: httpx.Client) -> None:
    """Two megabytes of OPML are the limit: a list of thousands of feeds is a tenth of it."""
    padded = LIST + b" " * FORM_BYTES
    assert owner.post("/feeds/import", files={"file": ("feeds.opml", padded)}).status_code == 303
    too_large = LIST + b" " * OPML_BYTES
    assert owner.post("/feeds/import", files={"file": ("feeds.opml", too_large)}).status_code == 413


def test_an_address_is_checked_before_it_is_subscribed(tmp_path: Path, sqlite_database: Database) -> None:
    """A page names its feed, a feed shows its first items, and any other address says so."""
    more = '\n[polling]\nallow_networks = ["127.0.0.0/8"]\nallow_ports = []\n'
    app = app_of(configured(tmp_path, more=more), sqlite_database)
    with a_site() as site, serving(app) as served, closing(served.client()) as owner:
        page = owner.post("/feeds/preview", data={"url": f"{site}/"}).text
        assert f'name="url" value="{site}/rss"' in page
        assert "All news" in page
        assert (
            'name="title" value=""' in page
        )  # the title of a link is not used as a name; the feed's own title is
        feed = owner.post("/feeds/preview", data={"url": f"{site}/rss"}).text
        assert "A crane" in feed
        assert 'name="title" value=""' not in feed
        assert "1 item now" in feed
        nothing = owner.post("/feeds/preview", data={"url": "http://127.0.0.1:1/"}).text
        assert "No feed at" in nothing
        assert 'value="http://127.0.0.1:1/"' in nothing  # to correct it


def test_an_address_that_cannot_be_requested_is_named_without_its_password(owner: httpx.Client) -> None:
    """The page says what is wrong with the address."""
    malformed = owner.post("/feeds/preview", data={"url": "https://[2001:db8"})
    assert (malformed.status_code, "check its host and port" in malformed.text) == (200, True)
    refused = owner.post("/feeds/preview", data={"url": "https://me:sesame@127.0.0.1/feed"}).text
    assert "<bdi>https://127.0.0.1/feed: 127.0.0.1 is" in refused


def test_a_private_address_is_not_fetched(owner: httpx.Client) -> None:
    """The network rules for feeds apply to the check too."""
    assert "127.0.0.1 is" in owner.post("/feeds/preview", data={"url": "http://127.0.0.1/"}).text


def test_a_reader_changes_no_feed(reader: httpx.Client, served: Served) -> None:
    """The forms are not shown, and a POST is refused."""
    assert "Add a feed" not in reader.get("/feeds").text
    for path in ("add", "import", "preview", "4/poll", "4/pause", "4/resume", "4/remove", "4/mute"):
        assert reader.post(f"/feeds/{path}", data={"url": NEW}).status_code == 403
    assert served.reloads == []


def test_the_feed_pages_work_on_each_database(served_anywhere: Served) -> None:
    """SQLite and PostgreSQL give the same pages."""
    with closing(served_anywhere.client()) as owner:
        assert "Docket Daily" in owner.get("/feeds").text
        assert "that other outlets had too" in owner.get(LEDGER).text

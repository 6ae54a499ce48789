"""Poll every real feed of the corpus with `storywatch once` over HTTP on loopback, with two topics; print the counts.

    python benchmarks/corpus.py

$STORYWATCH_CORPUS names the corpus; the default is ../shared/corpus. No part of it is kept.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from monitor.config.load import load_settings
from monitor.config.settings import Settings
from monitor.service.app import ConsoleOutput
from monitor.service.once import RoundResult, run_once
from storage.database import Database, Ledger

ROOT = Path(__file__).parent.parent
CORPUS = Path(os.environ.get("STORYWATCH_CORPUS") or ROOT.parent / "shared" / "corpus")
RULE = ROOT / "seeds" / "police-face-recognition" / "topic.toml"
QUERY = "election OR elections OR parliament"
KINDS = ("real", "real-series")


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """One real body of the corpus."""

    path: Path
    kind: str
    format: str


def real_bodies() -> list[Archived]:
    """Return the corpus' real bodies in the order of its manifest."""
    with (CORPUS / "MANIFEST.tsv").open(encoding="utf-8", newline="") as manifest:
        rows = list(csv.DictReader(manifest, delimiter="\t"))
    return [
        Archived(path=CORPUS / row["path"], kind=row["kind"], format=row["format"])
        for row in rows
        if row["kind"] in KINDS
    ]


@contextmanager
def served(bodies: Sequence[Path]) -> Iterator[str]:
    """Serve bodies at /0, /1, … of the base URL that is yielded; a body may be replaced while it is served."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = bodies[int(self.path.strip("/"))].read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def settings_for(base: str, count: int, folder: Path) -> Settings:
    """Return a configuration of `count` served feeds, the seeded topic and one by query."""
    feeds = "".join(f'[[feeds]]\nurl = "{base}/{number}"\ntitle = "{number}"\n' for number in range(count))
    config = folder / "storywatch.toml"
    config.write_text(
        '[polling]\nhost_delay = "0s"\nallow_networks = ["127.0.0.0/8"]\nallow_ports = []\n'
        f'[[topics]]\nname = "police-face-recognition"\nrule = "{RULE}"\n'
        f'[[topics]]\nname = "elections"\nquery = "{QUERY}"\n{feeds}',
        encoding="utf-8",
    )
    return load_settings(config, environ={})


def run(settings: Settings, *, now: datetime) -> RoundResult:
    """Run `once` and discard its console output."""
    return run_once(settings, now=now, console=ConsoleOutput(out=io.StringIO()), backfill=False)


@contextmanager
def ledger_of(settings: Settings) -> Iterator[Ledger]:
    """Read the database of a run."""
    database = Database.open(settings.database)
    try:
        with database.read() as ledger:
            yield ledger
    finally:
        database.close()


def main() -> None:
    """Poll the corpus and print the counts."""
    bodies = real_bodies()
    with tempfile.TemporaryDirectory() as folder, served([body.path for body in bodies]) as base:
        settings = settings_for(base, len(bodies), Path(folder))
        started = time.perf_counter()
        ran = run(settings, now=datetime.now(UTC))
        seconds = time.perf_counter() - started
        with ledger_of(settings) as ledger:
            feeds = {int(feed.title): feed for feed in ledger.feeds.subscribed()}
            stories = Counter(story.topic for story in ledger.stories.since(datetime.min.replace(tzinfo=UTC)))
    print(f"{'kind':12} {'format':8} {'bodies':>6} {'items':>6} {'empty':>6} {'failed':>6}")
    for kind, form in sorted({(body.kind, body.format) for body in bodies}):
        own = [
            feeds[number] for number, body in enumerate(bodies) if (body.kind, body.format) == (kind, form)
        ]
        failed = sum(feed.last_error is not None for feed in own)
        empty = sum(feed.items == 0 for feed in own) - failed
        print(f"{kind:12} {form:8} {len(own):6} {sum(feed.items for feed in own):6} {empty:6} {failed:6}")
    print(f"{len(ran.polled)} polled in {seconds:.1f} s; stories by topic: {dict(stories)}")


if __name__ == "__main__":
    main()

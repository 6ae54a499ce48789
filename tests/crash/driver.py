"""The driver: a warmed-up process without threads that forks one child for each round of the pipeline.

It reads one JSON object a line (a `Round`) and answers each with one: how the child ended, how many points it reached,
and what its ledger then says. A fork costs milliseconds where a start of Python would cost a second.
"""

from __future__ import annotations

import asyncio
import faulthandler
import io
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import naive
import points
from sqlalchemy import select

import monitor.service.engine
import monitor.service.process.event_loop
from monitor.config.load import load_settings
from monitor.config.settings import Settings
from monitor.polling.http.outcome import ParseFailure
from monitor.polling.parsing.read_body import ReadFeed, read_news
from monitor.service import once
from monitor.service.app import App, ConsoleOutput, open_app
from monitor.service.poll_round import unwatched
from storage import schema
from storage.database import Database
from storage.engine.errors import AlreadyRunning

SIX_HOURS = timedelta(hours=6)  # between two rounds of a recovery: every pause after a fault is shorter
RECOVERIES = 8
ROUND_SECONDS = 300  # a round takes half a second
PATIENCE = 3000  # attempts to lock a database whose holder was just killed


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a child does: a round at `now` with a fault at point `at` (0: none); `recover`: rounds, `least` at the least, until all is settled.

    `here` runs it in the driver itself, without any points: what is imported and cached then, every child inherits.
    """

    config: str
    database: str
    channels: Mapping[str, Any]
    now: str
    fault: str = points.KILL
    at: int = 0
    recover: bool = False
    least: int = 1
    naive: str = ""
    here: bool = False


class HereParsers:
    """Reads bodies in this process, because a worker costs a start of Python for each round and commits nothing."""

    def __init__(self, **_: Any) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def read(
        self, body: bytes, *, url: str, headers: Mapping[str, str], now: datetime, before: bytes = b""
    ) -> ReadFeed | ParseFailure:
        content_type = headers.get("content-type", "")
        return read_news(body, url=url, content_type=content_type, now=now, before=before)


def child(asked: Round, settings: Settings) -> int:
    """Run one round, or rounds until everything is settled; return how many points were reached."""
    reached = points.Points(fault=asked.fault, at=asked.at)
    if not asked.here:
        points.install(reached)
    naive.install(asked.naive)
    now = datetime.fromisoformat(asked.now)
    for number in range(RECOVERIES if asked.recover else 1):
        _round(settings, now + number * SIX_HOURS, reached)
        if asked.recover and number + 1 >= asked.least and _is_settled(asked.database):
            break
    return reached.reached


def _settings(asked: Round, settings: Settings) -> Settings:
    channels = [{"to": (), **asked.channels[one.name]} for one in settings.channels]
    own = [
        replace(one, **{**given, "to": tuple(given["to"])})
        for one, given in zip(settings.channels, channels, strict=True)
    ]
    return replace(settings, database=asked.database, channels=tuple(own))


def _round(settings: Settings, now: datetime, reached: points.Points) -> None:
    async def cancellable(app: Any) -> None:
        task = asyncio.current_task()
        assert task is not None
        points.cancels(reached, asyncio.get_running_loop(), task)
        await once._round(
            app, now=now, console=ConsoleOutput(out=io.StringIO()), backfill=False, watch=unwatched
        )

    with open_app(settings, now=now) as app, _alone(app, now):
        asyncio.run(cancellable(app))


@contextmanager
def _alone(app: App, now: datetime) -> Iterator[None]:
    """Hold the database; a server needs a moment to notice that the session of a killed process is gone."""
    for _ in range(PATIENCE):
        try:
            with ExitStack() as held:
                held.enter_context(app.alone(now=now))
                yield
                return
        except AlreadyRunning:
            time.sleep(0.02)


def _is_settled(url: str) -> bool:
    database = Database.open(url)
    with database.read() as ledger:
        settled = ledger.outbox.next_due() is None
    database.close()
    return settled


def ledger_says(url: str) -> dict[str, Any]:
    """Return each delivery's state, and which attempts were recorded as unsent."""
    database = Database.open(url)
    with database.read() as ledger:
        connection = ledger.outbox._connection
        deliveries, attempts = schema.deliveries.c, schema.attempts.c
        states = connection.execute(select(deliveries.id, deliveries.state)).all()
        unsent = connection.execute(select(attempts.delivery_id).where(attempts.outcome == "unsent"))
        said = {"states": {row.id: row.state for row in states}, "unsent": list(unsent.scalars())}
    database.close()
    return said


def forked(asked: Round, settings: Settings) -> dict[str, Any]:
    """Run a child and return how it ended, and what each of its threads was doing if it had to be ended."""
    reader, writer = os.pipe()
    stuck = Path(asked.config).with_name("stuck")
    pid = os.fork()
    if pid == 0:
        os.dup2(writer, 1)
        code = 1
        traces = stuck.open("w", encoding="utf-8")
        faulthandler.dump_traceback_later(ROUND_SECONDS, exit=True, file=traces)
        try:
            os.write(1, json.dumps({"reached": child(asked, settings)}).encode())
            code = 0
        except BaseException as error:  # noqa: BLE001  # a fault ends the round, as it would end the command
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(pid, 0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "stuck": stuck.read_text(encoding="utf-8"),
        **(json.loads(answer) if answer else {}),
    }


def _here(asked: Round, settings: Settings) -> dict[str, Any]:
    return {"code": 0, "stuck": "", "reached": child(asked, settings)}


def main() -> None:
    """Serve until the input ends."""
    monitor.service.engine.Parsers = HereParsers  # type: ignore[misc, assignment]
    settings: dict[str, Settings] = {}
    for line in sys.stdin:
        asked = Round(**json.loads(line))
        if asked.config not in settings:
            settings[asked.config] = load_settings(Path(asked.config), environ=os.environ)
        run = _here if asked.here else forked
        answer = run(asked, _settings(asked, settings[asked.config]))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

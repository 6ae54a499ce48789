"""Delay of ordinary feeds while three others send 4.9 MB of 2,000 items, a page of 0.8 MB, and one byte at a time."""

from __future__ import annotations

import asyncio
import io
import multiprocessing
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from pollers.contest import Farm, configuration, farm_of

from monitor.config.load import load_settings
from monitor.service.app import App, ConsoleOutput, open_app
from monitor.service.engine import Engine, open_engine
from monitor.service.process.event_loop import run_async
from storage.model import Feed

ORDINARY = 400  # feeds, polled one after the other
EVERY = 0.1  # seconds between two of them: 40 s in total, longer than the deadline of a slow one
TROUBLE = {"/large": "127.2.0.1", "/page": "127.2.0.2", "/tarpit": "127.2.0.3"}  # a host each


def show_patience(*, port: int) -> None:
    """Print how long an ordinary feed takes from due to committed, with and without the three slow ones."""
    print(f"\n{ORDINARY} feeds, one asked every {EVERY:g} s: from due until committed")
    trouble = [f"http://{host}:{port}{path}" for path, host in TROUBLE.items()]
    with _troublesome(port), tempfile.TemporaryDirectory() as name, farm_of(ORDINARY, port=port) as farm:
        config = configuration(Path(name), [*trouble, *farm.urls()], concurrency=100)
        settings = load_settings(config, environ={})
        with open_app(settings, now=datetime.now(UTC)) as app:
            run_async(_watched(app, farm, trouble))


async def _watched(app: App, farm: Farm, trouble: list[str]) -> None:
    with app.database.read() as ledger:
        ordinary, troublesome = (ledger.feeds.named(urls) for urls in (farm.urls(), trouble))
    async with open_engine(app, console=ConsoleOutput(out=io.StringIO())) as engine:
        half = len(ordinary) // 2
        await _poll(engine, ordinary[0])  # starts the worker processes
        _show("nothing beside it", await _one_after_the_other(engine, ordinary[1:half]))
        beside = [asyncio.create_task(_poll(engine, feed)) for feed in troublesome]
        waits = await _one_after_the_other(engine, ordinary[half:])
        _show("beside the three", waits)
        for feed, task in zip(troublesome, beside, strict=True):
            print(f"{feed.url:28} took {await task:6.2f} s")


async def _one_after_the_other(engine: Engine, feeds: list[Feed]) -> list[float]:
    polls = []
    for feed in feeds:
        polls.append(asyncio.create_task(_poll(engine, feed)))
        await asyncio.sleep(EVERY)
    return await asyncio.gather(*polls)


async def _poll(engine: Engine, feed: Feed) -> float:
    started = time.perf_counter()
    await engine.polling.poll([feed], now=datetime.now(UTC))
    return time.perf_counter() - started


def _show(title: str, waits: list[float]) -> None:
    middle, longest = sorted(waits)[len(waits) // 2], max(waits)
    print(f"{title:28} median {middle:5.2f} s, longest {longest:5.2f} s", flush=True)


@contextmanager
def _troublesome(port: int) -> Iterator[None]:
    """Serve the three from a process of their own."""
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_serve_until_ended, args=(port,), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def _serve_until_ended(port: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the benchmark's own handler exits with a message
    asyncio.run(_serve(port))


async def _serve(port: int) -> None:
    server = await asyncio.start_server(_answer, list(TROUBLE.values()), port)
    await server.serve_forever()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
    body = {"/large": _large, "/page": _page, "/tarpit": _page}[path]()
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode())
    with suppress(OSError):
        if path == "/tarpit":
            for at in range(len(body)):
                writer.write(body[at : at + 1])
                await writer.drain()
                await asyncio.sleep(1)
        writer.write(body)
        await writer.drain()


def _large() -> bytes:
    text = "The council met until midnight and sent its budget back to the committees. " * 32
    items = "".join(
        f"<item><title>Item number {number} of a long list</title><guid>{number}</guid>"
        f"<description>&lt;p&gt;{text}&lt;/p&gt;</description></item>"
        for number in range(2_000)
    )
    return f"<rss version='2.0'><channel><title>Large</title>{items}</channel></rss>".encode()[:4_900_000]


def _page() -> bytes:
    row = "<tr><td class='a'>A cell</td><td><a href='/x?a=1&b=2'>a link</a> &nbsp; more</td></tr>\n"
    return f"<!doctype html><html><body><table>{row * 9_000}</table></body></html>".encode()

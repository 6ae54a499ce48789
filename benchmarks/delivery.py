"""Time to send pending messages: 1,000 webhooks, 1,000 mails, and 1,000 webhooks beside a dead endpoint.

    python benchmarks/delivery.py [--messages 1000]

The messages are sealed in a database on disk; `storywatch once` sends them to real servers on loopback. Seconds are from
the command's start to the last message's arrival.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from receivers.hooks import Hooks

from storage.database import Database
from storage.model import Message

ROOT = Path(__file__).parent.parent
STORYWATCH = [sys.executable, "-c", "from monitor.cli import main; main()", "once"]
BODY = b'{"type":"story.new","timestamp":"2026-01-01T00:00:00Z","data":{"text":"' + b"x" * 1_500 + b'"}}'
HEAD = (
    '[polling]\nallow_networks = ["127.0.0.0/8"]\nallow_ports = []\n[[topics]]\nname = "t"\nquery = "word"\n'
)
HOOK = '[[channels]]\nname = "{name}"\ntype = "webhook"\nurl = "http://127.0.0.1:{port}/"\n'
MAIL = (
    '[[channels]]\nname = "desk"\ntype = "email"\nto = "desk@news.example"\nfrom = "storywatch@news.example"\n'
    'host = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
)
DEAD_PORT = 9  # the discard port, on which nothing listens


def prepared(folder: Path, channels: str, messages: Mapping[str, int]) -> None:
    """Write a configuration and a database with `messages` sealed messages for each channel."""
    (folder / "storywatch.toml").write_text(HEAD + channels, encoding="utf-8")
    database, now = Database.open(f"sqlite:///{folder / 'storywatch.db'}"), datetime.now(UTC)
    with database.write() as ledger:
        for channel, count in messages.items():
            for number in range(count):
                message = Message(
                    id=f"msg_{uuid4().hex}",
                    channel=channel,
                    kind="story.new",
                    subject=f"[t] message {number}",
                    body=BODY,
                    created_at=now,
                )
                ledger.outbox.enqueue(message, recipients={f"dlv_{uuid4().hex}": "desk@news.example"})
    database.close()


async def once(folder: Path) -> float:
    """Run the command and return its start time."""
    began = time.monotonic()
    program = await asyncio.create_subprocess_exec(
        *STORYWATCH, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    await program.wait()
    return began


async def webhooks(folder: Path, count: int) -> float:
    """Return the seconds until the last of `count` webhooks arrived."""
    hooks = Hooks()
    server = await hooks.serve()
    prepared(folder, HOOK.format(name="hook", port=hooks.port), {"hook": count})
    began = await once(folder)
    server.close()
    assert len({ident for _, ident, _ in hooks.arrived}) == count
    return hooks.arrived[-1][0] - began


async def beside_a_dead_one(folder: Path, count: int) -> tuple[float, int]:
    """Return the seconds until the last webhook of the good endpoint arrived, and the attempts at the dead one."""
    hooks = Hooks()
    server = await hooks.serve()
    channels = HOOK.format(name="dead", port=DEAD_PORT) + HOOK.format(name="hook", port=hooks.port)
    prepared(folder, channels, {"dead": count, "hook": count})
    began = await once(folder)
    server.close()
    database = Database.open(f"sqlite:///{folder / 'storywatch.db'}")
    with database.read() as ledger:
        tries = sum(
            posting.delivery.attempts
            for posting in ledger.outbox.postings()
            if posting.delivery.channel == "dead"
        )
    database.close()
    return hooks.arrived[-1][0] - began, tries


def mails(folder: Path, count: int) -> float:
    """Return the seconds until the last of `count` mails was accepted."""
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "benchmarks" / "receivers" / "mail.py")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        prepared(folder, MAIL.format(port=int(server.stdout.readline())), {"desk": count})
        began = asyncio.run(once(folder))
        last = [float(server.stdout.readline()) for _ in range(count)][-1]
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    return last - began


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=1000)
    count = parser.parse_args().messages
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / kind for kind in ("hooks", "dead", "mails")]
        for folder in folders:
            folder.mkdir()
        print(f"{count} webhooks to a fast receiver: {asyncio.run(webhooks(folders[0], count)):.1f} s")
        seconds, tries = asyncio.run(beside_a_dead_one(folders[1], count))
        print(
            f"the same beside a dead endpoint with as many: {seconds:.1f} s; tries at the dead one: {tries}"
        )
        print(f"{count} mails to a local SMTP server: {mails(folders[2], count):.1f} s")


if __name__ == "__main__":
    main()

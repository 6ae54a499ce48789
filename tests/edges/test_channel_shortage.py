"""A sender without descriptors, processes or threads says so, and takes it for no fault of its receiver (C3)."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest
from builders import NOON, a_channel, a_delivery, a_message, a_webhook_channel, an_email_channel

from alerts.channels.atomfile import AtomFileSender
from alerts.channels.command import CommandSender
from alerts.channels.console import ConsoleSender
from alerts.channels.interface import Sender
from alerts.channels.smtp import EmailSender
from alerts.channels.webhook import WebhookSender
from monitor.polling.http.fetch import Fetcher
from monitor.polling.http.network_rules import NetworkRules
from monitor.service.engine import GuardedHttp
from storage.shortage import ResourceShortage, resource_shortage


@contextmanager
def starved() -> Iterator[None]:
    """Use up every file descriptor of this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []
    highest = max(int(one.name) for one in Path("/proc/self/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 2, hard))
    try:
        while True:
            try:
                taken.append(os.open(os.devnull, os.O_RDONLY))
            except OSError:
                break
        yield
    finally:
        for number in taken:
            os.close(number)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


SENDERS: dict[str, Callable[[Path, Fetcher], Sender]] = {
    "webhook": lambda _, fetcher: WebhookSender(
        a_webhook_channel(url="http://127.0.0.1:9/hook", secrets=()), http=GuardedHttp(fetcher)
    ),
    "email": lambda _, __: EmailSender(an_email_channel(host="127.0.0.1", port=9, security="none")),
    "command": lambda _, __: CommandSender(a_channel("command", command=(sys.executable, "-c", ""))),
    "feed": lambda folder, _: AtomFileSender(a_channel("feed", path=str(folder / "alerts.xml"))),
}


@pytest.mark.parametrize("kind", SENDERS)
def test_a_lack_of_descriptors_is_a_local_shortage(tmp_path: Path, kind: str) -> None:
    """The sender raises an error that names the shortage, and works again once descriptors are free."""

    async def send() -> None:
        rules = NetworkRules(
            user_agent="test", allow_networks=(ip_network("127.0.0.0/8"),), allow_ports=frozenset()
        )
        async with Fetcher(rules) as fetcher:
            sender = SENDERS[kind](tmp_path, fetcher)
            with starved(), pytest.raises(ResourceShortage, match="ran out of resources"):
                await sender.send(a_message(), a_delivery(), now=NOON)
            await sender.send(a_message(), a_delivery(), now=NOON)

    asyncio.run(send())


def test_a_lack_of_threads_is_a_local_shortage(monkeypatch: pytest.MonkeyPatch) -> None:
    """The console's output is open; only this process could not write to it."""

    async def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(asyncio, "to_thread", refuse)
    with pytest.raises(ResourceShortage, match="thread"):
        asyncio.run(ConsoleSender(sys.stdout).send(a_message(), a_delivery(), now=NOON))


def test_eagain_is_a_shortage_only_when_starting_a_process() -> None:
    """Elsewhere the same error number means that something is not ready yet."""
    again = OSError(errno.EAGAIN, "Resource temporarily unavailable")
    assert resource_shortage(again, forking=True) is not None
    assert resource_shortage(again) is None

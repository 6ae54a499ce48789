"""A network that can be disconnected: a namespace with everything a worker talks to on the other side.

The addresses are of 198.18.0.0/15, which RFC 2544 keeps for tests: nothing here leaves the machine.
"""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import pytest


@dataclass(frozen=True, slots=True, kw_only=True)
class Cable:
    """A link to a network namespace; inside it, the addresses of `near` lead to this end."""

    namespace: str
    link: str
    near: str  # the first address at this end

    @property
    def inside(self) -> list[str]:
        """The first words of a command that runs in the namespace."""
        return ["ip", "netns", "exec", self.namespace]

    def pull(self) -> None:
        """Cut the link: packets are lost without notice."""
        _ip("link", "set", self.link, "down")

    def plug(self) -> None:
        """Restore the link."""
        _ip("link", "set", self.link, "up")

    def free_port(self) -> int:
        """Return a port that nobody listens on at this end."""
        with socket.create_server((self.near, 0)) as probe:
            port: int = probe.getsockname()[1]
        return port


@contextmanager
def cable() -> Iterator[Cable]:
    """Set up a link for a block, or skip the test without the permission to do so."""
    if shutil.which("ip") is None:
        pytest.skip("no `ip` here (Debian: apt-get install iproute2)")
    name, net = f"storywatch-{uuid4().hex[:6]}", f"198.18.{random.randrange(1, 255)}"
    link, far = f"sw{name[-6:]}", f"sx{name[-6:]}"
    made = subprocess.run(["ip", "netns", "add", name], check=False, capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no network namespace can be made here: {made.stderr.strip()}")
    try:
        _ip("link", "add", link, "type", "veth", "peer", "name", far, "netns", name)
        _ip("address", "add", f"{net}.1/30", "dev", link)
        _ip("link", "set", link, "up")
        _ip("-n", name, "address", "add", f"{net}.2/30", "dev", far)
        _ip("-n", name, "link", "set", far, "up")
        _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", name, "route", "add", "default", "via", f"{net}.1")
        # On `lo`, so that they stay when the cable is pulled.
        _ip("route", "add", "local", f"{net}.128/25", "dev", "lo")
        try:
            yield Cable(namespace=name, link=link, near=f"{net}.129")
        finally:
            _ip("route", "delete", "local", f"{net}.128/25", "dev", "lo")
    finally:
        _ip("netns", "delete", name)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)

"""Passes messages to a program of the owner's: JSON on standard input, the id in the environment."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.channels.interface import (
    Accepted,
    Blocked,
    Deferred,
    Refused,
    Unknown,
    unannounced,
)
from alerts.channels.kind import ChannelKind
from alerts.channels.redact import safe_line
from storage.model import MessageForm
from storage.shortage import resource_shortage

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from datetime import datetime

    from alerts.channels.interface import Announce, Answer, Sender
    from alerts.channels.kind import SenderParts
    from storage.model import Channel, Delivery, Message

DEADLINE = timedelta(seconds=60)  # a program that needs longer should exit and continue in the background
EX_TEMPFAIL = 75  # sysexits.h: a temporary failure
MAX_STDERR = 16_384  # bytes read of the program's standard error


class CommandSender:
    """Runs the channel's command, an argument list without a shell, once for each message."""

    def __init__(self, channel: Channel, *, deadline: timedelta = DEADLINE) -> None:
        if not channel.command:
            raise ValueError(f"channel '{channel.name}': a command channel needs a command")
        self._command = channel.command
        self._deadline = deadline

    async def send(
        self, message: Message, delivery: Delivery, *, now: datetime, announce: Announce = unannounced
    ) -> Answer:
        """Run the command. Exit code 0 means accepted, 75 try later, any other code refused (with a few retries)."""
        del now
        environment = {
            **os.environ,
            "STORYWATCH_ID": delivery.id,
            "STORYWATCH_TYPE": message.kind,
            "STORYWATCH_RECIPIENT": delivery.recipient,
        }
        await announce()
        try:
            program = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                env=environment,
                start_new_session=True,  # so that its children are killed with it
            )
        except (OSError, RuntimeError, MemoryError) as error:
            if shortage := resource_shortage(error, forking=True):
                raise shortage from error
            if not isinstance(error, OSError):
                raise
            return Blocked(
                text=safe_line(f"{self._command[0]}: {error.strerror or error}; check the channel's command")
            )
        return await self._outcome(program, message.body)

    async def _outcome(self, program: Process, body: bytes) -> Answer:
        assert program.stdin is not None
        assert program.stderr is not None
        stderr_text = bytearray()
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                # Concurrently, so that neither side blocks the other.
                await asyncio.gather(_read(program.stderr, stderr_text), _write(program.stdin, body))
                await program.wait()
        except TimeoutError:
            # Without an exit code the program still runs; with one, a child of it keeps our pipes open.
            if program.returncode is None:
                seconds = int(self._deadline.total_seconds())
                return Unknown(text=safe_line(f"{self._command[0]}: still running after {seconds} s, killed"))
        finally:
            _kill(program)
            # Reaped even on cancellation: no zombie, no half-closed pipe.
            await asyncio.shield(program.wait())
        assert program.returncode is not None
        return self._judged(program.returncode, stderr_text.decode("utf-8", "replace"))

    def _judged(self, code: int, stderr_text: str) -> Answer:
        text = safe_line(
            f"{self._command[0]}: exit code {code}" + (f": {stderr_text}" if stderr_text.strip() else "")
        )
        if code == 0:
            return Accepted(text=text, code=code)
        if code < 0:
            return Unknown(text=safe_line(f"{self._command[0]}: ended by signal {-code}"))
        if code == EX_TEMPFAIL:
            return Deferred(text=text, code=code)
        return Refused(text=text, code=code, retryable=True)


async def _write(stdin: asyncio.StreamWriter, body: bytes) -> None:
    # A program may close its input or exit without reading; its exit code decides, not our pipe. uvloop raises a
    # RuntimeError for a pipe that was closed before the first write.
    with contextlib.suppress(OSError, RuntimeError):
        stdin.write(body)
        await stdin.drain()
        stdin.close()
        await stdin.wait_closed()


async def _read(stderr: asyncio.StreamReader, stderr_text: bytearray) -> None:
    while chunk := await stderr.read(4096):
        stderr_text += chunk[: MAX_STDERR - len(stderr_text)]


def _kill(program: Process) -> None:
    """Kill the program's whole session: its background children may keep our pipe open."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(program.pid, signal.SIGKILL)


def _sender(channel: Channel, parts: SenderParts) -> Sender:
    del parts
    return CommandSender(channel)


KIND = ChannelKind(name="command", form=MessageForm.JSON, sender=_sender, needed=("command",))

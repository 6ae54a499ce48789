"""Messages to a program of the owner's: JSON on standard input, the id in the environment."""

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
from alerts.channels.redact import spoken
from storage.model import MessageForm

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from datetime import datetime

    from alerts.channels.interface import Announce, Answer, Sender
    from alerts.channels.kind import SenderParts
    from storage.model import Channel, Delivery, Message

DEADLINE = timedelta(seconds=60)  # a program that takes longer hangs, or should answer and work on by itself
EX_TEMPFAIL = 75  # sysexits.h: "try again later", as every mail program understands it
MAX_STDERR = 16_384  # bytes read of what the program says


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
        """Run the command and judge its exit code: 0 accepted, 75 later, anything else a refusal worth a few tries."""
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
                start_new_session=True,  # so that its children die with it
            )
        except OSError as error:
            return Blocked(
                text=spoken(f"{self._command[0]}: {error.strerror or error}; check the channel's command")
            )
        return await self._outcome(program, message.body)

    async def _outcome(self, program: Process, body: bytes) -> Answer:
        assert program.stdin is not None
        assert program.stderr is not None
        said = bytearray()
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                # Both at once: neither may wait for the other.
                await asyncio.gather(_read(program.stderr, said), _write(program.stdin, body))
                await program.wait()
        except TimeoutError:
            # Without an exit code it still runs; with one, only something that it started holds our pipes.
            if program.returncode is None:
                seconds = int(self._deadline.total_seconds())
                return Unknown(text=spoken(f"{self._command[0]}: still running after {seconds} s, killed"))
        finally:
            _kill(program)
            # Reaped even when we are cancelled: no zombie, no half-closed pipe.
            await asyncio.shield(program.wait())
        assert program.returncode is not None
        return self._judged(program.returncode, said.decode("utf-8", "replace"))

    def _judged(self, code: int, said: str) -> Answer:
        text = spoken(f"{self._command[0]}: exit code {code}" + (f": {said}" if said.strip() else ""))
        if code == 0:
            return Accepted(text=text, code=code)
        if code < 0:
            return Unknown(text=spoken(f"{self._command[0]}: ended by signal {-code}"))
        if code == EX_TEMPFAIL:
            return Deferred(text=text, code=code)
        return Refused(text=text, code=code, retryable=True)


async def _write(stdin: asyncio.StreamWriter, body: bytes) -> None:
    # A program may close its input, or exit, without reading: its exit code decides, not our pipe. uvloop raises a
    # RuntimeError for a pipe that was closed before the first write.
    with contextlib.suppress(OSError, RuntimeError):
        stdin.write(body)
        await stdin.drain()
        stdin.close()
        await stdin.wait_closed()


async def _read(stderr: asyncio.StreamReader, said: bytearray) -> None:
    while chunk := await stderr.read(4096):
        said += chunk[: MAX_STDERR - len(said)]


def _kill(program: Process) -> None:
    """End the program's whole session; what it left in the background may hold our pipe open."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(program.pid, signal.SIGKILL)


def _sender(channel: Channel, parts: SenderParts) -> Sender:
    del parts
    return CommandSender(channel)


KIND = ChannelKind(name="command", form=MessageForm.JSON, sender=_sender, needed=("command",))

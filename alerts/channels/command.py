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
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                said = await _feed(program, body)
                code = await program.wait()
        except TimeoutError:
            seconds = int(self._deadline.total_seconds())
            return Unknown(text=spoken(f"{self._command[0]}: still running after {seconds} s, killed"))
        finally:
            _kill(program)
            # Reaped even when we are cancelled: no zombie, no half-closed pipe.
            await asyncio.shield(program.wait())
        return self._judged(code, said)

    def _judged(self, code: int, said: str) -> Answer:
        text = spoken(f"{self._command[0]}: exit code {code}" + (f": {said}" if said.strip() else ""))
        if code == 0:
            return Accepted(text=text, code=code)
        if code < 0:
            return Unknown(text=spoken(f"{self._command[0]}: ended by signal {-code}"))
        if code == EX_TEMPFAIL:
            return Deferred(text=text, code=code)
        return Refused(text=text, code=code, retryable=True)


async def _feed(program: Process, body: bytes) -> str:
    """Write the body and read what the program says, both at once: neither may wait for the other."""
    assert program.stdin is not None
    assert program.stderr is not None
    said, _ = await asyncio.gather(_first_words(program.stderr), _write(program.stdin, body))
    return said


async def _write(stdin: asyncio.StreamWriter, body: bytes) -> None:
    # A program that exits without reading has said all it has to say: its exit code.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stdin.write(body)
        await stdin.drain()
        stdin.close()
        await stdin.wait_closed()


async def _first_words(stderr: asyncio.StreamReader) -> str:
    kept = b""
    while chunk := await stderr.read(4096):
        kept = (kept + chunk)[:MAX_STDERR]
    return kept.decode("utf-8", "replace")


def _kill(program: Process) -> None:
    """End the program's whole session; what it left in the background may hold our pipe open."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(program.pid, signal.SIGKILL)


def _sender(channel: Channel, parts: SenderParts) -> Sender:
    del parts
    return CommandSender(channel)


KIND = ChannelKind(name="command", form=MessageForm.JSON, sender=_sender, needed=("command",))

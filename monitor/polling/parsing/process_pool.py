"""A pool of worker processes on sockets: bodies go out, results come back, and each process can be killed.

The event loop uses the sockets directly. The threads of an ordinary pool would compete with the loop for the GIL, and
the workers would idle meanwhile: half the time of a first fetch.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import pickle
import signal
import socket
import struct
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

BODIES_PER_WORKER = 500  # then a new process is started, which frees fragmented memory
IDLE_SECONDS = 60.0  # then a worker without a body is ended: each holds 14 MB, and starting one takes 20 ms
_LENGTH = struct.Struct("!i")  # the frame header of multiprocessing's connections, which the worker uses
SAFE_PATH = "PYTHONSAFEPATH"
_START_LOCK = Lock()  # held while a process starts


Answer = TypeVar("Answer")


class WorkerDied(Exception):  # noqa: N818 (what happened)
    """A worker ended while it parsed a body."""


class NoWorker(Exception):  # noqa: N818 (what happened)
    """No process could be started."""


class ReadingFault(Exception):  # noqa: N818 (our own error, with the worker's traceback)
    """Parsing a body raised an unexpected error."""


class ProcessPool(Generic[Answer]):
    """Up to `workers` processes, started when needed. Use it from one event loop; close it when done."""

    def __init__(
        self, workers: int, read: Callable[..., Answer], *, memory_bytes: int, niceness: int = 0
    ) -> None:
        """Let workers call `read(body, **asked)`, a module-level function; `niceness` lowers their priority."""
        self._read = read
        self._room = asyncio.Semaphore(workers)
        self._memory_bytes = memory_bytes
        self._niceness = niceness
        self._idle: list[_Worker] = []  # the longest idle one first
        self._ending: asyncio.TimerHandle | None = None
        self._busy: set[_Worker] = set()

    async def read(self, body: bytes, asked: dict[str, Any], *, seconds: float) -> Answer:
        """Parse one body in a worker.

        Raises:
            TimeoutError: it took more than `seconds`; the worker was killed.
            MemoryError: it took more memory than a worker may use.
            WorkerDied: the worker ended.
            NoWorker: no worker could be started.
        """
        async with self._room:
            worker = await self._worker()
            self._busy.add(worker)
            try:
                async with asyncio.timeout(seconds):
                    answer: Answer | Exception = await worker.ask((self._read, body, asked))
            except BaseException:
                worker.kill()
                raise
            finally:
                self._busy.discard(worker)
            self._put_back(worker)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _worker(self) -> _Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.is_alive():
                return worker
            worker.kill()  # the kernel's OOM killer may have ended it between two bodies
        try:
            return await _Worker.start(self._memory_bytes, self._niceness)
        except (OSError, EOFError) as error:
            raise NoWorker from error

    def _put_back(self, worker: _Worker) -> None:
        if worker.bodies >= BODIES_PER_WORKER:
            worker.kill()
            return
        worker.idle_since = asyncio.get_running_loop().time()
        self._idle.append(worker)
        if self._ending is None:
            self._end_idle()

    def _end_idle(self) -> None:
        """End the workers that have been idle for long, and look again when the next one will have been."""
        loop = asyncio.get_running_loop()
        while self._idle and loop.time() - self._idle[0].idle_since >= IDLE_SECONDS:
            self._idle.pop(0).kill()
        self._ending = None
        if self._idle:
            self._ending = loop.call_at(self._idle[0].idle_since + IDLE_SECONDS, self._end_idle)

    async def aclose(self) -> None:
        """Stop the workers, whatever they do."""
        if self._ending is not None:
            self._ending.cancel()
        workers = [*self._idle, *self._busy]
        self._idle.clear()
        for worker in workers:
            worker.kill()
        for worker in workers:
            await asyncio.to_thread(worker.process.join)


class _Worker:
    """One process and the event loop's end of its socket."""

    def __init__(
        self, process: BaseProcess, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.process = process
        self.bodies = 0
        self.idle_since = 0.0  # on the loop's clock, seconds
        self._reader = reader
        self._writer = writer

    @classmethod
    async def start(cls, memory_bytes: int, niceness: int) -> _Worker:
        """Start a process. Raises OSError or EOFError if the machine has no resources for one."""
        context = _context()
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, memory_bytes, niceness), daemon=True)  # type: ignore[attr-defined]
        try:
            await asyncio.to_thread(_start, process)
            end = socket.socket(fileno=socket.dup(ours.fileno()))
            reader, writer = await asyncio.open_connection(sock=end)
        finally:
            theirs.close()
            ours.close()
        return cls(process, reader, writer)

    async def ask(self, question: object) -> Any:
        """Send a request and return the worker's answer. Raises `WorkerDied`."""
        self.bodies += 1
        packed = pickle.dumps(question, pickle.HIGHEST_PROTOCOL)
        try:
            self._writer.writelines((_LENGTH.pack(len(packed)), packed))
            await self._writer.drain()
            (length,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
            packed = await self._reader.readexactly(length)
        except (OSError, EOFError) as error:
            raise WorkerDied from error
        return pickle.loads(packed)  # noqa: S301 (a process of ours wrote it)

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self.process.is_alive() and not self._reader.at_eof()

    def kill(self) -> None:
        """End the process at once."""
        self._writer.close()
        self.process.kill()


def _start(process: BaseProcess) -> None:
    """Start a process without importing the program's main module, which is not needed for parsing."""
    with _START_LOCK:
        program = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            with _working_directory_off_path():
                process.start()
        finally:
            sys.modules["__main__"] = program


@contextmanager
def _working_directory_off_path() -> Iterator[None]:
    """Let `python -c`, by which the fork server starts, ignore modules that anyone left in the working directory."""
    before = os.environ.get(SAFE_PATH)
    os.environ[SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[SAFE_PATH]
        else:
            os.environ[SAFE_PATH] = before


def _context() -> BaseContext:
    """Return the fork server if the system has one: it starts fast and copies no threads or locks of this process."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    # The launcher goes first: the fork server starts without the module path of this process.
    parsing = ("process_pool", "read_body", "feed_parser")  # imported once for all workers
    context.set_forkserver_preload(
        ["storywatch", *(f"monitor.polling.parsing.{module}" for module in parsing)]
    )
    return context


def _serve(questions: Connection, memory_bytes: int, niceness: int) -> None:
    """Answer requests until the other end closes; runs in the worker."""
    _limit(memory_bytes)
    if niceness and hasattr(os, "nice"):  # not on Windows
        os.nice(niceness)
    gc.freeze()  # keeps pages shared with the fork server: the collector would write to them
    while True:
        try:
            read, body, asked = pickle.loads(questions.recv_bytes())  # noqa: S301 (our own parent wrote it)
        except (EOFError, OSError):
            return
        questions.send_bytes(_answer(read, body, asked))


def _answer(read: Callable[..., object], body: bytes, asked: dict[str, Any]) -> bytes:
    try:
        answer = read(body, **asked)
    except MemoryError:
        answer = MemoryError()
    except Exception:  # noqa: BLE001 (raised again where it is recorded)
        answer = ReadingFault(traceback.format_exc())
    return pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)


def _limit(memory_bytes: int) -> None:
    """Limit a worker's memory, and ignore Ctrl-C: the parent stops its workers itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        import resource  # noqa: PLC0415 (not on Windows)
    except ImportError:
        return
    own_size = _pages_of_this_process() * resource.getpagesize()
    if not own_size:
        return  # without /proc (macOS) the kernel does not enforce this limit either
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = own_size + memory_bytes
    resource.setrlimit(
        resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard)
    )


def _pages_of_this_process() -> int:
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return 0

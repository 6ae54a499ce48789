"""The process and its environment: process 1 of a container, descriptor limits, and exit codes of temporary faults."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.cli.shared.context import answer_for
from monitor.service.process.limits import raise_descriptor_limit
from storage.engine.errors import DatabaseRefused, DatabaseUnavailable
from storage.shortage import ResourceShortage

ORPHAN = """
import os, time
from monitor.service.process.container_init import leave_process_one
leave_process_one()
assert os.getpid() != 1
middle = os.fork()
if middle == 0:
    if os.fork() == 0:
        os._exit(0)  # an orphan, since its parent ends, too
    os._exit(0)
os.waitpid(middle, 0)
until = time.monotonic() + 20
def state(name):
    try:
        with open(f"/proc/{name}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""  # reaped between the listing and the reading
def zombies():
    return [state(name) for name in os.listdir("/proc") if name.isdigit()].count("Z")
while zombies() and time.monotonic() < until:
    time.sleep(0.01)
print(os.getppid(), zombies())
raise SystemExit(7)
"""


UPGRADE = """
import sys
from monitor.service.process.upgrade_apart import upgrade_apart
from storage.database import Database
url = sys.argv[1]
before = Database.is_current(url)
upgrade_apart(url)
Database.open(url).close()
print(before, Database.is_current(url), "alembic" in sys.modules)
"""


def test_a_long_running_process_does_not_keep_the_tools_of_an_upgrade(tmp_path: Path) -> None:
    """The tables of a new database are created in another process."""
    url = f"sqlite:///{tmp_path / 'new.db'}"
    done = subprocess.run(
        [sys.executable, "-c", UPGRADE, url], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == "False True False\n", done.stderr


def test_orphans_are_reaped_in_a_container() -> None:
    """Process 1 reaps children of command channels and exits with the code of its child."""
    unshare = shutil.which("unshare")
    if unshare is None or os.geteuid() != 0:
        pytest.skip("only root can make a process the first of its namespace")
    done = subprocess.run(
        [unshare, "--pid", "--fork", "--mount-proc", sys.executable, "-c", ORPHAN],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if "unshare" in done.stderr:
        pytest.skip(f"no namespace can be made here: {done.stderr}")
    assert (done.stdout, done.returncode) == ("1 0\n", 7), done.stderr


def test_the_soft_limit_on_descriptors_is_raised() -> None:
    """A soft limit of 256 must not fail feeds if the hard limit is higher."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        raise_descriptor_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 256
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DatabaseUnavailable("locked"), 69),
        (ResourceShortage("too many open files"), 69),
        (OSError(errno.ENOSPC, "No space left on device"), 69),
        (OSError(errno.EADDRINUSE, "Address already in use"), 69),
        (DatabaseRefused("damaged"), 2),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "x"), 2),
        (OSError(errno.ENAMETOOLONG, "File name too long", "x"), 2),
        (OSError(errno.ELOOP, "Too many levels of symbolic links", "x"), 2),
        (KeyError("x"), 70),
    ],
)
def test_a_transient_error_has_an_exit_code_of_its_own(error: Exception, code: int) -> None:
    """A service manager restarts after it, but not after a configuration error."""
    assert answer_for(error)[1] == code

"""Boots a copy of this machine with systemd, runs one script in it, and throws the copy away."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

UNIT = """\
[Unit]
SuccessAction=exit
FailureAction=exit
[Service]
Type=oneshot
ExecStart=/bin/sh /trial/trial.sh
StandardOutput=file:/trial/log
StandardError=file:/trial/log
"""
# A control group tree and an overlay of the machine's files of our own; both vanish with the mount namespace.
BOOT = """\
set -e
mount -t cgroup2 none /sys/fs/cgroup
group=$(mktemp -d /sys/fs/cgroup/storywatch-XXXXXX)
echo $$ > "$group/cgroup.procs"
mount -t tmpfs none "$1/copy"
mkdir "$1/copy/upper" "$1/copy/work" "$1/copy/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/copy/upper,workdir=$1/copy/work" "$1/copy/root"
cp "$1/trial.service" "$1/copy/root/etc/systemd/system/"
rm -f "$1/copy/root/etc/machine-id"
systemd-nspawn --register=no --keep-unit --quiet --link-journal=no --console=pipe --machine="${group##*/}" \
  --directory="$1/copy/root" --bind="$1:/trial" --boot systemd.unit=trial.service && code=0 || code=$?
echo $$ > /sys/fs/cgroup/cgroup.procs
find "$group" -depth -type d -exec rmdir {} +
rm -rf "/run/systemd/nspawn/propagate/${group##*/}"
exit $code
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How a script in a booted machine ended."""

    code: int
    log: str


def run_in_a_booted_machine(script: Path, folder: Path) -> Trial:
    """Run a script as root in a copy of this machine, with a folder as its /trial; skip where none can be booted."""
    for program in ("systemd-nspawn", "unshare", "dpkg-deb"):
        if shutil.which(program) is None:
            pytest.skip(f"no {program} here (Debian: apt-get install systemd-container)")
    (folder / "copy").mkdir()
    (folder / "trial.service").write_text(UNIT, encoding="utf-8")
    shutil.copy(script, folder / "trial.sh")
    done = subprocess.run(
        [
            "unshare",
            "--mount",
            "--cgroup",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "sh",
            "-c",
            BOOT,
            "sh",
            str(folder),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    log = folder / "log"
    if not log.exists():
        pytest.skip(f"no machine can be booted here: {done.stdout[-500:]}")
    return Trial(code=done.returncode, log=log.read_text(encoding="utf-8"))

"""Builds the wheel and the sdist as pip would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
EPOCH = "1767225600"  # 1 January 2026, 0:00 UTC


def built(target: str, *, source: Path, into: Path) -> Path:
    """Build a wheel or an sdist with the tool that pip would use, and return its file."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    subprocess.run(command, cwd=source, env=environment, check=True, capture_output=True, timeout=120)
    return next(into.glob("*.whl" if target == "wheel" else "*.tar.gz"))

"""Runs a benchmark on a temporary PostgreSQL server, and prints the server's CPU and its slowest statements.

    python benchmarks/on_postgresql.py live.py --stream bench --items 4000
    python benchmarks/on_postgresql.py million.py --items 100000

The benchmark must have the option `--server`. The server has the settings of the tests, without `fsync`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

import psycopg  # noqa: E402
from pollers.meter import cpu_seconds  # noqa: E402
from postgresql import server_of  # noqa: E402
from scaling.ledger import programs  # noqa: E402

SLOW_MS = 100  # statements that take longer are logged with their plan
SETTINGS = (
    "LOAD 'auto_explain'",
    "ALTER SYSTEM SET session_preload_libraries = 'auto_explain'",
    f"ALTER SYSTEM SET auto_explain.log_min_duration = {SLOW_MS}",
    "ALTER SYSTEM SET auto_explain.log_analyze = on",
    "ALTER SYSTEM SET auto_explain.log_timing = off",
    "SELECT pg_reload_conf()",
)


def main() -> None:
    """Start the server, run the benchmark, and print what the server did."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--log", type=Path, help="copy the server's log with the plans of slow statements there"
    )
    parser.add_argument("benchmark", help="a file of this folder")
    parser.add_argument("options", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    with server_of(programs()) as server:
        url = server.url.format(name="postgres")
        with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
            for statement in SETTINGS:
                connection.execute(statement)
        postmaster = int((server.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        began = time.perf_counter()
        command = [sys.executable, ROOT / "benchmarks" / given.benchmark, *given.options, "--server", url]
        done = subprocess.run(command, check=False)
        print(
            f"server: {cpu_seconds(postmaster):.1f} s of CPU in {time.perf_counter() - began:.0f} s by the clock"
        )
        log = (server.folder / "log").read_bytes()
        print(f"statements over {SLOW_MS} ms: {log.count(b'plan:')}")
        if given.log:
            given.log.write_bytes(log)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()

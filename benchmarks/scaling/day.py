"""The effect of a simulated day on the tables."""

from __future__ import annotations

import time
from pathlib import Path

from pollers.contest import Farm
from postgresql import server_of
from scaling.ledger import Ledger, is_up_to_date, programs, until, workers

HOURS = 24
TABLES = (
    "feeds",
    "items",
    "identities",
    "readings",
    "claims",
    "to_match",
    "procrastinate_jobs",
    "procrastinate_events",
)


def day(folder: Path, farm: Farm, feeds: int) -> None:
    """Print the effect of a simulated day on the tables."""
    with server_of(programs()) as server:
        ledger = Ledger(server)
        with workers(folder, 2, ledger.url):
            until(lambda: is_up_to_date(ledger, feeds))
            until(lambda: ledger.waiting() == 0)
            ledger.rows("SELECT pg_stat_reset()")
            sizes = _sizes(ledger)
            for _ in range(HOURS):
                farm.ask("round?changed=0.1")
                ledger.make_due()
                until(lambda: ledger.waiting() == 0)
            time.sleep(3)  # the server needs time to publish its statistics
        print(f"a day: {HOURS} polls of {feeds} feeds, a tenth with news each time")
        print(
            f"{'table':22} {'inserted':>9} {'updated':>9} {'of it HOT':>9} {'deleted':>9} {'dead now':>9} {'MB':>12}"
        )
        for name, *counts, size in ledger.rows(
            "SELECT relname, n_tup_ins, n_tup_upd, n_tup_hot_upd, n_tup_del, n_dead_tup, pg_total_relation_size(relid)"
            " FROM pg_stat_user_tables ORDER BY relname"
        ):
            if name in TABLES:
                was = sizes[str(name)] / 1e6
                numbers = " ".join(f"{number:>9}" for number in counts)
                print(f"{name:22} {numbers} {was:5.1f} → {int(str(size)) / 1e6:4.1f}")
        print()


def _sizes(ledger: Ledger) -> dict[str, int]:
    rows = ledger.rows("SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables")
    return {str(name): int(str(size)) for name, size in rows}

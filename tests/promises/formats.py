"""Writes the fields that the commands print with `--format json` after the demo's month, as what is promised.

python tests/promises/formats.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "edges")]
COMMANDS = (
    "alerts list --format json", "alerts show DELIVERY --format json", "channels list --format json",
    "backtest police-face-recognition --since 31d --format jsonl", "coverage --since 31d --format json",
    "digest --since 31d --format json", "doctor --format json", "feeds list --format json",
    "feeds show FEED --format json", "items search police --format json", "items show ITEM --format json",
    "status --format json", "stories list --since 31d --format json", "stories show STORY --format json",
    "topics explain police-face-recognition ITEM --format json", "topics list --format json",
    "topics show police-face-recognition --format json", "why ITEM --format json", "why STORY --format json",
)  # fmt: skip


def main() -> None:
    """Run the month and write the fields of each command."""
    from shell import spoken  # noqa: PLC0415  # found by the path above
    from test_demo_month import FORMATS, fields_of  # noqa: PLC0415

    FORMATS.write_text("{}", encoding="utf-8")
    with TemporaryDirectory() as name:
        folder = Path(name)
        spoken("demo", "--month", "--keep", "kept", folder=folder)
        fields = {command: sorted(fields_of(folder, command)) for command in COMMANDS}
    lines = [f" {json.dumps(command)}: {json.dumps(found)}" for command, found in fields.items()]
    FORMATS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

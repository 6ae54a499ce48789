"""The log on stderr: lines for people, or JSON objects for programs."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)  # by the number of `-v`
CHATTY = ("apscheduler", "httpx", "httpcore", "alembic")  # shown with `-vv` only
# Loggers that write a long traceback for each outage of the server, which storywatch logs in one line.
VERBOSE_ON_OUTAGE = ("procrastinate", "psycopg.pool")


class JsonLines(logging.Formatter):
    """Formats records as one JSON object per line, in which `key=value` words of the message are also keys."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        message = record.getMessage()
        pairs = (word.partition("=") for word in message.split() if "=" in word)
        row = {key: value for key, _, value in pairs if key.isidentifier()}
        row |= {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message,
        }
        if record.exc_info:
            row["exception"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=False)


def set_up_log(verbose: int, *, form: str) -> None:
    """Write the log to stderr at the level of the number of `-v`."""
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else text)
    logging.basicConfig(level=LEVELS[min(verbose, 2)], handlers=[handler])
    if LEVELS[min(verbose, 2)] > logging.DEBUG:
        for name in CHATTY:
            logging.getLogger(name).setLevel(logging.WARNING)
        for name in VERBOSE_ON_OUTAGE:
            logging.getLogger(name).setLevel(logging.CRITICAL)

"""The log on stderr: lines for people, or JSON objects for programs."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)  # by the number of `-v`
CHATTY = ("apscheduler", "httpx", "httpcore", "alembic")  # quiet until `-vv`, which is everything
EXCITED = ("procrastinate", "psycopg.pool")  # a page for each time the server is away, which we say in a line


class JsonLines(logging.Formatter):
    """One JSON object a line; `key=value` words of a message stand beside it as keys of their own."""

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
    """Write the log to stderr, as much as was asked for."""
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else text)
    logging.basicConfig(level=LEVELS[min(verbose, 2)], handlers=[handler])
    if LEVELS[min(verbose, 2)] > logging.DEBUG:
        for chatty in CHATTY:
            logging.getLogger(chatty).setLevel(logging.WARNING)
        for excited in EXCITED:
            logging.getLogger(excited).setLevel(logging.CRITICAL)

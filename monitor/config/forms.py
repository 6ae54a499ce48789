"""The forms in which values are written in the file, as JSON Schemas for editors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.schemas.json_schema import Schema, record
from monitor.config.units import DURATION, QUIET, SIZE

if TYPE_CHECKING:
    import re

NOT_EMPTY: Schema = {"type": "string", "minLength": 1}
_ENV = record(env=NOT_EMPTY) | {"additionalProperties": False, "description": "An environment variable."}
_FILE = record(file=NOT_EMPTY) | {"additionalProperties": False, "description": "A file with the secret."}
SECRET_FORM: Schema = {"anyOf": [NOT_EMPTY, _ENV, _FILE]}
PATH_FORM: Schema = {"type": "string", "minLength": 1, "description": "Relative to the folder of this file."}
NAME_FORM: Schema = {"type": "string", "minLength": 1, "maxLength": 100, "pattern": r"^[^*]+$"}
CRON_FORM: Schema = {"type": "string", "examples": ["0 7 * * mon-fri"]}
ZONE_FORM: Schema = {"type": "string", "examples": ["Europe/Berlin", "UTC"]}
LISTEN_FORM: Schema = {"type": "string", "examples": ["127.0.0.1:8765"]}
NETWORK_FORM: Schema = {"type": "string", "examples": ["127.0.0.0/8"]}


def _pattern(pattern: re.Pattern[str], *examples: str) -> Schema:
    return {"type": "string", "pattern": f"^{pattern.pattern}$", "examples": list(examples)}


DURATION_FORM = _pattern(DURATION, "90s", "1h30m", "7d")
SIZE_FORM: Schema = {"anyOf": [{"type": "integer", "minimum": 1}, _pattern(SIZE, "500kB", "5MB")]}
QUIET_FORM = _pattern(QUIET, "22:00-07:00")

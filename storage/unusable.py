"""Reasons why a database cannot be used, and the early check for another storywatch; imports no SQLAlchemy."""

from __future__ import annotations

from storage.engine.errors import AlreadyRunning, DatabaseRefused, DatabaseUnavailable
from storage.engine.file_lock import refuse_held

__all__ = ["AlreadyRunning", "DatabaseRefused", "DatabaseUnavailable", "refuse_held"]

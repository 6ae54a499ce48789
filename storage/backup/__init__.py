"""Whole databases: restoring a backup, and moving from SQLite to PostgreSQL."""

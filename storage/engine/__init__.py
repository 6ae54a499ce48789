"""Connections: opening SQLite and PostgreSQL, locking, migrating, copying, and the errors of all of them.

Nothing here knows what a table means (see `storage.stores`).
"""

"""Connections: opening SQLite and PostgreSQL, locking, migrating, copying, and their errors.

Nothing here knows the meaning of a table (see `storage.stores`).
"""

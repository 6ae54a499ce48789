"""Connections: opening SQLite and PostgreSQL, locking, migrating, copying, their errors and their memory.

Nothing here knows the meaning of a table (see `storage.stores`).
"""

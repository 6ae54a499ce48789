"""Sends messages: one module per channel type, behind one interface.

Nothing here words messages (see `alerts.render`) or decides about retries (see `alerts.sending`).
"""

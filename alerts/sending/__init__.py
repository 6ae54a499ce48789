"""What an attempt at a delivery means: sent, retried, held or dead, and what it says of its channel.

Nothing here speaks a protocol (see `alerts.channels`) or decides what is told (see `alerts.deciding`).
"""

"""The outcome of an attempt at a delivery (sent, retried, held or dead), and the health of its channel.

Nothing here implements a protocol (see `alerts.channels`) or decides about alerts (see `alerts.deciding`).
"""

"""How messages leave: one module per channel type, behind one interface.

Nothing here chooses words (see `alerts.render`) or decides when to send again (see `alerts.sending`).
"""

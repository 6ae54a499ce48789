"""What messages are made of: a story, its news, held alerts, feeds in trouble, and the phrases that all of them share.

Nothing here belongs to a single medium (see `alerts.render.formats`).
"""

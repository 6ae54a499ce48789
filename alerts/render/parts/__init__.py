"""Building blocks of messages: a story, its news, held alerts, failing feeds, and common phrases.

Nothing here is specific to a medium (see `alerts.render.formats`).
"""
